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

/** The year was paid by the credit of a month that had been paid. */
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

Deno.test("5.2 (c) an invoice that its own credits paid is given back when all behind it is", () => {
  assert.equal(switched(), "subscription until 368");
  assert.equal(switched(refund("pi_1")), "closed refunded");
});

Deno.test("5.2 (c) the gravest reason of what is behind it counts", () => {
  const again = [
    invoice({ id: "in_11", created: at(0) }),
    paidBy("pi_11", "in_11"),
    dispute("pi_11"),
  ];
  assert.equal(switched(refund("pi_1"), ...again), "closed disputed");
});

Deno.test("5.2 (c) it is kept while any invoice behind it is", () => {
  const kept = invoice({ id: "in_11", created: at(0) });
  assert.equal(switched(refund("pi_1"), kept), "subscription until 368");
});

Deno.test("5.2 (c) what an unrelated price or a later invoice charged is not behind it", () => {
  const beta = invoice({
    id: "in_11",
    created: at(0),
    lines: [line(0, 30, { price_id: "price_beta" })],
  });
  const later = invoice({ id: "in_3", created: at(2), lines: [line(0, 30)] });
  assert.equal(switched(refund("pi_1"), beta, later), "closed refunded");
});

Deno.test("5.2 (c) with nothing known behind it, it is kept", () => {
  const alone: DatedFact[] = [
    [0, subscription({ items: [item(0, 365, YEAR)] })],
    [0, invoice({ amount_paid: 0, lines: [line(1, 30, { amount: -1001 }), line(1, 365, YEAR)] })],
  ];
  assert.equal(accessOf(alone).alpha, "subscription until 368");
});

Deno.test("5.2 (c) only what was paid, for the time and the subscription credited, is behind it", () => {
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

Deno.test("5.2 (c) an invoice with a payment of its own is not one that its credits paid", () => {
  const own = intent({ id: "pi_2", invoice_id: "in_2", status: "processing", amount_received: 0 });
  assert.equal(switched(refund("pi_1"), own), "subscription until 368");
});

Deno.test("5.2 (c) through several changes the money is still that of the first invoice", () => {
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
  const told = [...first, ...back].map((fact): DatedFact => [0, fact]);
  assert.equal(accessOf(told).alpha, "subscription until 33");
  assert.equal(accessOf([...told, ...facts]).alpha, "closed refunded");
});

Deno.test("5.2 (c) a payment, even outside Stripe, means that its own credits did not pay it", () => {
  assert.equal(
    switched(refund("pi_1"), paidBy(null, "in_2", { amount_paid: 1 })),
    "subscription until 368",
  );
});

Deno.test("5.4 a sale that credits paid goes with the money behind them", () => {
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
