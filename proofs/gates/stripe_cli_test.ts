import assert from "node:assert/strict";
import {
  assertNothingIsLeft,
  family,
  runDev,
  signalDev,
  startDev,
} from "../../cli/dev/running_dev.ts";
import { startStandIn } from "../../local/stripe/stand_in.ts";
import { listen } from "../../local/stripe_cli.ts";
import { exists, until } from "../../local/testing.ts";
import { accessOf, assertFolded } from "../e2e/database_view.ts";
import { openStage } from "../e2e/stage.ts";
import { NEEDED_EVENTS } from "../../stripe/needed_events.ts";
import { stripe, STRIPE_KEY } from "./stripe_cli.ts";

/** Needed events that `stripe trigger` has no fixture for. */
const UNKNOWN_TO_THE_CLI: ReadonlySet<string> = new Set([
  "refund.created",
  "refund.updated",
  "refund.failed",
  "invoice_payment.paid",
  "customer.subscription.resumed",
  "radar.early_fraud_warning.created",
  "price.deleted",
]);

const standIn = startStandIn({ key: STRIPE_KEY });
const functionsEnv: Record<string, string> = {
  STRIPE_SECRET_KEY: STRIPE_KEY,
  STRIPE_API_BASE: standIn.url,
};
const { stack, sql, ada, moduleId } = await openStage({ env: functionsEnv });
const printed: string[] = [];
const listening = await listen({
  key: STRIPE_KEY,
  apiBase: standIn.url,
  forwardTo: `${stack.functionsUrl}/stripe-webhook`,
  log: (line) => printed.push(line),
  async trust(secret) {
    functionsEnv.STRIPE_WEBHOOK_SECRET = secret;
    await stack.functions?.reload();
  },
});
await listening.ready;
Deno.test.afterAll(async () => {
  await listening[Symbol.asyncDispose]();
  await standIn.stop();
});

/** Lets the CLI trigger an event. Returns all resulting events after the webhook has accepted them. */
async function trigger(type: string, ...flags: string[]): Promise<Map<string, string>> {
  const before = new Set(standIn.store.all("event").map(({ id }) => id));
  const { code, stdout, stderr } = await stripe(["trigger", type, ...flags], standIn.url);
  assert.equal(code, 0, stdout + stderr);
  const made = standIn.store.all("event").filter(({ id }) => !before.has(id));
  await until(() => made.every(({ id }) => printed.some((line) => isAnswerTo(id, line))));
  for (const { id } of made) {
    const [answer] = printed.filter((line) => isAnswerTo(id, line));
    assert.match(answer ?? "", /\[200\] POST/, "signed, and taken");
  }
  const rows = await sql<{ type: string; outcome: string }[]>`
    select type, outcome::text from sesame.stripe_events
    where id = any (${made.map(({ id }) => id)})`;
  assert.equal(rows.length, made.length, "each is in the inbox");
  return new Map(rows.map((row) => [row.type, row.outcome]));
}

function isAnswerTo(id: string, line: string): boolean {
  return line.includes("<--") && line.includes(id);
}

for (const type of NEEDED_EVENTS.filter((type) => !UNKNOWN_TO_THE_CLI.has(type))) {
  Deno.test(`stripe trigger ${type} is forwarded, signed, answered 200 and applied`, async () => {
    const outcomes = await trigger(type);
    assert.equal(outcomes.get(type), "applied");
    const others = [...outcomes.values()].filter((outcome) =>
      !/^(?:applied|ignored)$/.test(outcome)
    );
    assert.deepEqual(others, [], "and so is all that comes with it");
  });
}

Deno.test("the triggered events are applied, and open nothing", async () => {
  await assertFolded(sql);
  assert.deepEqual([...await sql`select * from public.module_access`], []);
});

for (const type of UNKNOWN_TO_THE_CLI) {
  Deno.test(`stripe trigger does not know ${type}`, async () => {
    const { code, stdout, stderr } = await stripe(["trigger", type], standIn.url);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /not supported by Stripe CLI/);
  });
}

Deno.test("a triggered purchase of a member opens the module, and a refund closes it", async () => {
  const outcomes = await trigger(
    "checkout.session.completed",
    ...["--add", `checkout_session:metadata[user_id]=${ada.id}`],
    ...["--add", `checkout_session:metadata[module_id]=${moduleId}`],
  );
  assert.equal(outcomes.get("checkout.session.completed"), "applied");
  assert.deepEqual(await accessOf(sql, ada.id), ["stable-diffusion open purchase"]);

  const [charge] = standIn.store.all("charge");
  const { code } = await stripe(["refunds", "create", "--charge", charge!.id], standIn.url);
  assert.equal(code, 0);
  await until(async () => (await accessOf(sql, ada.id))[0] === "stable-diffusion closed refunded");
});

Deno.test("the CLI accepts the line that dev prints", async () => {
  const dev = await startDev();
  const [line = ""] = dev.output().split("\n").filter((line) => line.startsWith("stripe "));
  await signalDev(dev, "INT");
  await dev.child.status;

  const args = line.split(" ").slice(1);
  assert.equal((await runListen(args)).includes("Ready!"), true, line);
  // A line that dev printed earlier is refused, so the check works.
  assert.match(
    await runListen(args.filter((flag) => flag !== "--all-snapshot")),
    /must specify events/,
  );
});

/** What `stripe listen` prints in its first seconds. */
async function runListen(args: string[]): Promise<string> {
  const { stdout, stderr } = await stripe([...args, "--skip-update"], standIn.url, {
    signal: AbortSignal.timeout(3_000),
  });
  return stdout + stderr;
}

const LISTENING = "The events of your Stripe account arrive here.";
const ACCOUNT = { STRIPE_SECRET_KEY: STRIPE_KEY, STRIPE_API_BASE: standIn.url };

/** The CLI of a dev that listens, and the folder it keeps its settings in. */
async function cliOf(processes: number[]): Promise<{ pid: number; home: string }> {
  for (const pid of processes) {
    const command = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
    if (!/\/bin\/stripe\0listen/.test(command) || command.includes("keeper")) continue;
    assert.doesNotMatch(command, /sk_test_/, "the key is on no command line");
    const environment = (await Deno.readTextFile(`/proc/${pid}/environ`)).split("\0");
    const [home = ""] = environment.filter((entry) => entry.startsWith("HOME="));
    return { pid, home: home.slice("HOME=".length) };
  }
  throw new Error("no CLI runs");
}

for (const signal of ["INT", "KILL"] as const) {
  Deno.test(`dev --listen takes the events of an account, and SIG${signal} ends the CLI with it`, async () => {
    const dev = await startDev(["--listen"], ACCOUNT, LISTENING);
    const { code, stderr } = await stripe(["trigger", "customer.created"], standIn.url);
    assert.equal(code, 0, stderr);
    await until(() => /\[200\] POST .*\/stripe-webhook/.test(dev.output()));
    assert.match(dev.output(), /"type":"customer.created","outcome":"applied"/);
    assert.doesNotMatch(dev.output(), /sk_test_|signing secret is/);

    const processes = await family(dev.child.pid);
    const { home } = await cliOf(processes);
    await signalDev(dev, signal);
    const { code: ended } = await dev.child.status;
    if (signal === "INT") assert.equal(ended, 0, dev.output());
    await assertNothingIsLeft(dev, processes);
    assert.equal(await exists(home), false);
    assert.doesNotMatch(dev.output(), /CLI has ended/);
    if (signal === "KILL") await Deno.remove(dev.envFile); // the killed process could not
  });
}

Deno.test("when the CLI dies, dev says so and the stack goes on", async () => {
  const dev = await startDev(["--listen"], ACCOUNT, LISTENING);
  const { pid } = await cliOf(await family(dev.child.pid));
  Deno.kill(pid, "SIGKILL");
  await until(() => dev.output().includes("The Stripe CLI has ended"));
  const response = await fetch(`${dev.env.API_URL}/encours`);
  await response.body?.cancel();
  assert.equal(response.status, 200);
  await signalDev(dev, "INT");
  assert.equal((await dev.child.status).code, 0);
});

Deno.test("a key that Stripe does not know ends dev --listen with what Stripe says", async () => {
  const { code, stdout, stderr } = await runDev(
    ["--listen", "--port", "0", "--db-port", "0", "--stack-file", await Deno.makeTempFile()],
    { ...ACCOUNT, STRIPE_SECRET_KEY: "sk_test_of_somebody_else" },
  ).output();
  assert.equal(code, 2);
  assert.match(
    new TextDecoder().decode(stderr),
    /^the Stripe CLI has ended with 1: .*Invalid API Key/m,
  );
  assert.doesNotMatch(new TextDecoder().decode(stdout), /arrive here/);
});
