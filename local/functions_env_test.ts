import assert from "node:assert/strict";
import { checkoutSessionCompleted, deliver, newPurchase } from "../stripe/events.ts";
import { alsoTrusting, overlaidEnv, platformEnv, readEnvFile } from "./functions_env.ts";
import { makeKeys } from "./keys.ts";
import { startStack } from "./stack.ts";
import { makeProject, until } from "./testing.ts";

const PLATFORM = platformEnv("http://127.0.0.1:54321", "postgresql://", makeKeys());

Deno.test("Stripe itself is used only with a key of the operator", () => {
  const baseWith = (operator: Record<string, string>) =>
    overlaidEnv(PLATFORM, operator).STRIPE_API_BASE;
  assert.equal(baseWith({}), "http://127.0.0.1:54321");
  assert.equal(baseWith({ STRIPE_SECRET_KEY: "" }), "http://127.0.0.1:54321");
  assert.equal(baseWith({ STRIPE_SECRET_KEY: "sk_test_1" }), "");
  assert.equal(baseWith({ STRIPE_API_BASE: "http://localhost:12111" }), "http://localhost:12111");
  const standIn = { STRIPE_SECRET_KEY: "sk_test_1", STRIPE_API_BASE: "http://localhost:12111" };
  assert.equal(baseWith(standIn), "http://localhost:12111");
});

Deno.test("a signing secret of the operator counts beside the stack's own", () => {
  const trusting = (operator: Record<string, string>) =>
    alsoTrusting(operator, "whsec_own", "http://127.0.0.1:1").STRIPE_WEBHOOK_SECRET;
  assert.equal(trusting({}), undefined, "the platform gives it");
  assert.equal(
    trusting({ STRIPE_WEBHOOK_SECRET: "whsec_a, whsec_b" }),
    "whsec_a, whsec_b,whsec_own",
  );
  assert.equal(trusting({ STRIPE_WEBHOOK_SECRET: "whsec_own,whsec_b" }), "whsec_own,whsec_b");
});

Deno.test("a copy of .env.example sets nothing of ours, and keeps the app's own empty values", async () => {
  await using project = await makeProject({
    "functions/.env": "STRIPE_SECRET_KEY=\nSITE_URL=\nSTRIPE_WEBHOOK_SECRET=whsec_1\nTHEIRS=\n",
  });
  assert.deepEqual(await readEnvFile(new URL("functions/", project.url)), {
    STRIPE_WEBHOOK_SECRET: "whsec_1",
    THEIRS: "",
  });
});

Deno.test("a live key of Stripe is refused, and not printed", async () => {
  for (const key of ["sk_live_1", "rk_live_1"]) {
    await using project = await makeProject({ "functions/.env": `STRIPE_SECRET_KEY=${key}\n` });
    await assert.rejects(readEnvFile(new URL("functions/", project.url)), {
      name: "UserError",
      message: /^STRIPE_SECRET_KEY in supabase\/functions\/\.env is a live key: (?!.*_live_)/,
    });
  }
});

Deno.test("a site of the operator counts beside the stack's own page", () => {
  const sites = (operator: Record<string, string>) =>
    alsoTrusting(operator, "whsec_own", "http://127.0.0.1:1").SITE_URL;
  assert.equal(sites({}), undefined, "the platform gives it");
  assert.equal(
    sites({ SITE_URL: "https://example.com" }),
    "https://example.com,http://127.0.0.1:1/encours/",
  );
});

Deno.test("an object to read from Stripe is read from the stand-in, at once", async () => {
  const log: string[] = [];
  await using stack = await startStack({ durable: false, log: (line) => log.push(line) });
  const purchase = newPurchase({ userId: crypto.randomUUID() });
  const event = checkoutSessionCompleted(purchase); // the event does not name the price
  const response = await deliver(
    `${stack.functionsUrl}/stripe-webhook`,
    stack.webhookSecret,
    event,
  );
  assert.deepEqual(await response.json(), { received: true, outcome: "applied" });
  const unknown = `"object_id":"${purchase.sessionId}","code":"nothing_there"`;
  await until(() => log.some((line) => line.includes(unknown)));
});
