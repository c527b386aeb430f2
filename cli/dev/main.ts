/** `dev`: keeps a stack running until Ctrl-C. */

import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { interruption } from "../../local/interruption.ts";
import { describeStack, LOCAL_ENV, publishStack } from "../../local/local_env.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { readStripeAccount, type StripeAccount } from "../../local/stripe_account.ts";
import { listen, listenCommand, type Listening } from "../../local/stripe_cli.ts";
import { complain, Complaint, say } from "../../local/terminal.ts";
import { watch } from "../../local/watch.ts";
import { KIT, PAGES } from "../../pages/pages.ts";
import { task } from "../../diagnosis/task_command.ts";
import { failureInWords } from "../failure.ts";
import { command } from "../frame.ts";
import { flag, stackFile, value, withDefault } from "../options.ts";

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);

interface DevOptions {
  port: number;
  dbPort: number;
  file: string;
  listen: boolean;
  oldSite: URL | null;
}

export const dev = command({
  name: "dev",
  summary:
    "Run Sesame on this machine until Ctrl-C: database, functions, pages, and a stand-in for Stripe",
  details:
    "A second stack beside the first needs --port, --db-port and --stack-file of its own; port 0 picks a free one.",
  options: {
    listen: flag("receive the events of your own Stripe account, through the Stripe CLI"),
    oldSite: value("<file.sql>", "begin with the database that this file makes, and move it in"),
    port: withDefault(value("<port>", "of the API and the functions", readPort), "54321"),
    dbPort: withDefault(value("<port>", "of the database", readPort), "54322"),
    stackFile: stackFile("the file in which the stack describes itself to other commands"),
  },
  renamed: { "--env": "--stack-file" },
  examples: ["", "--listen", "--old-site dump.sql", "--port 0 --db-port 0 --stack-file second.env"],
  exitCodes: ["Ctrl-C ended it"],
  run: ({ options: { oldSite, stackFile, ...options } }) =>
    runStack({
      ...options,
      file: resolve(stackFile ?? LOCAL_ENV),
      oldSite: oldSite === undefined ? null : pathToFileURL(resolve(oldSite)),
    }),
});

async function runStack(options: DevOptions): Promise<number> {
  const account = options.listen ? await readStripeAccount(FUNCTIONS) : null;
  const functionsEnv = account === null ? {} : envFor(account);
  const interrupted = interruption();
  await using stack = await startStack({
    port: options.port,
    dbPort: options.dbPort,
    readEnvFile: true,
    pages: PAGES,
    ...options.oldSite === null ? {} : { oldSite: options.oldSite },
    env: functionsEnv,
    log: say,
  });
  await using _published = await publishStack(stack, options.file);
  using _functions = watch([FUNCTIONS, new URL("../config.toml", FUNCTIONS)], () => reload(stack));
  using _pages = watch([KIT, ...Object.values(PAGES)], () => {
    for (const page of stack.pages.values()) page.reload();
    return Promise.resolve();
  });

  const file = relative(Deno.cwd(), options.file);
  say(...describeStack(stack).split("\n"), "");
  say(`Sesame is up; the lines above are also in ${file}. Ctrl-C ends it.`);
  say(`The page a customer sees: ${stack.apiUrl}/encours`);
  say(`The page an operator sees: ${stack.apiUrl}/operator`);
  if (account === null) sayHowToListen(stack);
  await using listening = account === null ? null : await listenTo(account, stack, functionsEnv);
  await Promise.race([interrupted, ...listening === null ? [] : [reportOn(listening)]]);
  return 0;
}

/** A file that is saved half-way may not be readable: the functions go on as they were. */
async function reload(stack: Stack): Promise<void> {
  try {
    await stack.functions?.reload();
    say("The functions are reloaded.");
  } catch (error) {
    complain(...failureInWords(error));
  }
}

/** The functions read from the account that sends the events. */
function envFor({ key, apiBase }: StripeAccount): Record<string, string> {
  return {
    STRIPE_SECRET_KEY: key,
    ...apiBase === null ? {} : { STRIPE_API_BASE: apiBase },
  };
}

/** Lets the CLI forward to the webhook, and the webhook accept its signature. */
function listenTo(
  account: StripeAccount,
  stack: Stack,
  functionsEnv: Record<string, string>,
): Promise<Listening> {
  return listen({
    ...account,
    forwardTo: webhookOf(stack),
    log: (line) => say(`[stripe] ${line}`),
    async trust(secret) {
      functionsEnv.STRIPE_WEBHOOK_SECRET = `${stack.webhookSecret},${secret}`;
      await stack.functions?.reload();
    },
  });
}

/** Says when the CLI is ready and when it is lost, and never ends: the stack goes on without it. */
async function reportOn({ ready, lost }: Listening): Promise<never> {
  await ready;
  say("The events of your Stripe account arrive here.");
  const code = await lost;
  say(`The Stripe CLI has ended with ${code}: no more events arrive. Ctrl-C, and start again.`);
  return await new Promise(() => {});
}

function sayHowToListen(stack: Stack): void {
  say(`Stripe, unless you set a key of your own, is played at ${stack.stripe.url}`);
  say(
    `The events of your own Stripe account arrive with ${task("dev --listen")}, or with this line:`,
    `stripe ${listenCommand(webhookOf(stack)).join(" ")}`,
    "It prints a secret. Put two lines into supabase/functions/.env, and the functions reload:",
    "  STRIPE_WEBHOOK_SECRET=whsec_…   the secret that it prints",
    "  STRIPE_SECRET_KEY=sk_test_…     the key of the same account",
    `With a key of your own, the functions ask Stripe itself and no longer ${stack.stripe.url}.`,
  );
}

function webhookOf({ functionsUrl }: Stack): string {
  return `${functionsUrl}/stripe-webhook`;
}

/** A port from 0, which picks a free one, to 65535. */
function readPort(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new Complaint(`${flag} takes a port from 0 to 65535, not ${text}`);
  return port;
}

if (import.meta.main) await dev.runAndExit();
