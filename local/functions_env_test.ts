import assert from "node:assert/strict";
import { checkoutSessionCompleted, deliver, newPurchase } from "../stripe/events.ts";
import { alsoTrusting, overlaidEnv, platformEnv } from "./functions_env.ts";
import { makeKeys } from "./keys.ts";
import { startStack } from "./stack.ts";
import { until } from "./testing.ts";

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
    alsoTrusting(operator, "whsec_own").STRIPE_WEBHOOK_SECRET;
  assert.equal(trusting({}), undefined, "the platform gives it");
  assert.equal(
    trusting({ STRIPE_WEBHOOK_SECRET: "whsec_a, whsec_b" }),
    "whsec_a, whsec_b,whsec_own",
  );
  assert.equal(trusting({ STRIPE_WEBHOOK_SECRET: "whsec_own,whsec_b" }), "whsec_own,whsec_b");
});

Deno.test("an object to read from Stripe is read from the stand-in, without a delay", async () => {
  const log: string[] = [];
  await using stack = await startStack({ durable: false, log: (line) => log.push(line) });
  const purchase = newPurchase({ userId: crypto.randomUUID() });
  const event = checkoutSessionCompleted(purchase); // the event does not name the price
  const started = performance.now();
  const response = await deliver(
    `${stack.functionsUrl}/stripe-webhook`,
    stack.webhookSecret,
    event,
  );
  assert.deepEqual(await response.json(), { received: true, outcome: "applied" });
  assert.ok(performance.now() - started < 1_000);
  const unknown = `"object_id":"${purchase.sessionId}","code":"nothing_there"`;
  await until(() => log.some((line) => line.includes(unknown)));
});
