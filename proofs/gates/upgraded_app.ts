/** The app that the gates of the upgrade bring from version to version, and what they look at. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { PUBLIC } from "../../cli/project/schema_name.ts";
import { APP, readTree } from "../../cli/project/testing.ts";
import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";
import { checkoutSessionCompleted, deliver, newPurchase, NO_LINES } from "../../stripe/events.ts";
import { makeReleases } from "./made_up_releases.ts";
import { PROJECT_REF } from "./hosted_names.ts";
import { serveManagementApi } from "./management_api.ts";
import { installApp } from "./packed_app.ts";
import { environmentFor } from "./stand_in_project.ts";
import { type CliResult, supabase } from "./supabase_cli.ts";

async function writeApp(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(APP)) {
    // The stack takes no migration without fourteen digits.
    if (!path.startsWith("supabase/") || path.includes("/2025_")) continue;
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
}

/** The app in a folder of its own, with the package of the first of three releases installed. */
export async function writeFirstApp(held: AsyncDisposableStack) {
  const root = held.adopt(
    await Deno.makeTempDir({ prefix: "sesame upgraded " }),
    (root) => Deno.remove(root, { recursive: true }),
  );
  const releases = held.use(await makeReleases(root));
  const app = await installApp(root, releases.first);
  await writeApp(app.folder);
  return { root, releases, ...app };
}

/** Opens a stack with the app's project. */
export function opener(folder: string, options: StackOptions = {}): () => Promise<Stack> {
  const project = pathToFileURL(`${join(folder, "supabase")}/`);
  return () => startStack({ durable: false, project, ...options });
}

/** Pushes the app's migrations by the real CLI. */
export function pusher(folder: string): (dbUrl: string) => Promise<CliResult> {
  return (dbUrl) => supabase(["db", "push", `--remote=${dbUrl}`], {}, folder);
}

/** The app in every object, row and file. */
export interface AppState {
  database: string[];
  files: Record<string, string>;
}

/** As it is before Sesame is added. */
export async function stateOf(open: () => Promise<Stack>, folder: string): Promise<AppState> {
  await using stack = await open();
  const files = await readTree(join(folder, "supabase"));
  return { database: await takeSnapshot(stack.dbUrl), files };
}

/** Sesame was removed and the removal pushed. Of all that the app has now, only the seed's users are not its own. */
export async function assertAsBefore(
  dbUrl: string,
  folder: string,
  before: AppState,
): Promise<void> {
  await ask(dbUrl, "delete from auth.users");
  const after = new Set(await takeSnapshot(dbUrl));
  const differs = [...after.symmetricDifference(new Set(before.database))];
  // pg_cron counts every job that it ever had, and Realtime keeps what was sent for three days.
  const kept = /^(cron\.jobid_seq|realtime\.messages_\w+) /;
  assert.deepEqual(differs.filter((line) => !kept.test(line)), []);
  const left = Object.entries(await readTree(join(folder, "supabase")))
    // The CLI notes in .temp to what it deployed.
    .filter(([path]) => !/\/\d+_sesame_|^\.temp\//.test(path));
  assert.deepEqual(Object.fromEntries(left), before.files);
}

/** As plain rows, to compare them. */
export async function rows(dbUrl: string, query: string): Promise<unknown[]> {
  return [...await ask(dbUrl, query)];
}

export function succeed<Result extends { code: number }>(result: Result): Result {
  assert.equal(result.code, 0, Deno.inspect(result));
  return result;
}

/** A member of the seed buys a module, and Stripe's event comes to the function. */
export async function sell(
  { dbUrl, functionsUrl, functionsPrefix, webhookSecret }: Stack,
  slug: string,
  schema = PUBLIC,
): Promise<void> {
  const [found] = await ask(
    dbUrl,
    `select modules.id::text as module, users.id as member from ${schema}.modules, auth.users
    where slug = '${slug}' and email = 'ada@example.com'`,
  );
  const purchase = newPurchase({ userId: found?.member, moduleId: found?.module });
  const event = checkoutSessionCompleted(purchase, NO_LINES);
  const webhook = `${functionsUrl}/${functionsPrefix}stripe-webhook`;
  const response = await deliver(webhook, webhookSecret, event);
  assert.match(await response.text(), /"outcome":"applied"/);
}

/** The functions that the real CLI deploys. */
export async function deployed(folder: string): Promise<string[]> {
  await using api = serveManagementApi();
  await using environment = await environmentFor(api);
  const args = ["functions", "deploy", "--use-api", `--remote=${PROJECT_REF}`];
  succeed(await supabase(args, environment.variables, folder));
  return [...api.uploads.keys()].sort();
}
