/**
 * The peer: `@supabase/stripe-sync-engine`, which mirrors Stripe's objects and decides no access. It runs as a
 * function of its own project in a temporary folder, so nothing of it comes into ours.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import postgres from "postgres";
import { NO_SETTINGS } from "../../local/functions_config.ts";
import { bootFleet, type Fleet } from "./fleet.ts";
import type { Site } from "./site.ts";

export interface Peer extends AsyncDisposable {
  /** Its name and version, for a table. */
  name: string;
  /** Empties its tables. Without that it becomes slower from turn to turn. */
  empty(): Promise<void>;
  boot(options?: { processes?: number; stripeUrl?: string }): Promise<Fleet>;
  /** One process of its bundle, which is written at the first call. */
  bootBundled(): Promise<Fleet>;
}

const SOURCES = new URL("./peer/", import.meta.url);
const PACKAGE = "@supabase/stripe-sync-engine";

/** The first time it fetches the package from npm. */
export async function openPeer(site: Site): Promise<Peer> {
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "sesame-bench-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const name = await makeProject(folder);
  // Beside Sesame's schema its migrations fail: they take our type subscription_status for their own.
  const { adminUrl } = await site.addDatabase("peer", "empty");
  await migrate(folder, adminUrl);
  const sql = opened.adopt(postgres(adminUrl, { max: 1, onnotice: () => {} }), (sql) => sql.end());
  const tables = await readTables(sql);

  const functions = pathToFileURL(`${folder}/functions/`);
  const env = {
    DATABASE_URL: adminUrl,
    STRIPE_WEBHOOK_SECRET: site.secret,
    STRIPE_SECRET_KEY: "sk_test_bench",
  };
  let bundled: Promise<void> | null = null;

  const owned = opened.move();
  return {
    name,
    empty: async () => void await sql.unsafe(`truncate ${tables.join(", ")}`),
    boot({ processes = 1, stripeUrl = "" } = {}) {
      const options = { folder: functions, name: "peer", env: { ...env, STRIPE_STUB: stripeUrl } };
      return bootFleet(options, processes, site.secret);
    },
    async bootBundled() {
      await (bundled ??= bundle(folder));
      const settings = { ...NO_SETTINGS, entrypoint: "functions/peer/bundle.js" };
      return await bootFleet({ folder: functions, name: "peer", settings, env }, 1, site.secret);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Returns the name and version of the package. */
async function makeProject(folder: string): Promise<string> {
  const place = `${folder}/functions/peer`;
  await Deno.mkdir(place, { recursive: true });
  await Deno.copyFile(new URL("project.json", SOURCES), `${place}/deno.json`);
  for (const file of ["index.ts", "migrate.cjs"]) {
    await Deno.copyFile(new URL(file, SOURCES), `${place}/${file}`);
  }
  await run(["install", "--no-lock", "--quiet", "--config", `${place}/deno.json`], place);
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("project.json", SOURCES)));
  return (imports[PACKAGE] as string).replace("npm:@supabase/", "");
}

/** One minified file with all that the peer needs. */
async function bundle(folder: string): Promise<void> {
  const place = `${folder}/functions/peer`;
  const source = await Deno.readTextFile(`${place}/index.ts`);
  // A bundler follows an import only if its name is written there.
  await Deno.writeTextFile(
    `${place}/whole.ts`,
    source.replace("import(NAME)", `import("${PACKAGE}")`),
  );
  const output = ["--output", `${place}/bundle.js`, `${place}/whole.ts`];
  const config = ["--config", `${place}/deno.json`, "--no-lock"];
  await run(["bundle", "--quiet", "--minify", "--platform", "deno", ...config, ...output], place);
}

async function migrate(folder: string, dbUrl: string): Promise<void> {
  const place = `${folder}/functions/peer`;
  const config = ["--config", `${place}/deno.json`, "--no-lock"];
  await run(["run", "--quiet", "--allow-all", ...config, `${place}/migrate.cjs`, dbUrl], place);
}

/** Throws if there are none: a failed migration of the peer resolves all the same. */
async function readTables(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`
    select format('stripe.%I', tablename) as name from pg_tables
    where schemaname = 'stripe' and tablename not like '%migrations%'`;
  if (rows.length < 10) {
    throw new Error(`the peer has ${rows.length} tables: its migrations failed`);
  }
  return rows.map(({ name }) => name);
}

async function run(args: string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`deno ${args[0]} of the peer: ${new TextDecoder().decode(stderr)}`);
}
