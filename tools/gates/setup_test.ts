import assert from "node:assert/strict";
import { openPatient, type Patient } from "../faults/patient.ts";
import { npmTool, SUPABASE_CLI } from "./npm_tool.ts";
import { PROJECT_REF, serveManagementApi } from "./management_api.ts";
import { environmentFor } from "./stand_in_project.ts";

/** `deno task setup` as somebody types it: the real CLI, Stripe's stand-in, a stack as the project. */
Deno.test("deno task setup", async (t) => {
  await using patient = await openPatient();
  await using scene = await openScene(patient);
  const { run, endpoints, api, env } = scene;
  const history = () =>
    patient.sql`select from supabase_migrations.schema_migrations where version = ${LAST}`;

  await t.step("a key that Stripe refuses is said in one line, and not shown", async () => {
    const { code, err, out } = await run([], { STRIPE_SECRET_KEY: "sk_test_withdrawn_4242" });
    assert.deepEqual([code, out], [3, ""]);
    assert.match(err, /^Stripe refuses STRIPE_SECRET_KEY: [^\n]+\n$/);
    assert.doesNotMatch(err, /4242/);
  });

  await t.step("a project that nobody here may see is said in the CLI's own words", async () => {
    const { code, err } = await run([], { SUPABASE_ACCESS_TOKEN: `sbp_${"f".repeat(40)}` });
    assert.equal(code, 3);
    assert.match(err, /^supabase secrets list did not succeed:\n[^]*Unauthorized/);
  });

  await t.step("a dry run says what it would do, and does nothing", async () => {
    await patient.sql`delete from supabase_migrations.schema_migrations where version = ${LAST}`;
    const { code, out, err } = await run(["--dry-run"]);
    assert.equal(code, 0, err);
    assert.match(out, /→ create an endpoint at Stripe for \S+\/functions\/v1\/stripe-webhook\n/);
    assert.deepEqual([endpoints(), api.uploads.size, api.secrets.size], [[], 0, 0]);
    assert.deepEqual(await scene.files(), []);
    assert.match(out, /^→ apply 1 migration\(s\): 20261121008300_moving_in\.sql\n/);
    assert.equal((await history()).length, 0);
  });

  for (const word of ["functions deploy", "secrets set"]) {
    await t.step(`it can be killed as it asks the CLI for ${word}`, async () => {
      assert.equal((await run([], { KILL_AT: word })).code, KILLED);
    });
  }

  await t.step("run again, it leaves one endpoint, and the doctor finds all well", async () => {
    const { code, out, err } = await run();
    assert.equal(code, 0, out + err);
    assert.match(out, /✓ the webhook takes a signed event, all the way into the inbox\n/);
    const [endpoint, ...more] = endpoints();
    assert.deepEqual(more, []);
    const secret = patient.stack.stripe.store.secrets.get(endpoint?.id ?? "");
    assert.equal(api.secrets.get("STRIPE_WEBHOOK_SECRET"), secret);
    assert.ok(api.uploads.has("stripe-webhook"));
    assert.equal((await history()).length, 1);
    assert.deepEqual(await scene.files(), [".env"]);
  });

  await t.step("run once more it changes nothing, and says so", async () => {
    const before = structuredClone([endpoints(), [...api.secrets]]);
    const { code, out } = await run();
    assert.equal(code, 0, out);
    assert.match(out, /\nNothing had to be changed; the functions were deployed once more\.\n/);
    assert.match(out, /· keep MODULE_TOKEN_KEYS: /);
    assert.deepEqual([endpoints(), [...api.secrets]], before);
  });

  await t.step("from another clone the keys of module tokens stay what they are", async () => {
    const keys = api.secrets.get("MODULE_TOKEN_KEYS");
    await Deno.remove(env);
    assert.equal((await run()).code, 0);
    assert.equal(api.secrets.get("MODULE_TOKEN_KEYS"), keys);
    assert.deepEqual(await scene.files(), []);
  });

  await t.step("killed before the doctor came, it is run again for him alone", async () => {
    const { code, out } = await run([], { KILL_AT: "projects api-keys" });
    assert.equal(code, KILLED, out);
    assert.equal((await run()).code, 0);
  });

  await t.step("what he finds is the exit code: 1 for a warning, 2 for an error", async () => {
    patient.stack.stripe.store.put({ ...endpoints()[0]!, id: "we_twice" });
    assert.equal((await run()).code, 1);
    await patient.sql`update public.module_access set is_active = false`;
    assert.equal((await run()).code, 2);
  });

  await t.step("no secret was ever on a command line, or shown", async () => {
    const told = await scene.told();
    const secrets = [...api.secrets].filter(([name]) => name !== "SITE_URL");
    assert.equal(secrets.length, 3);
    for (const [name, value] of [...secrets, ["the secret key", patient.stack.secretKey]]) {
      assert.ok(!told.includes(value!), `${name} was shown`);
    }
  });
});

/** The migration that is missing at first. */
const LAST = "20261121008300";

/** By the signal that nobody can catch. */
const KILLED = 137;

interface Ran {
  code: number;
  out: string;
  err: string;
}

async function openScene(patient: Patient) {
  await using opened = new AsyncDisposableStack();
  const { stack } = patient;
  const { store } = stack.stripe;
  store.all("webhook_endpoint").forEach(({ id }) => store.remove(id));
  const api = opened.use(serveManagementApi({
    secretKey: stack.secretKey,
    onSecrets: (secrets) =>
      patient.set({ ...Object.fromEntries(secrets), STRIPE_API_BASE: stack.stripe.url }),
  }));
  const { variables } = opened.use(await environmentFor(api));
  const folder = opened.adopt(
    await Deno.makeTempDir({ prefix: "sesame-setup-" }),
    (folder) => Deno.remove(folder, { recursive: true }),
  );
  const tools = opened.adopt(
    await openTools(stack.dbUrl),
    (folder) => Deno.remove(folder, { recursive: true }),
  );
  const env = `${folder}/.env`;
  let told = "";
  const run = async (args: string[] = [], over: Record<string, string> = {}): Promise<Ran> => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["task", "--quiet", "setup", "--ref", PROJECT_REF, "--url", stack.apiUrl],
        ...["--site", "https://example.com", "--env", env, ...args],
      ],
      cwd: new URL("../../", import.meta.url),
      env: {
        ...variables,
        PATH: `${tools}:${Deno.env.get("PATH")}`,
        SUPABASE_HOME: `${tools}/home`,
        SUPABASE_TELEMETRY_DISABLED: "1",
        SUPABASE_NO_UPDATE_NOTIFIER: "1",
        PGSSLMODE: "disable",
        STRIPE_SECRET_KEY: stack.stripeSecretKey,
        STRIPE_API_BASE: stack.stripe.url,
        ...over,
      },
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    told += `${out}${err}`;
    return { code, out: out ?? "", err: err ?? "" };
  };
  const held = opened.move();
  return {
    ...{ run, api, env },
    endpoints: () => store.all("webhook_endpoint"),
    files: async () => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name),
    /** All that was printed, and every command line of the CLI. */
    told: async () => told + await Deno.readTextFile(`${tools}/lines`),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** In the place of npx: the same CLI, whose project has its database here. `KILL_AT` kills who asks. */
async function openTools(dbUrl: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-tools-" });
  const lines = [
    "#!/bin/sh",
    "shift 2",
    `echo "$@" >> ${folder}/lines`,
    'if [ -n "$KILL_AT" ] && [ "$1 $2" = "$KILL_AT" ]; then kill -9 $PPID; exit 1; fi',
    'set -- --agent no "$@"',
    `if [ "$3" = db ]; then for word do shift`,
    `  case $word in --remote=*) word="--remote=${dbUrl}";; esac; set -- "$@" "$word"`,
    "done; fi",
    `exec ${await npmTool(SUPABASE_CLI)} "$@"`,
  ];
  await Deno.writeTextFile(`${folder}/npx`, `${lines.join("\n")}\n`, { mode: 0o755 });
  return folder;
}
