import assert from "node:assert/strict";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { explain } from "../explain/explain.ts";
import { inWords } from "../explain/in_words.ts";
import { checkoutSessionCompleted, newPurchase, refundCreated } from "../stripe_events.ts";
import { send } from "./delivery.ts";
import { openStage } from "./stage.ts";

const { stack, sql, ada, moduleId } = await openStage();
const call = dataApi({ url: stack.apiUrl, key: stack.secretKey });
const endpoint = `${stack.functionsUrl}/stripe-webhook`;

/** The code of the first broken link of each explanation; "open" where there is none. */
async function causes(reference: string, module?: string): Promise<string[]> {
  const explanations = await explain(call, reference, module);
  return explanations.map(({ cause }) => cause === null ? "open" : cause.code ?? "");
}

Deno.test("one question tells why a module is there or not, from whichever end it is asked", async () => {
  assert.deepEqual(await causes("ada@example.com", "stable-diffusion"), ["nothing_delivered"]);

  const purchase = newPurchase({ userId: ada.id, moduleId });
  await send(endpoint, stack.webhookSecret, checkoutSessionCompleted(purchase));
  assert.deepEqual(await causes("Ada@Example.com", "stable-diffusion"), ["open"]);
  const [session] = await sql`select id, payment_intent_id from billing.checkout_sessions`;
  assert.deepEqual(await causes(session?.id), ["open"]);
  assert.deepEqual(await causes(session?.payment_intent_id), ["open"]);

  await send(endpoint, stack.webhookSecret, refundCreated(purchase));
  assert.deepEqual(await causes(session?.payment_intent_id), ["refunded"]);
  assert.deepEqual(await causes("pi_never_seen"), ["not_delivered"]);
});

Deno.test("what is printed names the link, the cause and the mend", async () => {
  const lines = (await explain(call, ada.id, "stable-diffusion")).flatMap(inWords).join("\n");
  assert.match(lines, /✗ his sources say open {2}refunded/);
  assert.match(lines, /All the money went back\./);
});

Deno.test("a module that is not there, and a key that does not open, are told in words", async () => {
  assert.deepEqual(await causes(ada.id, "nothing"), ["no_such_module"]);
  const stranger = dataApi({ url: stack.apiUrl, key: stack.publishableKey });
  await assert.rejects(explain(stranger, ada.id, "whisper"), /secret key/);
});

Deno.test("an address that is no account's, however it is written, harms nothing", async () => {
  for (const user of ["'; drop table modules; --", "ada@example.com\u202e", "%", ""]) {
    assert.deepEqual(await causes(user, "whisper"), ["no_account"], user);
  }
});
