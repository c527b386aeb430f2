import assert from "node:assert/strict";
import { translate } from "../../../supabase/functions/_shared/facts/translate.ts";
import { at } from "./clock.ts";
import { addressed, emailRef, named, spelled, userRef } from "./ids.ts";
import { legacyCharge } from "./legacy_charge.ts";
import { isRecurring, lineItems, PRICES_READ } from "./prices.ts";
import { plan } from "./plan.ts";
import { sale } from "./sale.ts";
import { OFFERS } from "../offers.ts";

Deno.test("a session has its sum, its optional items and its lines", () => {
  const list = lineItems(["price_alpha", "price_week"]);
  const fields = { amount_total: 1700, optional_items: [{}], ...list };
  const [session, ...prices] = translate(sale("1", { created: 2 }).session("completed", 3, fields));
  assert.ok(session?.kind === "checkout_session");
  assert.deepEqual(
    [session.amount_total, session.amount_subtotal, session.has_optional_items, session.created],
    [1700, 1000, true, at(2)],
  );
  assert.deepEqual(session.price_ids, ["price_alpha", "price_week"]);
  assert.deepEqual(
    prices.map((fact) => fact.kind === "price" && fact.is_recurring),
    [true, false],
  );
  const more = plan().session(0, lineItems(["price_week"], true));
  const [unknown] = translate(more);
  assert.ok(unknown?.kind === "checkout_session");
  assert.equal(unknown.price_ids, null);
});

Deno.test("a buyer is named by id, by another spelling of the key, by an address", () => {
  const refOf = (metadata: Record<string, string>) => {
    const [fact] = translate(sale("1", { metadata }).session("completed", 0));
    return fact?.kind === "checkout_session" ? fact.user_ref : undefined;
  };
  assert.equal(refOf(named("eve")), userRef("eve"));
  assert.equal(refOf(spelled("eve")), userRef("eve"));
  assert.equal(refOf(addressed("eve")), emailRef("eve"));
  assert.equal(refOf({}), null);
});

Deno.test("a legacy charge has metadata of its own and no payment intent", () => {
  const [fact] = translate(legacyCharge("1", { module: "beta" }).charge("succeeded", 0));
  assert.ok(fact?.kind === "charge");
  assert.deepEqual(
    [fact.payment_intent_id, fact.invoice_id, fact.module_ref, fact.amount_captured],
    [null, null, "beta", 1000],
  );
  const held = { captured: false, amount_captured: 0 };
  const [uncaptured] = translate(legacyCharge().charge("succeeded", 0, held));
  assert.ok(uncaptured?.kind === "charge" && uncaptured.amount_captured === 0);
});

Deno.test("every price of the catalogue has a known kind, and its event shows that kind", () => {
  const recurring = new Map(
    translate(PRICES_READ).map((fact) => [
      fact.id,
      fact.kind === "price" ? fact.is_recurring : null,
    ]),
  );
  for (const { price } of OFFERS) {
    assert.notEqual(isRecurring(price), null, price);
    assert.equal(recurring.get(price), isRecurring(price), price);
  }
});
