/** Every command in the folder of an app that has functions with our names: from the tarball, with a prefix. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseEnv } from "node:util";
import postgres from "postgres";
import { removalSql } from "../../cli/remove/removal_sql.ts";
import { family } from "../../cli/dev/running_dev.ts";
import { exists, until } from "../../local/testing.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { openHostedDatabase } from "./hosted_database.ts";
import { PROJECT_REF } from "./hosted_names.ts";
import { type ManagementApi, serveManagementApi } from "./management_api.ts";
import { listing, openPackedApp, type PackedApp } from "./packed_app.ts";
import { environmentFor } from "./stand_in_project.ts";
import { makeNpx } from "./stand_in_npx.ts";

const PREFIX = "sesame-";
const OURS = ["checkout", "health", "module-token", "reconcile", "stripe-webhook"]
  .map((name) => PREFIX + name);

/** The functions of the app, which nothing of ours may touch. */
const MINE = ["checkout", "health"];

const FILES: Record<string, string> = {
  "config.toml": 'project_id = "school"\n' +
    MINE.map((name) => `\n[functions.${name}]\nverify_jwt = false\n`).join(""),
  "functions/_shared/cors.ts":
    'export const cors = { "access-control-allow-origin": "https://app.example" };\n',
  ...Object.fromEntries(MINE.map((name) => [
    `functions/${name}/index.ts`,
    'import { cors } from "../_shared/cors.ts";\n' +
    'Deno.serve(() => new Response("mine", { headers: cors }));\n',
  ])),
  "migrations/2025_first.sql": "create table public.lessons (id int primary key);\n",
  "migrations/20250301090000_second.sql": "create table public.notes (id int primary key);\n",
};

/** Seconds that a newcomer may wait from `add` to an open module. */
const LIMIT = 120;

Deno.test({
  name: "an app with functions of our names, and Sesame beside them",
  ignore: Deno.build.os !== "linux",
}, async (t) => {
  await using app = await openPackedApp();
  const { sesame, folder } = app;
  const supabase = join(folder, "supabase");
  await writeApp(supabase);
  const own = (await listing(supabase)).filter((line) => !line.includes("config.toml"));
  const isUntouched = async () => {
    const lines = await listing(supabase);
    assert.deepEqual(own.filter((line) => !lines.includes(line)), []);
  };
  await sesame(["--version"]); // fetches what Sesame runs on: a download is not what is measured

  await t.step("from add to a purchase takes three commands and under two minutes", async () => {
    const began = performance.now();
    const added = await sesame(["add", "--functions-prefix", "sesame", "--yes"]);
    assert.equal(added.code, 0, added.err);
    await withDev(app, async (output) => {
      assert.match(output, /Your app has no modules yet\. To try: stable-diffusion/);
      const bought = await sesame(["stripe", "checkout.session.completed"]);
      assert.match(bought.out, /"outcome":"applied"/, bought.err);
      const explained = await sesame(["explain", "ada@example.com", "stable-diffusion"]);
      assert.match(explained.out, /^stable-diffusion for ada@example\.com: open/);
      const seconds = (performance.now() - began) / 1_000;
      assert.ok(seconds < LIMIT, `${seconds} seconds`);
      await isUntouched();

      await seePages(await stackOf(app));
      const doctor = await sesame(["doctor"]);
      assert.equal(doctor.code, 0, doctor.out + doctor.err);
      assert.match((await sesame(["reconcile", "--dry-run"])).out, /^0 events to fetch/);
    });
  });

  await t.step("a killed command leaves no process behind", async () => {
    const dev = app.start(["dev", "--port", "0", "--db-port", "0"]);
    await Promise.all([drain(dev.stdout, /Sesame is up/), drain(dev.stderr)]);
    const processes = await family(dev.pid);
    assert.ok(processes.length > 3);
    dev.kill("SIGKILL");
    await dev.status;
    for (const pid of processes) {
      await until(async () => !await exists(`/proc/${pid}/cmdline`), 20);
    }
  });

  await t.step("setup makes it a hosted project, and leaves the app's parts alone", async (t) => {
    await using hosted = await openHosted(app);
    const { setup, api, stack } = hosted;
    const mine = api.uploads.get("checkout");

    await t.step("it refuses to push the app's own migrations unasked", async () => {
      const { code, out, err } = await setup([]);
      assert.deepEqual([code, err], [3, "Nothing was changed: 1 of these cannot be done (✗)\n"]);
      assert.match(out, /Your own migrations are not pushed yet: 20250301090000_second\.sql\./);
      assert.match(out, /--push\n/);
      assert.deepEqual([[...api.uploads.keys()], api.secrets.size], [["checkout"], 0]);
    });

    await t.step("with --push all of it is done, and the doctor finds nothing", async () => {
      const { code, out, err } = await setup(["--push"]);
      assert.equal(code, 0, out + err);
      assert.deepEqual([...api.uploads.keys()].sort(), ["checkout", ...OURS].sort());
      assert.equal(api.uploads.get("checkout"), mine);
      const endpoints = stack.stripe.store.all("webhook_endpoint").map(({ url }) => url);
      assert.deepEqual(endpoints, [`${stack.functionsUrl}/sesame-stripe-webhook`]);
      const names = await hosted.ask("select name from supabase_migrations.schema_migrations");
      assert.equal(names.length, 3);
      const [job] = await hosted.ask("select prosrc from pg_proc where proname = 'call_reconcile'");
      assert.match(job?.prosrc ?? "", /\/functions\/v1\/sesame-reconcile'/);
    });

    await t.step("run again, it keeps everything", async () => {
      const { code, out } = await setup([]);
      assert.equal(code, 0, out);
      assert.match(out, /every migration of your project is applied/);
      assert.match(out, /Nothing had to be changed/);
      await isUntouched();
    });

    await t.step("a database that is ahead of the files is not touched", async () => {
      await hosted.ask(
        "insert into supabase_migrations.schema_migrations (version) values ('20990101000000')",
      );
      const { code, out } = await setup(["--dry-run"]);
      assert.equal(code, 3);
      assert.match(out, /without a file in supabase\/migrations: 20990101000000\./);
      assert.match(out, /Do not mark them as reverted/);
    });
  });
});

async function writeApp(supabase: string): Promise<void> {
  for (const [path, text] of Object.entries(FILES)) {
    const file = join(supabase, path);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
}

async function withDev(app: PackedApp, work: (output: string) => Promise<void>): Promise<void> {
  const dev = app.start(["dev", "--port", "0", "--db-port", "0"]);
  try {
    const [output] = await Promise.all([
      drain(dev.stdout, /and no longer/),
      drain(dev.stderr),
    ]);
    await work(output);
  } finally {
    dev.kill("SIGINT");
    await dev.status;
  }
}

/** Reads a stream to its end, and returns its text as soon as it has the sign. */
async function drain(stream: ReadableStream<Uint8Array<ArrayBuffer>>, sign?: RegExp) {
  let text = "";
  stream.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (part) => void (text += part) }));
  if (sign !== undefined) await until(() => sign.test(text), 120); // on a busy machine
  return text;
}

async function stackOf({ folder }: PackedApp): Promise<NodeJS.Dict<string>> {
  return parseEnv(await Deno.readTextFile(join(folder, "supabase/.temp/local.env")));
}

/** The app's functions answer as before, and its pages on other ports of this machine can sell. */
async function seePages(env: NodeJS.Dict<string>): Promise<void> {
  const { API_URL, FUNCTIONS_URL, FUNCTIONS_PREFIX, PUBLISHABLE_KEY = "" } = env;
  assert.equal(FUNCTIONS_PREFIX, PREFIX);
  for (const name of MINE) {
    assert.equal(await (await fetch(`${FUNCTIONS_URL}/${name}`)).text(), "mine");
  }
  const signIn = await fetch(`${API_URL}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { apikey: PUBLISHABLE_KEY, "content-type": "application/json" },
    body: JSON.stringify({ email: "bob@example.com", password: "open sesame" }),
  });
  const { access_token } = await signIn.json();
  for (const return_url of ["http://localhost:3000/shop", "http://127.0.0.1:5173/"]) {
    const answer = await fetch(`${FUNCTIONS_URL}/${PREFIX}checkout`, {
      method: "POST",
      headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
      body: JSON.stringify({ price: "price_stable_diffusion", return_url }),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    await answer.body?.cancel();
  }
  const config = await (await fetch(`${API_URL}/encours/config.json`)).json();
  assert.equal(config.functionsPrefix, PREFIX);
}

interface Hosted extends AsyncDisposable {
  stack: Stack;
  api: ManagementApi;
  setup(args: string[]): Promise<{ code: number; out: string; err: string }>;
  ask(query: string): Promise<Record<string, string>[]>;
}

/** A hosted project of the app before Sesame: with its first migration and its own `checkout`. */
async function openHosted({ sesame, folder }: PackedApp): Promise<Hosted> {
  await using opened = new AsyncDisposableStack();
  const env: Record<string, string> = {};
  // The Data API reads the catalogue once, at its start. So the schema is there first, and is then taken out.
  const stack = opened.use(
    await startStack({
      project: pathToFileURL(`${join(folder, "supabase")}/`),
      durable: false,
      functionsPrefix: PREFIX,
      env,
    }),
  );
  const sql = opened.adopt(
    postgres(stack.dbUrl, { max: 1, onnotice: () => {} }),
    (sql) => sql.end({ timeout: 1 }),
  );
  await sql.unsafe(await removalSql(false)).simple();
  await sql`drop table public.notes`;
  await sql`delete from supabase_migrations.schema_migrations where version <> '2025'`;
  const database = opened.use(await openHostedDatabase(stack.dbUrl, stack.adminUrl));
  const api = opened.use(serveManagementApi({
    secretKey: stack.secretKey,
    database,
    onSecrets: async (secrets) => {
      Object.assign(env, Object.fromEntries(secrets), { STRIPE_API_BASE: stack.stripe.url });
      await stack.functions?.reload();
    },
  }));
  const source = new TextEncoder().encode("Deno.serve(() => new Response('mine'))");
  const metadata = { entrypoint_path: "index.ts" };
  api.uploads.set("checkout", { metadata, files: new Map([["index.ts", source]]) });
  const { store } = stack.stripe;
  store.all("webhook_endpoint").forEach(({ id }) => store.remove(id));
  const { variables } = opened.use(await environmentFor(api));
  const npx = opened.use(await makeNpx());
  const direct = await database.reachedBy("direct");
  const given = ["--ref", PROJECT_REF, "--url", stack.apiUrl, "--site", "https://app.example"];
  const held = opened.move();
  return {
    stack,
    api,
    setup: (args) =>
      sesame(["setup", ...given, ...args], {
        ...variables,
        ...direct,
        PATH: `${npx.folder}:${Deno.env.get("PATH")}`,
        PGSSLROOTCERT: database.certificate,
        SUPABASE_DB_URL: stack.dbUrl,
        STRIPE_SECRET_KEY: stack.stripeSecretKey,
        STRIPE_API_BASE: stack.stripe.url,
      }),
    ask: async (query) => await sql.unsafe(query) as unknown as Record<string, string>[],
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
