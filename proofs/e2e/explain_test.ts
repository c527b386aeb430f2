import assert from "node:assert/strict";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { explain } from "../../cli/explain/explain.ts";
import { inWords } from "../../cli/explain/in_words.ts";
import {
  checkoutSessionCompleted,
  newPurchase,
  refundCreated,
  type StripeEvent,
} from "../../stripe/events.ts";
import { send } from "./delivery.ts";
import { newMember, openStage } from "./stage.ts";

const { stack, schema, sql, ada, moduleId } = await openStage();
const call = dataApi({ url: stack.apiUrl, key: stack.secretKey, schema });
const endpoint = `${stack.functionsUrl}/stripe-webhook`;

/** Replaces the function that merges sessions. */
const REFUSING = `
  create or replace function sesame.merge_checkout_sessions(facts jsonb) returns void
  language plpgsql volatile set search_path = '' as $$ begin raise sqlstate 'XX000'; end $$`;

/** A session that names its buyer in metadata only; sold by a price if one is given. */
function soldBy(metadata: Record<string, string>, price?: string): StripeEvent {
  const sold = checkoutSessionCompleted(newPurchase({ userId: "", moduleId }));
  const line_items = {
    object: "list",
    has_more: false,
    data: [{ id: "li_1", price: { id: price } }],
  };
  const object = {
    ...sold.data.object,
    customer: null,
    customer_details: null,
    client_reference_id: null,
    metadata,
    ...price === undefined ? {} : { line_items },
  };
  return { ...sold, data: { object } };
}

function idOf({ data: { object } }: StripeEvent): string {
  return String(object.id);
}

/** The code of the first broken link of each explanation; "open" if there is none. */
async function causes(reference: string, module?: string): Promise<string[]> {
  const explanations = await explain(call, reference, module);
  return explanations.map(({ cause }) => cause === null ? "open" : cause.code ?? "");
}

Deno.test("explain says why a module is open or closed, from a user, a payment or a module", async () => {
  assert.deepEqual(await causes("ada@example.com", "stable-diffusion"), ["nothing_delivered"]);

  const purchase = newPurchase({ userId: ada.id, moduleId });
  await send(endpoint, stack.webhookSecret, checkoutSessionCompleted(purchase));
  assert.deepEqual(await causes("Ada@Example.com", "stable-diffusion"), ["open"]);
  const [session] = await sql`select id, payment_intent_id from sesame.checkout_sessions`;
  assert.deepEqual(await causes(session?.id), ["open"]);
  assert.deepEqual(await causes(session?.payment_intent_id), ["open"]);

  await send(endpoint, stack.webhookSecret, refundCreated(purchase));
  assert.deepEqual(await causes(session?.payment_intent_id), ["refunded"]);
  assert.deepEqual(await causes(ada.id), ["refunded"]);
  assert.deepEqual(await causes("stable-diffusion"), ["refunded"]);
  for (const id of ["pi_never_seen", "evt_never_seen"]) {
    assert.deepEqual(await causes(id), ["not_delivered"]);
  }
});

Deno.test("an unmapped price is named for the buyer and for the payment, until it is mapped", async () => {
  const bob = await newMember(stack);
  const session = soldBy({ user_id: bob.id }, "price_new");
  await send(endpoint, stack.webhookSecret, session);
  assert.deepEqual(await causes(bob.id, "stable-diffusion"), ["price_unmapped"]);
  assert.deepEqual(await causes(idOf(session)), ["price_unmapped"]);

  // The printed command is used unchanged.
  const lines = (await explain(call, bob.id, "stable-diffusion")).flatMap((one) => inWords(one));
  const [map = "", mark = ""] = lines.filter((line) => line.startsWith("  $ "))
    .map((line) => line.slice(4));
  assert.match(map, /^insert into public\.module_prices .*'price_new'.*'stable-diffusion'$/);
  assert.match(mark, /remap_price\('price_new', null/);
  await sql.unsafe(map);
  assert.deepEqual(await causes(idOf(session)), ["open"]);
});

Deno.test("explain names a missing buyer, and a buyer without an account", async () => {
  const withoutBuyer = soldBy({ module_id: moduleId });
  await send(endpoint, stack.webhookSecret, withoutBuyer);
  assert.deepEqual(await causes(idOf(withoutBuyer)), ["buyer_unknown"]);
  const withoutUser = soldBy({ module_id: moduleId, user_id: crypto.randomUUID() });
  await send(endpoint, stack.webhookSecret, withoutUser);
  assert.deepEqual(await causes(idOf(withoutUser)), ["user_unknown"]);
});

Deno.test("a failed event is named for its payment too, until it is sent again", async () => {
  const cleo = await newMember(stack);
  const purchase = newPurchase({ userId: cleo.id, moduleId });
  const bought = checkoutSessionCompleted(purchase);
  const [it] =
    await sql`select pg_get_functiondef('sesame.merge_checkout_sessions'::regproc) as was`;
  await sql.unsafe(REFUSING);
  await send(endpoint, stack.webhookSecret, bought);
  await sql.unsafe(it?.was);

  assert.deepEqual(await causes(purchase.paymentIntentId), ["event_failed"]);
  assert.deepEqual(await causes(cleo.id, "stable-diffusion"), ["event_failed"]);
  await send(endpoint, stack.webhookSecret, bought);
  assert.deepEqual(await causes(purchase.paymentIntentId), ["open"]);
});

Deno.test("an object that never arrived is looked up at Stripe", async () => {
  const lookUp = (id: string) => Promise.resolve({ code: "not_at_stripe", detail: id } as const);
  const [explanation] = await explain(call, "pi_typo", undefined, lookUp);
  assert.deepEqual(explanation?.cause?.code, "not_at_stripe");
});

Deno.test("the printed answer names the link, the cause and the fix", async () => {
  const lines = (await explain(call, ada.id, "stable-diffusion")).flatMap((one) => inWords(one))
    .join("\n");
  assert.match(lines, /✗ the sources say open {2}refunded/);
  assert.match(lines, /All the money was refunded\./);
});

Deno.test("an unknown module and a wrong key each get one line", async () => {
  assert.deepEqual(await causes(ada.id, "nothing"), ["no_such_module"]);
  const stranger = dataApi({ url: stack.apiUrl, key: stack.publishableKey, schema });
  await assert.rejects(explain(stranger, ada.id, "whisper"), /secret key/);
});

Deno.test("an address without an account, in any spelling, does no harm", async () => {
  for (const user of ["'; drop table modules; --", "ada@example.com\u202e", "%", ""]) {
    assert.deepEqual(await causes(user, "whisper"), ["no_account"], user);
  }
});
