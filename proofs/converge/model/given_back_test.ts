import assert from "node:assert/strict";
import {
  accessOf,
  type DatedFact,
  dispute,
  intent,
  invoice,
  item,
  line,
  paidBy,
  refund,
  saleLine,
  subscription,
} from "./small_facts.ts";
import { at } from "../stripe/clock.ts";

const YEAR = { price_id: "price_alpha_yearly" };

/** A year that the credit of a paid month paid. */
function switched(...more: DatedFact[1][]) {
  const facts = [
    subscription({ items: [item(0, 365, YEAR)] }),
    invoice({ created: at(0) }),
    intent(),
    paidBy("pi_1"),
    invoice({
      id: "in_2",
      created: at(1),
      amount_paid: 0,
      total: -1,
      lines: [line(1, 30, { amount: -1001 }), line(1, 365, YEAR)],
    }),
  ];
  return accessOf([...facts, ...more].map((fact): DatedFact => [0, fact])).alpha;
}

Deno.test("5.2 (c) an invoice that its own credits paid is given back when all invoices behind it are", () => {
  assert.equal(switched(), "subscription until 368");
  assert.equal(switched(refund("pi_1")), "closed refunded");
});

Deno.test("5.2 (c) the most severe reason of the invoices behind it counts", () => {
  const again = [
    invoice({ id: "in_11", created: at(0) }),
    paidBy("pi_11", "in_11"),
    dispute("pi_11"),
  ];
  assert.equal(switched(refund("pi_1"), ...again), "closed disputed");
});

Deno.test("5.2 (c) it is kept while any invoice behind it is kept", () => {
  const kept = invoice({ id: "in_11", created: at(0) });
  assert.equal(switched(refund("pi_1"), kept), "subscription until 368");
});

Deno.test("5.2 (c) an invoice of an unrelated price or a later invoice is not behind it", () => {
  const beta = invoice({
    id: "in_11",
    created: at(0),
    lines: [line(0, 30, { price_id: "price_beta" })],
  });
  const later = invoice({ id: "in_3", created: at(2), lines: [line(0, 30)] });
  assert.equal(switched(refund("pi_1"), beta, later), "closed refunded");
});

Deno.test("5.2 (c) without a known invoice behind it, it is kept", () => {
  const alone: DatedFact[] = [
    [0, subscription({ items: [item(0, 365, YEAR)] })],
    [0, invoice({ amount_paid: 0, lines: [line(1, 30, { amount: -1001 }), line(1, 365, YEAR)] })],
  ];
  assert.equal(accessOf(alone).alpha, "subscription until 368");
});

Deno.test("5.2 (c) only a paid invoice for the credited time and subscription is behind it", () => {
  const older = (lines: ReturnType<typeof line>[], status: "paid" | "open" = "paid") =>
    invoice({ id: "in_11", created: at(0), lines, status });
  for (
    const other of [
      older([line()], "open"),
      older([line(-30, 0)]),
      older([line(0, 30, { amount: -5 })]),
      older([line(0, 30, { subscription_id: "sub_2", subscription_item_id: null })]),
    ]
  ) assert.equal(switched(refund("pi_1"), other), "closed refunded");
});

Deno.test("5.2 (c) an invoice with a payment of its own was not paid by its credits", () => {
  const own = intent({ id: "pi_2", invoice_id: "in_2", status: "processing", amount_received: 0 });
  assert.equal(switched(refund("pi_1"), own), "subscription until 368");
});

Deno.test("5.2 (c) after several changes the money is still that of the first invoice", () => {
  const back = [
    subscription({ items: [item()] }),
    invoice({
      id: "in_3",
      created: at(2),
      amount_paid: 0,
      total: -1,
      lines: [line(2, 365, { ...YEAR, amount: -1001 }), line(2, 30)],
    }),
  ];
  const facts: DatedFact[] = [[0, refund("pi_1")]];
  const first = [
    invoice({ created: at(0) }),
    paidBy("pi_1"),
    invoice({
      id: "in_2",
      created: at(1),
      amount_paid: 0,
      total: -1,
      lines: [line(1, 30, { amount: -1001 }), line(1, 365, YEAR)],
    }),
  ];
  const before = [...first, ...back].map((fact): DatedFact => [0, fact]);
  assert.equal(accessOf(before).alpha, "subscription until 33");
  assert.equal(accessOf([...before, ...facts]).alpha, "closed refunded");
});

Deno.test("5.2 (c) an invoice with a payment outside Stripe was not paid by its credits", () => {
  assert.equal(
    switched(refund("pi_1"), paidBy(null, "in_2", { amount_paid: 1 })),
    "subscription until 368",
  );
});

Deno.test("5.4 a sale that credits paid closes when the money behind them is given back", () => {
  const sold = [
    subscription({ status: "canceled" }),
    invoice({ created: at(0) }),
    paidBy("pi_1"),
    invoice({
      id: "in_2",
      created: at(1),
      subscription_id: null,
      user_ref: subscription().user_ref,
      amount_paid: 0,
      total: -500,
      lines: [line(1, 30, { amount: -1000 }), saleLine("price_gamma_once", { amount: 500 })],
    }),
  ].map((fact): DatedFact => [0, fact]);
  assert.equal(accessOf(sold).gamma, "purchase");
  assert.equal(accessOf([...sold, [0, refund("pi_1")]]).gamma, "closed refunded");
});
