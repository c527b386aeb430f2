/** `dev`: keeps a stack running until Ctrl-C. */

import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { interruption } from "../../local/interruption.ts";
import { describeStack, LOCAL_ENV, publishStack } from "../../local/local_env.ts";
import { skippedMigrations } from "../../local/migrations.ts";
import { PROJECT, RUN_PROJECT } from "../../local/places.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { readStripeAccount, type StripeAccount } from "../../local/stripe_account.ts";
import { listen, listenCommand, type Listening } from "../../local/stripe_cli.ts";
import { printError, say, UserError } from "../../local/terminal.ts";
import { watch as watchFiles } from "../../local/watch.ts";
import { KIT, PAGES } from "../../pages/pages.ts";
import { task } from "../../diagnosis/task_command.ts";
import { projectSchema } from "../environment.ts";
import { failureInWords } from "../failure.ts";
import { command } from "../frame.ts";
import { flag, stackFile, value, withDefault } from "../options.ts";
import { functionUrl, readFunctionsPrefix } from "../project/function_url.ts";
import { progressBar, STARTING, watched } from "../progress_bar.ts";
import { addAppPrices } from "./app_prices.ts";
import { addDemoData } from "./demo_data.ts";

const FUNCTIONS = new URL("functions/", RUN_PROJECT);
/** Where the developer's `.env` is. */
const ENV_FOLDER = new URL("functions/", PROJECT);

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
    oldSite: value("<file.sql>", "start with the database that this file creates, and move it in"),
    port: withDefault(value("<port>", "the port of the API and the functions", readPort), "54321"),
    dbPort: withDefault(value("<port>", "the port of the database", readPort), "54322"),
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
  const account = options.listen ? await readStripeAccount(ENV_FOLDER) : null;
  const functionsEnv = account === null ? {} : envFor(account);
  const functionsPrefix = RUN_PROJECT === PROJECT ? await readFunctionsPrefix() : "";
  const interrupted = interruption();
  const schema = await projectSchema();
  const watch = progressBar({ json: false });
  await using stack = await watched(watch, STARTING, () =>
    startStack({
      project: RUN_PROJECT,
      port: options.port,
      dbPort: options.dbPort,
      envFolder: ENV_FOLDER,
      pages: PAGES,
      schema,
      functionsPrefix,
      ...options.oldSite === null ? {} : { oldSite: options.oldSite },
      env: functionsEnv,
      log(line) {
        watch(null);
        say(line);
      },
    }));
  for (const name of await skippedMigrations(new URL("migrations/", RUN_PROJECT))) {
    say(`supabase/migrations/${name} was skipped: its name is not <version>_<name>.sql.`);
  }
  const added = options.oldSite === null
    ? [...await addDemoData(stack.dbUrl, schema), ...await addAppPrices(stack, schema)]
    : [];
  if (account === null) await announcePrices(stack);
  await using _published = await publishStack(stack, options.file);
  using _functions = watchFiles(
    [FUNCTIONS, new URL("../config.toml", FUNCTIONS), ...await envFolders()],
    () => reload(stack),
  );
  using _pages = watchFiles([KIT, ...Object.values(PAGES)], () => {
    for (const page of stack.pages.values()) page.reload();
    return Promise.resolve();
  });

  const file = relative(Deno.cwd(), options.file);
  say(...describeStack(stack).split("\n"), "");
  say(`Sesame is up; the lines above are also in ${file}. Ctrl-C ends it.`);
  say(...added);
  say(`The page a customer sees: ${stack.apiUrl}/encours`);
  say(`The page an operator sees: ${stack.apiUrl}/operator`);
  say(`A purchase without a page: ${task("stripe checkout.session.completed")}`);
  if (account === null) sayHowToListen(stack);
  await using listening = account === null ? null : await listenTo(account, stack, functionsEnv);
  await Promise.race([interrupted, ...listening === null ? [] : [reportOn(listening)]]);
  return 0;
}

/** Lets `price_list` show the stand-in's prices. Their events are of test mode, so a live key would refuse them. */
async function announcePrices({ stripe, stripeSecretKey }: Stack): Promise<void> {
  if (stripeSecretKey.includes("_live_")) return;
  stripe.announcePrices();
  await stripe.webhooks.delivered();
}

/** The folder of the developer's `.env`, if it is another one and exists. */
async function envFolders(): Promise<URL[]> {
  if (ENV_FOLDER.href === FUNCTIONS.href) return [];
  return await Deno.stat(ENV_FOLDER).then(() => [ENV_FOLDER], () => []);
}

/** A half-saved file may not be readable. Then the functions continue unchanged. */
async function reload(stack: Stack): Promise<void> {
  try {
    await stack.functions?.reload();
    say("The functions are reloaded.");
  } catch (error) {
    printError(...failureInWords(error));
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

/** Reports when the CLI is ready and when it ends. The stack continues without it. */
async function reportOn({ ready, lost }: Listening): Promise<never> {
  await ready;
  say("The events of your Stripe account arrive here.");
  const code = await lost;
  say(`The Stripe CLI has ended with ${code}: no more events arrive. Ctrl-C, and start again.`);
  return await new Promise(() => {});
}

function sayHowToListen(stack: Stack): void {
  say(`The stand-in for Stripe, used unless you set a key of your own: ${stack.stripe.url}`);
  say(
    `The events of your own Stripe account arrive with ${task("dev --listen")}, or with this line:`,
    `stripe ${listenCommand(webhookOf(stack)).join(" ")}`,
    "It prints a secret. Put two lines into supabase/functions/.env, and the functions reload:",
    "  STRIPE_WEBHOOK_SECRET=whsec_…   the secret that it prints",
    "  STRIPE_SECRET_KEY=sk_test_…     the key of the same account",
    `With a key of your own, the functions use Stripe itself and no longer ${stack.stripe.url}.`,
  );
}

function webhookOf(stack: Stack): string {
  return functionUrl(stack, "stripe-webhook");
}

/** A port from 0, which picks a free one, to 65535. */
function readPort(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new UserError(`${flag} takes a port from 0 to 65535, not ${text}`);
  return port;
}

if (import.meta.main) await dev.runAndExit();
