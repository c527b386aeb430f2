import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import Stripe from "stripe";
import { startStandIn } from "../../local/stripe/stand_in.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/client.ts";
import { API_VERSION } from "../../stripe/api_version.ts";
import { NEEDED_EVENTS } from "../../stripe/needed_events.ts";
import { readText, variableIn } from "../keys/env_file.ts";
import { claimsOf } from "./claims_stand_in.ts";
import type { SetupOptions } from "./options.ts";
import type { Rehearsed } from "./rehearsal.ts";
import { type Services, setUp } from "./setup.ts";
import { type Step, stepAsJson } from "./steps.ts";
import type { SupabaseProject } from "./supabase_project.ts";

const KEY = "sk_test_setup";
const PROJECT_URL = "https://abcdefghijklmnopqrst.supabase.co";
const WEBHOOK = `${PROJECT_URL}/functions/v1/stripe-webhook`;

const NAMES = ["checkout", "health", "module-token", "reconcile", "stripe-webhook"];

/** A text that the source of every function of ours contains. */
const OURS = 'type: "urn:sesame:problem:internal"';

/** A new project, and Stripe with an endpoint of another project. */
async function openScene() {
  const stripe = startStandIn({ key: KEY, webhook: { url: "http://other.test/", secret: "w" } });
  const folder = await Deno.makeTempDir({ prefix: "sesame-setup-" });
  const done: string[] = [];
  const secrets = new Map<string, string>();
  /** Source by name, of what is deployed; null: Supabase does not give it. */
  const functions = new Map<string, string | null>();
  const database = { missing: ["1_one.sql", "2_two.sql"], foreign: [] as string[] };
  let rehearsed: Rehearsed = { kind: "clear" };
  const project: SupabaseProject = {
    secrets: () => Promise.resolve(new Map([...secrets].map(([k, v]) => [k, digestOf(v)]))),
    database: () => Promise.resolve({ ...database, rehearsed }),
    ownMigrations: null,
    push: (moveIn) => {
      done.push(moveIn === null ? "push" : `push, moving in ${moveIn}`);
      database.missing = [];
      return Promise.resolve();
    },
    functions: () => Promise.resolve([...functions.keys()]),
    source: (name) => Promise.resolve(functions.get(name) ?? null),
    deploy: () => {
      done.push("deploy");
      NAMES.forEach((name) => functions.set(name, OURS));
      return Promise.resolve();
    },
    set: (values) => {
      done.push(`set ${Object.keys(values).sort().join(" ")}`);
      Object.entries(values).forEach(([name, value]) => secrets.set(name, value));
      return Promise.resolve();
    },
    secretKey: () => Promise.resolve("sb_secret_x"),
  };
  const said: string[] = [];
  let plan: readonly Step[] = [];
  // The state before a first setup: Auth does not ask, and nothing is switched on.
  const addresses = claimsOf({ areAsked: false, state: null });
  const services = (key = KEY): Services => ({
    project,
    addresses: addresses.claims,
    stripe: connectStripe({ key, base: new URL(stripe.url) }, 5_000) as Stripe,
    watch: () => {},
    plan: (steps) => void (plan = steps),
    say: (line) => void said.push(line),
  });
  const secretsFile = `${folder}/.env`;
  const options: SetupOptions = {
    ref: "abcdefghijklmnopqrst",
    url: PROJECT_URL,
    region: null,
    siteUrl: "https://example.com",
    siteMissing: "--site takes the address of your site",
    stripeSecretKey: KEY,
    webhookSecret: null,
    secretsFile,
    moveIn: null,
    replace: [],
    push: false,
    functionsPrefix: "",
    dryRun: false,
  };
  const endpoints = () =>
    stripe.store.all("webhook_endpoint").filter(({ url }) => url.startsWith(WEBHOOK));
  return {
    ...{ options, services, done, said, secrets, functions, database, endpoints },
    store: stripe.store,
    refuse: (why: string) => void (rehearsed = { kind: "refused", why }),
    addedBy: (by: string) => void (rehearsed = { kind: "added", by }),
    keys: async () => variableIn(await readText(secretsFile), "MODULE_TOKEN_KEYS"),
    run: (over: Partial<SetupOptions> = {}) => setUp({ ...options, ...over }, services()),
    /** The steps of the last run, as scripts get them. */
    steps: () => plan.map(stepAsJson),
    /** Everything that a run could change. */
    state: async () =>
      structuredClone([endpoints(), [...secrets], done, await readText(secretsFile), database]),
    [Symbol.asyncDispose]: async () => {
      await stripe.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

type Scene = Awaited<ReturnType<typeof openScene>>;

/** One endpoint with the needed events, its own secret set, and keys that exist. */
async function assertWorks({ endpoints, secrets, store, keys }: Scene): Promise<void> {
  const [endpoint, ...more] = endpoints();
  assert.deepEqual(more, []);
  assert.deepEqual(endpoint?.enabled_events, [...NEEDED_EVENTS]);
  assert.deepEqual([endpoint?.status, endpoint?.metadata], ["enabled", {}]);
  assert.equal(endpoint?.api_version, API_VERSION);
  assert.deepEqual(Object.fromEntries(secrets), {
    STRIPE_SECRET_KEY: KEY,
    STRIPE_WEBHOOK_SECRET: store.secrets.get(endpoint?.id ?? ""),
    SITE_URL: "https://example.com",
    MODULE_TOKEN_KEYS: await keys(),
  });
}

Deno.test("a project whose own repository has Sesame gets no migration, and all the rest", async () => {
  await using scene = await openScene();
  scene.database.foreign = ["20250301090000", "20261130090000"];
  scene.addedBy("20261130090000_sesame_0.1.0");
  await scene.run();
  await assertWorks(scene);
  assert.equal(scene.done[0], "deploy");
  const migrations = scene.steps().filter(({ name }) => name === "migrations");
  assert.deepEqual(migrations.map(({ state, does }) => [state, does]), [
    [
      "kept",
      "the database: your own repository has installed Sesame, by 20261130090000_sesame_0.1.0",
    ],
  ]);
});

Deno.test("setup applies the migrations, deploys, creates an endpoint, and sets its secret", async () => {
  await using scene = await openScene();
  const { webhookSecret, isChanged } = await scene.run();
  await assertWorks(scene);
  assert.deepEqual(scene.done, [
    "push",
    "deploy",
    "set MODULE_TOKEN_KEYS SITE_URL STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET",
  ]);
  assert.deepEqual([webhookSecret, isChanged], [scene.secrets.get("STRIPE_WEBHOOK_SECRET"), true]);
  const said = scene.said.join("\n");
  for (const [name, value] of scene.secrets) {
    if (name !== "SITE_URL") assert.ok(!said.includes(value), `${name} was shown`);
  }
});

Deno.test("a second run keeps everything, and says so for each", async () => {
  await using scene = await openScene();
  await scene.run();
  const before = await scene.state();
  scene.said.length = 0;
  const { isChanged } = await scene.run();
  assert.deepEqual(scene.done.splice(-1), ["deploy"]);
  assert.deepEqual(await scene.state(), before);
  assert.equal(isChanged, false);
  assert.deepEqual(scene.said.filter((line) => !line.startsWith("· keep")), [
    `→ deploy the functions as they are here: ${NAMES.join(", ")}`,
    `✓ deploy the functions as they are here: ${NAMES.join(", ")}`,
  ]);
});

Deno.test("a dry run says every step and takes none", async () => {
  await using scene = await openScene();
  const before = await scene.state();
  await scene.run({ dryRun: true });
  assert.deepEqual(await scene.state(), before);
  const planned = [...scene.said];
  scene.said.length = 0;
  await scene.run();
  assert.deepEqual(planned, scene.said.filter((line) => !line.startsWith("✓")));
});

Deno.test("scripts get the same steps as the terminal, each with its name and state", async () => {
  await using scene = await openScene();
  await scene.run({ dryRun: true });
  const words = { needed: "→", kept: "· keep", refused: "✗", done: "✓" };
  assert.deepEqual(scene.steps().map(({ state, does }) => `${words[state]} ${does}`), scene.said);
  assert.deepEqual(scene.steps().map(({ name, state }) => `${name} ${state}`), [
    "migrations needed",
    "functions needed",
    "keys needed",
    "endpoint needed",
    "secrets needed",
    "endpoint needed",
    "address_claims kept",
  ]);
  await scene.run();
  const done = scene.steps().filter(({ state }) => state === "done");
  assert.equal(done.length, 6);
  assert.deepEqual(
    scene.said.filter((line) => line.startsWith("✓")),
    done.map(({ does }) => `✓ ${does}`),
  );
});

Deno.test("a failure after the first step leaves scripts one done step and the needed ones", async () => {
  await using scene = await openScene();
  const services = scene.services();
  const deploy = () => Promise.reject(new Error("no network"));
  const project = { ...services.project, deploy };
  await assert.rejects(setUp(scene.options, { ...services, project }), /no network/);
  assert.deepEqual(scene.steps().slice(0, 3).map(({ state }) => state), [
    "done",
    "needed",
    "needed",
  ]);
});

/** Steps of a first setup: after each of them the process is killed. */
const STEPS = ["apply", "deploy", "make MODULE_TOKEN_KEYS", "create", "set", "note"];

for (const step of STEPS) {
  Deno.test(`killed after "${step}", a second run ends in the same state`, async () => {
    await using scene = await openScene();
    const services = scene.services();
    const say = (line: string) => {
      if (line.startsWith(`✓ ${step}`)) throw new Error("killed");
    };
    await assert.rejects(setUp(scene.options, { ...services, say }), /killed/);
    const keys = await scene.keys();

    await scene.run();
    await assertWorks(scene);
    assert.ok(keys === null || keys === await scene.keys(), "the keys were made twice");
    assert.equal((await scene.run()).isChanged, false);
  });
}

Deno.test("killed again and again before the secret is set, it leaves one endpoint", async () => {
  await using scene = await openScene();
  const services = scene.services();
  const say = (line: string) => {
    if (line.startsWith("✓ create")) throw new Error("killed");
  };
  for (let time = 0; time < 3; time++) {
    await assert.rejects(setUp(scene.options, { ...services, say }), /killed/);
  }
  assert.equal(scene.endpoints().length, 3);
  await scene.run();
  await assertWorks(scene);
});

Deno.test("killed while it deletes unfinished endpoints, the next run deletes the rest", async () => {
  await using scene = await openScene();
  const killedAfter = (step: string) => (line: string) => {
    if (line.startsWith(`✓ ${step}`)) throw new Error("killed");
  };
  await assert.rejects(setUp(scene.options, { ...scene.services(), say: killedAfter("create") }));
  await assert.rejects(setUp(scene.options, { ...scene.services(), say: killedAfter("note") }));
  assert.equal(scene.endpoints().length, 2);
  const secret = scene.secrets.get("STRIPE_WEBHOOK_SECRET");
  await scene.run();
  await assertWorks(scene);
  assert.equal(scene.secrets.get("STRIPE_WEBHOOK_SECRET"), secret);
});

Deno.test("the project's keys of module tokens are kept, even if the file has others", async () => {
  await using scene = await openScene();
  scene.secrets.set("MODULE_TOKEN_KEYS", '{"keys":["of the customers"]}');
  await scene.run();
  assert.equal(scene.secrets.get("MODULE_TOKEN_KEYS"), '{"keys":["of the customers"]}');
  assert.equal(await scene.keys(), null);
  assert.match(scene.said.join("\n"), /· keep MODULE_TOKEN_KEYS: another would end every token/);
});

/** An endpoint that was made by hand, with its secret set in the project. */
async function openOldScene(): Promise<Scene> {
  const scene = await openScene();
  const { stripe } = scene.services();
  await stripe.webhookEndpoints.create({ url: WEBHOOK, enabled_events: ["charge.succeeded"] });
  await stripe.webhookEndpoints.update(scene.endpoints()[0]!.id, { disabled: true });
  scene.secrets.set("STRIPE_WEBHOOK_SECRET", "whsec_by_hand");
  NAMES.forEach((name) => scene.functions.set(name, OURS));
  return scene;
}

Deno.test("an endpoint with a secret that only the project has is kept and repaired", async () => {
  await using scene = await openOldScene();
  const [{ id } = { id: "" }] = scene.endpoints();
  const { webhookSecret } = await scene.run({ region: "eu-central-1" });
  const [endpoint, ...more] = scene.endpoints();
  assert.deepEqual([endpoint?.id, endpoint?.status, more], [id, "enabled", []]);
  assert.equal(endpoint?.url, `${WEBHOOK}?forceFunctionRegion=eu-central-1`);
  assert.deepEqual(new Set(endpoint?.enabled_events), new Set(NEEDED_EVENTS));
  assert.equal(scene.secrets.get("STRIPE_WEBHOOK_SECRET"), "whsec_by_hand");
  assert.equal(webhookSecret, null);
  assert.equal((await scene.run()).isChanged, false); // the region does not change
});

Deno.test("the secret of an old site's endpoint never replaces ours without --replace", async () => {
  await using scene = await openScene();
  await scene.run();
  const [ours] = scene.endpoints();
  const url = "https://iahome.fr/api/webhooks/stripe";
  scene.store.put({ ...ours!, id: "we_old", url });
  const before = await scene.state();
  const over = { webhookSecret: "whsec_of_the_old_site" };
  await assert.rejects(scene.run(over), /Nothing was changed/);
  assert.deepEqual(await scene.state(), before);
  assert.match(
    scene.said.join("\n"),
    /may be that of we_old, .* https:\/\/iahome\.fr\.\n.*Leave it out/,
  );
  assert.doesNotMatch(scene.said.join("\n"), /whsec_of_the_old_site/);

  await scene.run({ ...over, replace: ["STRIPE_WEBHOOK_SECRET"] });
  assert.equal(scene.secrets.get("STRIPE_WEBHOOK_SECRET"), over.webhookSecret);
});

Deno.test("a value that the user gives is set, and only once", async () => {
  await using scene = await openOldScene();
  const over = { webhookSecret: "whsec_rolled", siteUrl: "https://new.example.com" };
  await scene.run(over);
  assert.equal(scene.secrets.get("STRIPE_WEBHOOK_SECRET"), "whsec_rolled");
  assert.equal(scene.secrets.get("SITE_URL"), "https://new.example.com");
  assert.equal((await scene.run(over)).isChanged, false);
  assert.equal((await scene.run({ siteUrl: null })).isChanged, false);
});

const REFUSED: [why: string, over: Partial<SetupOptions>, message: RegExp][] = [
  ["an endpoint with an unknown secret", {}, /put it into the environment, or delete/],
  ["a site that is not named", { siteUrl: null, webhookSecret: "whsec_1" }, /--site takes/],
];

for (const [why, over, message] of REFUSED) {
  Deno.test(`${why} is an error before anything is done`, async () => {
    await using scene = await openOldScene();
    scene.secrets.clear();
    const before = await scene.state();
    await assert.rejects(scene.run(over), message);
    assert.deepEqual([await scene.state(), scene.said], [before, []]);
  });
}

Deno.test("given a key that Stripe refuses, or a project that the user may not see, setup changes nothing", async () => {
  await using scene = await openScene();
  const before = await scene.state();
  await assert.rejects(
    setUp(scene.options, scene.services("sk_test_wrong")),
    Stripe.errors.StripeError,
  );
  const services = scene.services();
  const secrets = () => Promise.reject(new Error("no access"));
  await assert.rejects(
    setUp(scene.options, { ...services, project: { ...services.project, secrets } }),
    /no access/,
  );
  assert.deepEqual(await scene.state(), before);
});

const APP = 'Deno.serve(() => new Response("the app itself"))';

Deno.test("the project's own function with a name of ours is reported, and not overwritten", async () => {
  await using scene = await openScene();
  scene.functions.set("checkout", APP).set("health", null).set("profile", APP);
  const before = await scene.state();
  await assert.rejects(scene.run(), /^UserError: Nothing was changed: 1 of these/);
  assert.deepEqual(await scene.state(), before);
  const said = scene.said.join("\n");
  assert.match(said, /✗ deploy the functions as they are here: .*\n .*: checkout, health\.\n/);
  assert.match(said, /\n {2}--replace checkout --replace health\n/);

  await assert.rejects(scene.run({ replace: ["health"] }), /Nothing was changed/);
  await scene.run({ replace: ["checkout", "health"] });
  await assertWorks(scene);
});

Deno.test("a dry run shows all obstacles, and fails", async () => {
  await using scene = await openScene();
  scene.functions.set("checkout", APP);
  scene.secrets.set("STRIPE_WEBHOOK_SECRET", "whsec_of_the_app");
  scene.refuse("Sesame can not be installed here\n- table public.modules is not Sesame's");
  await assert.rejects(scene.run({ dryRun: true }), /Nothing was changed: 3 of these/);
  assert.deepEqual(scene.said.filter((line) => line.startsWith("✗")).length, 3);
  const refused = scene.steps().filter(({ state }) => state === "refused");
  assert.deepEqual(refused.map(({ name }) => name), ["migrations", "functions", "secrets"]);
  assert.match(refused[0]?.refusal ?? "", /^Sesame can not be installed here/);
  assert.match(
    scene.said.join("\n"),
    /✗ apply 2 migration.*\n {2}Sesame can not be installed here\n {2}- table public\.modules/,
  );
});

Deno.test("a secret that the project's own functions may read is not overwritten", async () => {
  await using scene = await openScene();
  scene.secrets.set("STRIPE_WEBHOOK_SECRET", "whsec_of_the_app").set("STRIPE_SECRET_KEY", KEY);
  await assert.rejects(scene.run(), /Nothing was changed/);
  assert.equal(scene.secrets.get("STRIPE_WEBHOOK_SECRET"), "whsec_of_the_app");
  assert.match(scene.said.join("\n"), /\n {2}--replace STRIPE_WEBHOOK_SECRET\n/);
  await scene.run({ replace: ["STRIPE_WEBHOOK_SECRET"] });
  await assertWorks(scene);
});

Deno.test("the project's own migrations are counted and kept", async () => {
  await using scene = await openScene();
  scene.database.foreign = ["20250101000000", "20270101000000"];
  await scene.run({ moveIn: "later" });
  assert.match(scene.said.join("\n"), /· keep the project's own 2 migration\(s\)/);
  assert.equal(scene.done[0], "push, moving in later");
});

Deno.test("an endpoint of another version keeps its events and its secret, and the plan says so", async () => {
  await using scene = await openOldScene();
  const { stripe } = scene.services();
  const [{ id } = { id: "" }] = scene.endpoints();
  await stripe.webhookEndpoints.update(id, { enabled_events: ["payout.paid", "charge.succeeded"] });
  await scene.run();
  const [endpoint, ...more] = scene.endpoints();
  assert.deepEqual([endpoint?.id, endpoint?.api_version, more], [id, null, []]);
  assert.deepEqual(new Set(endpoint?.enabled_events), new Set(["payout.paid", ...NEEDED_EVENTS]));
  assert.match(scene.said.join("\n"), /it sends the account's default version and not \d{4}-/);
});

Deno.test("an endpoint that Stripe stores differently from the request is an error", async () => {
  await using scene = await openScene();
  const services = scene.services();
  const { webhookEndpoints } = services.stripe;
  const create = webhookEndpoints.create.bind(webhookEndpoints);
  webhookEndpoints.create = (async (params: Stripe.WebhookEndpointCreateParams) => {
    const made = await create({ ...params, enabled_events: ["charge.succeeded"] });
    return made;
  }) as typeof create;
  await assert.rejects(
    setUp(scene.options, services),
    /differently from the request: it does not send check/,
  );
  assert.deepEqual(scene.secrets.size, 0);
  await scene.run();
  await assertWorks(scene);
});

function digestOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}
