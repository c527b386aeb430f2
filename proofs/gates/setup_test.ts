import assert from "node:assert/strict";
import { pastTheFold } from "../e2e/database_view.ts";
import { openTestSite, type TestSite } from "../faults/test_site.ts";
import { openHostedDatabase } from "./hosted_database.ts";
import { PROJECT_REF } from "./hosted_names.ts";
import { type ManagementApiOptions, serveManagementApi } from "./management_api.ts";
import { environmentFor } from "./stand_in_project.ts";
import { KILLED, makeNpx } from "./stand_in_npx.ts";

/**
 * `deno task setup` as a user types it: the real CLI with its own `--remote=<ref>`, which borrows a role
 * and connects with TLS; Stripe's stand-in; and a stack as the project.
 */
Deno.test({ name: "deno task setup", ignore: Deno.build.os !== "linux" }, async (t) => {
  await using testSite = await openTestSite();
  await using hosted = await openHostedProject(testSite);
  const { run, endpoints, api, refusing, database, env } = hosted;
  const history = () =>
    testSite.sql`select from supabase_migrations.schema_migrations where version = ${LAST}`;

  await t.step("a key that Stripe refuses gets one line, without the key", async () => {
    const { code, err, out } = await run([], { STRIPE_SECRET_KEY: "sk_test_withdrawn_4242" });
    assert.deepEqual([code, out], [3, ""]);
    assert.match(err, /^Stripe refuses STRIPE_SECRET_KEY: [^\n]+\n$/);
    assert.doesNotMatch(err, /4242/);
  });

  await t.step("a project without permission gets the CLI's own message", async () => {
    const { code, err } = await run([], { SUPABASE_ACCESS_TOKEN: `sbp_${"f".repeat(40)}` });
    assert.equal(code, 3);
    assert.match(err, /^supabase projects api-keys failed:\n[^]*Unauthorized/);
  });

  await t.step(
    "when the login role is refused, the message names the password option",
    async () => {
      const message = 'permission denied to alter role "cli_login_postgres"';
      refusing.loginRole = Response.json({ message }, { status: 400 });
      const { code, err } = await run(["--dry-run"]);
      assert.equal(code, 3);
      assert.match(
        err,
        /^supabase migration list failed:\nfailed to create a temporary login role/,
      );
      assert.match(
        err,
        /permission denied to alter role "cli_login_postgres"\n.*SUPABASE_DB_PASSWORD/,
      );
      assert.doesNotMatch(err, /Target:/);

      const given = await run(["--dry-run"], { SUPABASE_DB_PASSWORD: DB_PASSWORD });
      assert.equal(given.code, 0, given.err);
      delete refusing.loginRole;
    },
  );

  await t.step("without IPv6 and without a pooler setup explains what to do", async () => {
    refusing.pooler = true;
    const { code, err } = await run(["--dry-run"], await database.reachedBy("nothing"));
    assert.equal(code, 3);
    assert.match(err, /IPv6 is not supported on your current network\n.*IPv4 add-on/);
    delete refusing.pooler;
  });

  await t.step("setup refuses a database without TLS", async () => {
    await database.offerTls(false);
    const { code, err } = await run(["--dry-run"], { SUPABASE_DB_PASSWORD: DB_PASSWORD });
    assert.equal(code, 3);
    assert.match(err, /failed to connect to postgres: .*(TLS|SSL|tls)/);
    await database.offerTls(true);
  });

  await t.step("setup refuses a certificate of another authority", async () => {
    const other = `${hosted.folder}/other.crt`;
    await Deno.writeTextFile(other, await anotherCertificate());
    const { code, err } = await run(["--dry-run"], { PGSSLROOTCERT: other });
    await Deno.remove(other);
    assert.equal(code, 3);
    assert.match(err, /failed to connect to postgres: .*tls error/);
  });

  await t.step("a dry run says what it would do, and does nothing", async () => {
    await testSite.sql`delete from supabase_migrations.schema_migrations where version = ${LAST}`;
    const { code, out, err } = await run(["--dry-run"]);
    assert.equal(code, 0, err);
    assert.match(out, /→ create an endpoint at Stripe for \S+\/functions\/v1\/stripe-webhook\n/);
    assert.deepEqual([endpoints(), api.uploads.size, api.secrets.size], [[], 0, 0]);
    assert.deepEqual(await hosted.files(), []);
    assert.match(out, /^→ apply 1 migration\(s\): 20261121007100_moving_in\.sql\n/);
    assert.equal((await history()).length, 0);

    const { dryRun, changed, steps } = JSON.parse((await run(["--dry-run", "--json"])).out);
    assert.deepEqual([dryRun, changed], [true, false]);
    assert.deepEqual(steps[0], {
      name: "migrations",
      state: "needed",
      does: "apply 1 migration(s): 20261121007100_moving_in.sql",
    });
  });

  await t.step(
    "a function of the project's own is not overwritten, and all else stays",
    async () => {
      const source = new TextEncoder().encode("Deno.serve(() => new Response())");
      const metadata = { entrypoint_path: "supabase/functions/checkout/index.ts" };
      const own = { metadata, files: new Map([[metadata.entrypoint_path, source]]) };
      api.uploads.set("checkout", own);
      const { code, out, err } = await run();
      assert.deepEqual([code, err], [3, "Nothing was changed: 1 of these cannot be done (✗)\n"]);
      assert.match(
        out,
        /✗ deploy the functions[^]*names that ours need: checkout\.\n[^]*--replace checkout/,
      );
      assert.deepEqual([[...api.uploads], endpoints(), api.secrets.size], [
        [["checkout", own]],
        [],
        0,
      ]);
      assert.equal((await history()).length, 0);
      api.uploads.clear();
    },
  );

  for (const command of ["db push --yes", "functions deploy", "secrets set"]) {
    await t.step(`setup can be killed while it runs ${command}`, async () => {
      assert.equal((await run([], { KILL_AT: command })).code, KILLED);
    });
  }

  await t.step(
    "run again through the pooler, setup leaves one endpoint and a healthy project",
    async () => {
      await testSite.sql`delete from supabase_migrations.schema_migrations where version = ${LAST}`;
      api.requests.length = 0;
      const { code, out, err } = await run([], await database.reachedBy("pooler"));
      assert.equal(code, 0, out + err);
      assert.ok(api.requests.includes("GET config/database/pooler"));
      assert.match(out, /✓ the webhook accepts a signed event and stores it in the inbox\n/);
      const [endpoint, ...more] = endpoints();
      assert.deepEqual(more, []);
      const secret = testSite.stack.stripe.store.secrets.get(endpoint?.id ?? "");
      assert.equal(api.secrets.get("STRIPE_WEBHOOK_SECRET"), secret);
      assert.ok(api.uploads.has("stripe-webhook"));
      assert.equal((await history()).length, 1);
      assert.deepEqual(await hosted.files(), [".env"]);
    },
  );

  await t.step("run once more, setup changes nothing and says so", async () => {
    const before = structuredClone([endpoints(), [...api.secrets]]);
    const { code, out } = await run();
    assert.equal(code, 0, out);
    assert.match(out, /\nNothing had to be changed; the functions were deployed once more\.\n/);
    assert.match(out, /· keep MODULE_TOKEN_KEYS: /);
    assert.deepEqual([endpoints(), [...api.secrets]], before);
  });

  await t.step("setup from another clone keeps the keys of module tokens", async () => {
    const keys = api.secrets.get("MODULE_TOKEN_KEYS");
    await Deno.remove(env);
    assert.equal((await run()).code, 0);
    assert.equal(api.secrets.get("MODULE_TOKEN_KEYS"), keys);
    assert.deepEqual(await hosted.files(), []);
  });

  await t.step(
    "the doctor exits with 1 for a warning, 2 for an error",
    async () => {
      testSite.stack.stripe.store.put({ ...endpoints()[0]!, id: "we_twice" });
      assert.equal((await run()).code, 1);
      await testSite.sql.unsafe(pastTheFold("update public.module_access set is_active = false"));
      assert.equal((await run()).code, 2);
    },
  );

  await t.step("no secret appears on a command line or in the output", async () => {
    const shown = await hosted.shown();
    const secrets = [...api.secrets].filter(([name]) => name !== "SITE_URL");
    assert.equal(secrets.length, 3);
    for (const [name, value] of [...secrets, ["the secret key", testSite.stack.secretKey]]) {
      assert.ok(!shown.includes(value!), `${name} was shown`);
    }
  });
});

/** The migration that is missing at first. */
const LAST = "20261121007100";

/** The password of every role of a local stack. */
const DB_PASSWORD = "postgres";

interface CommandResult {
  code: number;
  out: string;
  err: string;
}

async function openHostedProject(testSite: TestSite) {
  await using opened = new AsyncDisposableStack();
  const { stack } = testSite;
  const { store } = stack.stripe;
  store.all("webhook_endpoint").forEach(({ id }) => store.remove(id));
  const database = opened.use(await openHostedDatabase(stack.dbUrl, stack.adminUrl));
  const refusing: NonNullable<ManagementApiOptions["refusing"]> = {};
  const api = opened.use(serveManagementApi({
    secretKey: stack.secretKey,
    database,
    refusing,
    onSecrets: (secrets) =>
      testSite.set({ ...Object.fromEntries(secrets), STRIPE_API_BASE: stack.stripe.url }),
  }));
  const { variables } = opened.use(await environmentFor(api));
  const folder = opened.adopt(
    await Deno.makeTempDir({ prefix: "sesame-setup-" }),
    (folder) => Deno.remove(folder, { recursive: true }),
  );
  const npx = opened.use(await makeNpx());
  const direct = await database.reachedBy("direct");
  const env = `${folder}/.env`;
  let printed = "";
  const run = async (
    args: string[] = [],
    over: Record<string, string> = {},
  ): Promise<CommandResult> => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["task", "--quiet", "setup", "--ref", PROJECT_REF, "--url", stack.apiUrl],
        ...["--site", "https://example.com", "--secrets-file", env, ...args],
      ],
      cwd: new URL("../../", import.meta.url),
      env: {
        ...variables,
        ...direct,
        PATH: `${npx.folder}:${Deno.env.get("PATH")}`,
        PGSSLROOTCERT: database.certificate,
        STRIPE_SECRET_KEY: stack.stripeSecretKey,
        STRIPE_API_BASE: stack.stripe.url,
        ...over,
      },
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    printed += `${out}${err}`;
    return { code, out: out ?? "", err: err ?? "" };
  };
  const held = opened.move();
  return {
    ...{ run, api, refusing, database, folder, env },
    endpoints: () => store.all("webhook_endpoint"),
    files: async () => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name),
    /** The whole output, and every command line of the CLI. */
    shown: async () => printed + await npx.lines(),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function anotherCertificate(): Promise<string> {
  const { stdout } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-nodes", "-subj", "/CN=another", "-keyout", "/dev/null"],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ],
  }).output();
  return new TextDecoder().decode(stdout);
}
