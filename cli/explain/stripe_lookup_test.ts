import assert from "node:assert/strict";
import { StripeFault } from "../../supabase/functions/_shared/stripe/ask.ts";
import { startStandIn } from "../../local/stripe/stand_in.ts";
import { lookUpAtStripe, lookUpBy } from "./stripe_lookup.ts";

const KEY = "sk_test_explain";

Deno.test("an object that Stripe has gets not_delivered; one that it lacks gets not_at_stripe", async () => {
  await using stripe = startStandIn({
    key: KEY,
    webhook: { url: "http://127.0.0.1:9/", secret: "whsec_none" },
  });
  const customer = await createCustomer(stripe.url);
  const env: Record<string, string> = { STRIPE_SECRET_KEY: KEY, STRIPE_API_BASE: stripe.url };
  const lookUp = lookUpAtStripe((name) => env[name]);
  assert.ok(lookUp);
  assert.deepEqual(await lookUp(customer), {
    code: "not_delivered",
    detail: `${customer}, and Stripe has it`,
  });
  for (const id of ["pi_none", "evt_none", "cs_test_none", "sub_none"]) {
    assert.deepEqual(await lookUp(id), { code: "not_at_stripe", detail: id });
  }
});

Deno.test("when Stripe does not answer, the detail says so", async () => {
  const lookUp = lookUpBy(() => Promise.reject(new StripeFault("HTTP 401")));
  assert.deepEqual(await lookUp("pi_1"), {
    code: "not_delivered",
    detail: "pi_1, and Stripe did not say more (HTTP 401)",
  });
});

Deno.test("without a key Stripe is not asked; a wrong key is named by its variable, not its value", () => {
  assert.equal(lookUpAtStripe(() => undefined), null);
  assert.throws(
    () => lookUpAtStripe((name) => name === "STRIPE_SECRET_KEY" ? "pk_test_secret" : undefined),
    (error: Error) => /STRIPE_SECRET_KEY/.test(error.message) && !/pk_test/.test(error.message),
  );
});

async function createCustomer(url: string): Promise<string> {
  const answer = await fetch(new URL("/v1/customers", url), {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}` },
    body: new URLSearchParams({ email: "ada@example.com" }),
  });
  return (await answer.json()).id;
}
