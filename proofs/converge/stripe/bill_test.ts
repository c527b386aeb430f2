import assert from "node:assert/strict";
import { translate } from "../../../supabase/functions/_shared/facts/translate.ts";
import { bill } from "./bill.ts";
import { at } from "./clock.ts";
import type { Rendering, StripeEvent } from "./event.ts";
import { named, userRef } from "./ids.ts";
import { credit, oneTime, period, proration } from "./line.ts";
import { plan } from "./plan.ts";

const RENDERINGS: Rendering[] = ["basil", "acacia", "late acacia"];

/** The one fact of this kind that the event gives. */
function factOf(event: StripeEvent, kind: string) {
  const [fact] = translate(event).filter((one) => one.kind === kind);
  assert.ok(fact !== undefined);
  return fact as unknown as Record<string, unknown>;
}

function linesOf(event: StripeEvent) {
  return factOf(event, "invoice").lines as Record<string, unknown>[];
}

Deno.test("a line gives the same fact in every API format", () => {
  const lines = [
    period("price_alpha", 0, 30, { item: "si_1", off: 200 }),
    proration("price_beta", 10, 30, { item: "si_1", quantity: 3 }),
    proration("price_beta", 10, 30, { isAdded: true }),
    credit("price_alpha", 10, 30, { isAdded: true, subscription: "sub_2" }),
    oneTime("price_gamma_once", 0),
  ];
  const [first, ...others] = RENDERINGS.map((rendering) =>
    linesOf(bill("1", { lines, subscription: "sub_1", rendering }).invoice("paid", 1))
  );
  for (const other of others) assert.deepEqual(other, first);
  assert.deepEqual(first?.map(({ kind }) => kind), [
    ...["subscription", "subscription", "invoice_item", "invoice_item", "invoice_item"],
  ]);
  const [month, upgrade, added, back, sale] = first ?? [];
  assert.deepEqual([month?.amount, month?.discount_amount, month?.period_end], [1000, 200, at(30)]);
  assert.deepEqual([upgrade?.is_proration, upgrade?.subscription_item_id], [true, "si_1"]);
  assert.deepEqual([added?.is_proration, added?.subscription_item_id], [true, null]);
  assert.deepEqual([back?.amount, back?.subscription_id], [-1000, "sub_2"]);
  assert.deepEqual([sale?.is_proration, sale?.subscription_id], [false, "sub_1"]);
});

Deno.test("only the acacia format shows on a line whether its price recurs", () => {
  const lines = [period("price_alpha", 0, 30), oneTime("price_week", 0), oneTime("price_new", 0)];
  const pricesOf = (rendering: Rendering) =>
    translate(bill("1", { lines, rendering }).invoice("paid", 0))
      .flatMap((fact) => fact.kind === "price" ? [[fact.id, fact.is_recurring]] : []);
  assert.deepEqual(pricesOf("basil"), []);
  assert.deepEqual(pricesOf("acacia"), [["price_alpha", true], ["price_week", false]]);
});

Deno.test("a paid invoice has the amount and time of its payment, its due date and its credit notes", () => {
  const lines = [oneTime("price_week", 0), oneTime("price_fee", 0, { amount: 500, off: 100 })];
  const it = bill("1", { lines, due: 7, metadata: named("ada"), frozen: named("eve") });
  const fact = factOf(it.invoice("paid", 3), "invoice");
  assert.deepEqual(
    [fact.status, fact.amount_paid, fact.total, fact.paid_at, fact.due_at, fact.user_ref],
    ["paid", 1400, 1400, at(3), at(7), userRef("ada")],
  );
  const credited = bill("1", { lines, credited: 1400 }).invoice("paid", 3);
  assert.deepEqual(
    [factOf(credited, "invoice").amount_paid, factOf(credited, "invoice").amount_credited],
    [0, 1400],
  );
  assert.equal(factOf(bill("1", { lines, paid: 0 }).invoice("paid", 3), "invoice").amount_paid, 0);
  assert.equal(factOf(it.invoice("finalized", 0), "invoice").paid_at, null);
});

Deno.test("the invoice has the user of its subscription, in both API formats", () => {
  for (const rendering of RENDERINGS) {
    const fact = factOf(plan("1", { rendering }).invoice("paid", 0), "invoice");
    assert.equal(fact.subscription_user_ref, userRef("ada"));
    assert.equal(fact.subscription_id, plan().id);
  }
});

Deno.test("the link from invoice to payment is in the place of its API format", () => {
  const lines = [oneTime("price_week", 0)];
  const linksOf = (rendering: Rendering) =>
    bill("1", { lines, rendering }).settled(0).flatMap((event) => translate(event)).map((fact) => [
      fact.kind,
      "invoice_id" in fact && fact.invoice_id !== null,
      "payment_intent_id" in fact && fact.payment_intent_id !== null,
    ]);
  assert.deepEqual(linksOf("basil"), [
    ["invoice", false, false],
    ["payment_intent", false, false],
    ["charge", false, true],
    ["invoice_payment", true, true],
  ]);
  assert.deepEqual(linksOf("acacia").filter(([kind]) => kind !== "price"), [
    ["invoice", false, true],
    ["payment_intent", true, false],
    ["charge", true, true],
  ]);
});

Deno.test("shares: a part, a payment record, a canceled payment, one payment for two invoices", () => {
  const lines = [oneTime("price_week", 0)];
  const [one, other] = ["1", "2"].map((name) => bill(name, { lines, payment: "both" }));
  assert.ok(one !== undefined && other !== undefined);
  const part = factOf(one.invoicePayment("paid", 0, { amount: 300 }), "invoice_payment");
  assert.deepEqual([part.status, part.amount_paid], ["paid", 300]);
  const canceled = factOf(one.invoicePayment("canceled", 0), "invoice_payment");
  assert.deepEqual([canceled.status, canceled.amount_paid], ["canceled", 0]);
  assert.equal(factOf(one.invoicePayment("created", 0), "invoice_payment").status, "open");
  const record = factOf(one.paymentRecord(0, { amount: 700 }), "invoice_payment");
  assert.deepEqual([record.amount_paid, record.payment_intent_id, record.charge_id], [
    ...[700, null, null],
  ]);
  assert.equal(
    part.payment_intent_id,
    factOf(other.invoicePayment("paid", 0), "invoice_payment").payment_intent_id,
  );
  assert.notEqual(one.id, other.id);
});

Deno.test("an item keeps its id when its price changes, and has its own period", () => {
  for (const rendering of ["basil", "late acacia"] as const) {
    const it = plan("1", { rendering });
    const items = [
      { price: "price_beta", from: 0, to: 30 },
      { which: ".2", price: "price_alpha_yearly", from: 10, to: 375, quantity: 2 },
    ];
    const event = it.sub("updated", 10, { items, collection_method: "send_invoice" });
    const fact = factOf(event, "subscription");
    assert.equal(fact.collection_method, "send_invoice");
    assert.deepEqual(fact.items, [
      {
        id: it.item(),
        price_id: "price_beta",
        quantity: 1,
        current_period_start: at(0),
        current_period_end: at(30),
      },
      {
        id: it.item(".2"),
        price_id: "price_alpha_yearly",
        quantity: 2,
        current_period_start: at(10),
        current_period_end: at(375),
      },
    ]);
  }
});
