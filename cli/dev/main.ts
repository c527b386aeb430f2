/**
 * The stack, kept running until Ctrl-C:
 *
 *     deno task dev [--listen] [--old-site FILE.sql] [--port 54321] [--db-port 54322] [--env supabase/.temp/local.env]
 *
 * With `--listen` the Stripe CLI brings the events of your own Stripe account. With `--old-site` the database
 * begins as the one that the file makes, and moves in: a rehearsal with a dump of your own. A second stack
 * beside the first wants both ports and `--env`.
 *
 * @module
 */

import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { interruption } from "../../local/interruption.ts";
import { describeStack, LOCAL_ENV, publishStack } from "../../local/local_env.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { readStripeAccount, type StripeAccount } from "../../local/stripe_account.ts";
import { listen, listenCommand, type Listening } from "../../local/stripe_cli.ts";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { watch } from "../../local/watch.ts";
import { KIT, PAGES } from "../../pages/pages.ts";
import { task } from "../../diagnosis/task_command.ts";

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);

interface Flags {
  port: number;
  dbPort: number;
  env: string;
  listen: boolean;
  oldSite: URL | null;
}

async function dev(): Promise<number> {
  const flags = readFlags(Deno.args);
  const account = flags.listen ? await readStripeAccount(FUNCTIONS) : null;
  const functionsEnv = account === null ? {} : envFor(account);
  const interrupted = interruption();
  await using stack = await startStack({
    port: flags.port,
    dbPort: flags.dbPort,
    readEnvFile: true,
    pages: PAGES,
    ...flags.oldSite === null ? {} : { oldSite: flags.oldSite },
    env: functionsEnv,
    log: say,
  });
  await using _published = await publishStack(stack, flags.env);
  using _functions = watch([FUNCTIONS, new URL("../config.toml", FUNCTIONS)], async () => {
    await stack.functions?.reload();
    say("The functions are reloaded.");
  });
  using _pages = watch([KIT, ...Object.values(PAGES)], () => {
    for (const page of stack.pages.values()) page.reload();
    return Promise.resolve();
  });

  say(...describeStack(stack).split("\n"), "");
  say(
    `Sesame is up; the lines above are also in ${relative(Deno.cwd(), flags.env)}. Ctrl-C ends it.`,
  );
  say(`The page a customer sees: ${stack.apiUrl}/encours`);
  say(`The page an operator sees: ${stack.apiUrl}/operator`);
  if (account === null) sayHowToListen(stack);
  await using listening = account === null ? null : await listenTo(account, stack, functionsEnv);
  await Promise.race([interrupted, ...listening === null ? [] : [tellOf(listening)]]);
  return 0;
}

/** The functions ask the account whose events they get. */
function envFor({ key, apiBase }: StripeAccount): Record<string, string> {
  return {
    STRIPE_SECRET_KEY: key,
    ...apiBase === null ? {} : { STRIPE_API_BASE: apiBase },
  };
}

/** Has the CLI forward to the webhook, and the webhook believe what it signs. */
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
async function tellOf({ ready, lost }: Listening): Promise<never> {
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

function readFlags(args: string[]): Flags {
  try {
    const { values } = parseArgs({
      args,
      options: {
        "port": { type: "string", default: "54321" },
        "db-port": { type: "string", default: "54322" },
        "env": { type: "string", default: LOCAL_ENV },
        "listen": { type: "boolean", default: false },
        "old-site": { type: "string" },
      },
    });
    return {
      port: readPort(values.port, "--port"),
      dbPort: readPort(values["db-port"], "--db-port"),
      env: resolve(values.env),
      listen: values.listen,
      oldSite: values["old-site"] === undefined ? null : pathToFileURL(resolve(values["old-site"])),
    };
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}

/** A port from 0, which picks a free one, to 65535. */
function readPort(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new Complaint(`${flag} takes a port from 0 to 65535, not ${text}`);
  return port;
}

if (import.meta.main) await runProgram(dev);
