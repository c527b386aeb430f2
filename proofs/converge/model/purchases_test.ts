import assert from "node:assert/strict";
import { at } from "../stripe/clock.ts";
import {
  accessOf,
  ADA,
  all,
  charge,
  type DatedFact,
  intent,
  invoice,
  item,
  line,
  paidBy,
  price,
  refund,
  saleLine,
  session,
  subscription,
} from "./small_facts.ts";

const GAMMA = saleLine("price_gamma_once");

Deno.test("5.4 a one-time line beside a subscription opens without end", () => {
  const first = invoice({
    lines: [line(), saleLine("price_gamma_once", { subscription_id: "sub_1" })],
  });
  assert.deepEqual(accessOf(all(subscription(), first)), {
    alpha: "subscription until 33",
    gamma: "purchase",
  });
});

Deno.test("5.4 a refund of the invoice closes a one-time sale beside a period", () => {
  const first = invoice({ lines: [line(), GAMMA] });
  const renewed = subscription({ items: [item(30, 60)] });
  const next = invoice({ id: "in_2", created: at(30), lines: [line(30, 60)] });
  const facts = all(renewed, first, intent(), paidBy("pi_1"), refund("pi_1"), next);
  assert.deepEqual(accessOf(facts), { alpha: "subscription until 63", gamma: "closed refunded" });
});

Deno.test("5.4 a pass on an invoice runs from the day the invoice was paid", () => {
  const bill = invoice({
    subscription_id: null,
    user_ref: ADA,
    paid_at: at(2),
    lines: [saleLine("price_week")],
  });
  assert.deepEqual(accessOf([[9, bill]]), { alpha: "purchase until 9" });
  assert.deepEqual(accessOf([[4, { ...bill, paid_at: null }]]), { alpha: "purchase until 11" });
});

Deno.test("5.4 an invoice that is not paid sells nothing", () => {
  for (const status of ["draft", "open", "uncollectible", "void"] as const) {
    const bill = invoice({ subscription_id: null, user_ref: ADA, status, lines: [GAMMA] });
    assert.deepEqual(accessOf(all(bill)), {});
  }
});

Deno.test("5.4 an invoice paid by credit notes sells nothing; one paid from the balance sells", () => {
  const bill = { subscription_id: null, user_ref: ADA, amount_paid: 0, lines: [GAMMA] };
  assert.deepEqual(accessOf(all(invoice({ ...bill, amount_credited: 1000 }))), {});
  assert.deepEqual(accessOf(all(invoice(bill))), { gamma: "purchase" });
  const rest = invoice({ ...bill, amount_paid: 10, amount_credited: 1000 });
  assert.deepEqual(accessOf(all(rest)), { gamma: "purchase" });
  const free = invoice({ ...bill, total: 0, amount_credited: 0 });
  assert.deepEqual(accessOf(all(free)), { gamma: "purchase" });
});

Deno.test("5.4 metadata on the invoice of a subscription sells nothing", () => {
  const first = invoice({ module_ref: "beta", lines: [line(), saleLine("price_unmapped")] });
  assert.deepEqual(accessOf(all(subscription(), first)), { alpha: "subscription until 33" });
});

Deno.test("5.4 metadata on any other invoice names the module of an unmapped line", () => {
  const bill = { subscription_id: null, user_ref: ADA, module_ref: "beta" };
  const forgotten = invoice({ ...bill, lines: [saleLine("price_unmapped"), GAMMA] });
  assert.deepEqual(accessOf(all(forgotten)), { beta: "purchase", gamma: "purchase" });
  assert.deepEqual(accessOf(all(invoice({ ...bill, lines: [GAMMA] }))), { gamma: "purchase" });
  const paid = [intent({ module_ref: "alpha" }), paidBy("pi_1")];
  assert.deepEqual(accessOf(all(forgotten, ...paid)), { alpha: "purchase", gamma: "purchase" });
});

Deno.test("5.4 a payment-mode session with an invoice is one purchase, not two", () => {
  const weekly = saleLine("price_week");
  const sold = session({ invoice_id: "in_1", price_ids: ["price_week"] });
  const bill = invoice({ subscription_id: null, user_ref: ADA, lines: [weekly] });
  assert.deepEqual(accessOf(all(sold, bill, paidBy("pi_1"))), { alpha: "purchase until 7" });
  const more = { ...bill, lines: [weekly, GAMMA] };
  assert.deepEqual(accessOf(all(sold, more)), { alpha: "purchase until 7" });
});

Deno.test("5.4, 5.7 the payments of its invoice are payments of a payment-mode session", () => {
  const sold = session({ invoice_id: "in_1", payment_intent_id: null, price_ids: ["price_alpha"] });
  const facts = all(sold, paidBy("pi_1"), intent());
  assert.deepEqual(accessOf(facts), { alpha: "purchase" });
  assert.deepEqual(accessOf([...facts, [9, refund("pi_1")]]), { alpha: "closed refunded" });
});

Deno.test("5.4 a session without a list of its own sells the lines of its invoice", () => {
  const sold = session({ invoice_id: "in_1", payment_intent_id: null });
  const bill = invoice({ subscription_id: null, lines: [GAMMA] });
  assert.deepEqual(accessOf(all(sold, bill)), { gamma: "purchase" });
});

const STARTED = {
  mode: "subscription",
  subscription_id: "sub_1",
  invoice_id: "in_1",
  payment_intent_id: null,
  price_ids: ["price_alpha", "price_gamma_once"],
} as const;
const KINDS = [price("price_alpha", true), price("price_gamma_once", false)];
const starting = (some: Parameters<typeof session>[0] = {}) =>
  session({ ...STARTED, price_ids: [...STARTED.price_ids], ...some });

Deno.test("5.4 until its invoice arrives, the paid session sells its one-time prices", () => {
  assert.deepEqual(accessOf(all(starting(), ...KINDS)), { gamma: "purchase" });
  const bill = invoice({ lines: [line(), saleLine("price_week")] });
  assert.deepEqual(accessOf(all(starting(), ...KINDS, bill)), { alpha: "purchase until 7" });
});

Deno.test("5.4 one-time prices of a session that starts a subscription close with a refund of its payment", () => {
  const paid = starting({ payment_intent_id: "pi_1" });
  assert.deepEqual(accessOf(all(paid, ...KINDS, refund("pi_1"))), { gamma: "closed refunded" });
});

Deno.test("5.7 money outside Stripe also counts while its invoice is not known", () => {
  const parts = ["pi_1", null].map((id) => paidBy(id, "in_1", { amount_paid: 500 }));
  const paid = all(starting(), ...KINDS, ...parts, intent({ amount_received: 500 }));
  const half: DatedFact = [9, refund("pi_1", { amount: 500 })];
  assert.deepEqual(accessOf([...paid, half]), { gamma: "purchase" });
});

Deno.test("5.4 a session with no_payment_required or unpaid pays no one-time price", () => {
  for (const payment_status of ["no_payment_required", "unpaid"] as const) {
    assert.deepEqual(accessOf(all(starting({ payment_status }), ...KINDS)), {});
  }
});

Deno.test("5.4 a price without a price fact, in a session that starts a subscription, sells nothing", () => {
  assert.deepEqual(accessOf(all(starting())), {});
});

Deno.test("5.5 usage, prorations and credits sell nothing", () => {
  const lines = [
    saleLine("price_gamma_once", { is_proration: true }),
    saleLine("price_beta", { amount: -1 }),
    line(0, 30, { kind: "subscription", subscription_item_id: null, amount: 0 }),
  ];
  assert.deepEqual(accessOf(all(invoice({ subscription_id: null, user_ref: ADA, lines }))), {});
});

Deno.test("5.5 a price without a price fact sells at once, until it is known to recur", () => {
  const bill = invoice({ subscription_id: null, user_ref: ADA, lines: [GAMMA] });
  assert.deepEqual(accessOf(all(bill)), { gamma: "purchase" });
  assert.deepEqual(accessOf(all(bill, price("price_gamma_once", true))), {});
});

Deno.test("5.13 a captured charge with metadata is a payment root", () => {
  const legacy = charge({ user_ref: ADA, module_ref: "beta" });
  assert.deepEqual(accessOf(all(legacy)), { beta: "purchase" });
  assert.deepEqual(accessOf(all({ ...legacy, amount_captured: 0 })), {});
  assert.deepEqual(accessOf(all({ ...legacy, module_ref: null })), {});
  const back = refund("", { payment_intent_id: null, charge_id: "ch_1" });
  assert.deepEqual(accessOf(all(legacy, back)), { beta: "closed refunded" });
});

Deno.test("5.13 a charge of a payment intent or an invoice is not a purchase itself", () => {
  const legacy = { user_ref: ADA, module_ref: "beta" };
  assert.deepEqual(accessOf(all(charge({ ...legacy, payment_intent_id: "pi_1" }))), {});
  assert.deepEqual(accessOf(all(charge({ ...legacy, invoice_id: "in_1" }))), {});
  assert.deepEqual(accessOf(all(charge(legacy), paidBy("ch_1"))), {});
});

Deno.test("a payment intent with metadata is a purchase unless it belongs to a session or an invoice", () => {
  const own = intent({ user_ref: ADA, module_ref: "beta" });
  assert.deepEqual(accessOf(all(own)), { beta: "purchase" });
  assert.deepEqual(accessOf(all({ ...own, status: "processing" })), {});
  assert.deepEqual(accessOf(all(own, session({ price_ids: ["price_alpha"] }))), {
    alpha: "purchase",
  });
  assert.deepEqual(accessOf(all(own, paidBy("pi_1"))), {});
});

Deno.test("a session is paid by its own status or its payment intent; otherwise it waits or has failed", () => {
  const waits = session({ price_ids: ["price_alpha"], payment_status: "unpaid" });
  assert.deepEqual(accessOf(all(waits)), { alpha: "closed pending_payment" });
  assert.deepEqual(accessOf(all(waits, intent())), { alpha: "purchase" });
  const failed = { ...waits, async_failed: true };
  assert.deepEqual(accessOf(all(failed)), { alpha: "closed payment_failed" });
  assert.deepEqual(accessOf(all({ ...waits, status: "open" })), {});
});
