/** Cases from public reports, each in a few facts, with the right result. */

import assert from "node:assert/strict";
import { at } from "../stripe/clock.ts";
import {
  accessOf,
  ADA,
  charge,
  type DatedFact,
  dispute,
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

type Lines = ReturnType<typeof line>[];

/** An invoice of that day, paid in full by a payment of its own. */
function paid(
  id: string,
  day: number,
  lines: Lines,
  some: Parameters<typeof invoice>[0] = {},
): DatedFact[] {
  const payment = `pi_${id}`;
  const bill = invoice({ id, created: at(day), paid_at: at(day), lines, ...some });
  const amount = bill.amount_paid;
  return [
    [day, bill],
    [day, intent({ id: payment, amount_received: amount })],
    [day, paidBy(payment, id, { amount_paid: amount })],
  ];
}

function owed(id: string, day: number, lines: Lines): DatedFact {
  return [day, invoice({ id, created: at(day), status: "open", amount_paid: 0, lines })];
}

function plan(day: number, ...items: ReturnType<typeof item>[]): DatedFact {
  return [day, subscription({ items })];
}

const YEAR = { price_id: "price_alpha_yearly" };
const BETA = { price_id: "price_beta" };
const ADDED = { subscription_item_id: "si_2", ...BETA };
const MONTH = paid("in_1", 0, [line()]);

Deno.test("a one-time price sold beside a recurring one in one Checkout opens both", () => {
  const lines = [line(), saleLine("price_gamma_once", { subscription_id: "sub_1" })];
  const facts: DatedFact[] = [
    plan(0, item()),
    [0, price("price_gamma_once", false)],
    ...paid("in_1", 0, lines),
  ];
  assert.deepEqual(accessOf(facts), { alpha: "subscription until 33", gamma: "purchase" });
});

Deno.test("an optional item of Checkout on the first invoice of a subscription opens", () => {
  const lines = [line(), saleLine("price_gamma_once", { period_end: at(30) })];
  const asked = session({ mode: "subscription", subscription_id: "sub_1", module_ref: "alpha" });
  const facts: DatedFact[] = [plan(0, item()), [0, asked], ...paid("in_1", 0, lines)];
  assert.deepEqual(accessOf(facts), { alpha: "subscription until 33", gamma: "purchase" });
});

Deno.test("a subscription made in the Dashboard belongs to the buyer of the customer's first purchase", () => {
  const first = session({ customer_id: "cus_1", module_ref: "alpha" });
  const handmade = { user_ref: null, customer_id: "cus_1", created: at(1) };
  const beta = subscription({ ...handmade, items: [item(0, 30, BETA)] });
  assert.deepEqual(accessOf([[0, first], [1, beta]]), {
    alpha: "purchase",
    beta: "subscription until 33",
  });
});

/** On day 10 from monthly to yearly: a new anchor, the year paid. */
const yearly = [
  ...MONTH,
  plan(10, item(10, 375, YEAR)),
  ...paid("in_2", 10, [line(10, 375, YEAR)]),
];

Deno.test("a refund of the month after a change to yearly leaves the paid year open", () => {
  assert.deepEqual(accessOf([...yearly, [11, refund("pi_in_1")]]), {
    alpha: "subscription until 378",
  });
});

Deno.test("a dispute of the month after a change to yearly leaves the paid year open", () => {
  assert.deepEqual(accessOf([...yearly, [11, dispute("pi_in_1")]]), {
    alpha: "subscription until 378",
  });
});

/** The swap as recorded: prorations only, 250.00 for the year less 25.00 for the month. */
const swap = [
  ...paid("in_1", 0, [line(0, 30, { amount: 2500 })], { amount_paid: 2500 }),
  plan(0, item(0, 365, YEAR)),
  ...paid("in_2", 0, [
    line(0, 30, { amount: -2500, is_proration: true }),
    line(0, 365, { ...YEAR, amount: 25000, is_proration: true }),
  ], { amount_paid: 22500 }),
];

Deno.test("a refund of the credited month leaves the year open, because its rest was paid", () => {
  const back = refund("pi_in_1", { amount: 2500 });
  assert.deepEqual(accessOf([...swap, [1, back]]), { alpha: "subscription until 368" });
});

Deno.test("a refund of the year closes it, although its invoice has only prorations", () => {
  const back = refund("pi_in_2", { amount: 22500 });
  assert.deepEqual(accessOf([...swap, [1, back]]), { alpha: "closed refunded" });
});

Deno.test("mixed intervals: a refund of the first invoice in month 3 closes the year, not the month", () => {
  const year = { id: "si_2", ...BETA };
  const facts = [
    ...paid("in_1", 0, [line(), line(0, 365, ADDED)]),
    ...paid("in_2", 30, [line(30, 60)]),
    ...paid("in_3", 60, [line(60, 90)]),
    plan(60, item(60, 90), item(0, 365, year)),
  ];
  assert.deepEqual(accessOf([...facts, [64, refund("pi_in_1")]]), {
    alpha: "subscription until 93",
    beta: "closed refunded",
  });
});

Deno.test("a weekly plan that stays past due closes seven days after the first failure", () => {
  const weeks = [7, 14, 21, 28].map((day) => owed(`in_${day}`, day, [line(day, day + 7)]));
  const late = subscription({ status: "past_due", items: [item(28, 35)] });
  const facts: DatedFact[] = [...paid("in_1", 0, [line(0, 7)]), ...weeks, [28, late]];
  assert.deepEqual(accessOf(facts), { alpha: "subscription until 14" });
});

Deno.test("an upgrade within the month, paid in full, stays open after a refund of the first price", () => {
  const upgrade = [line(10, 30, { amount: 2000, is_proration: true, ...BETA })];
  const facts = [...MONTH, plan(10, item(0, 30, BETA)), ...paid("in_2", 10, upgrade)];
  assert.deepEqual(accessOf([...facts, [11, refund("pi_in_1")]]), {
    beta: "subscription until 33",
  });
});

Deno.test("a cross-sell that the buyer added opens as soon as the line items are read", () => {
  const asked = session({ module_ref: "alpha" });
  assert.deepEqual(accessOf([[0, asked]]), { alpha: "purchase" });
  const read = { ...asked, price_ids: ["price_alpha", "price_beta"] };
  assert.deepEqual(accessOf([[0, asked], [1, read, "fetched"]]), {
    alpha: "purchase",
    beta: "purchase",
  });
});

/** A one-off invoice for alpha. */
const oneOff = { subscription_id: null, user_ref: ADA };
const ALPHA = [saleLine("price_alpha")];

Deno.test("an invoice paid 30 by card and 70 outside Stripe: a refund of the card's part is partial", () => {
  const facts: DatedFact[] = [
    [0, invoice({ ...oneOff, lines: ALPHA, amount_paid: 10000, total: 10000 })],
    [0, intent({ amount_received: 3000 })],
    [0, paidBy("pi_1", "in_1", { amount_paid: 3000 })],
    [0, paidBy(null, "in_1", { amount_paid: 7000 })],
  ];
  const back = refund("pi_1", { amount: 3000 });
  assert.deepEqual(accessOf([...facts, [1, back]]), { alpha: "purchase" });
});

Deno.test("a charge of an old site, without a payment intent, opens what its metadata names", () => {
  assert.deepEqual(accessOf([[0, charge({ user_ref: ADA, module_ref: "alpha" })]]), {
    alpha: "purchase",
  });
});

Deno.test("a chargeback of an item added in the middle of the month closes only that item", () => {
  const added = [line(10, 30, { ...ADDED, is_proration: true })];
  const facts: DatedFact[] = [
    ...MONTH,
    plan(10, item(), item(0, 30, { id: "si_2", ...BETA })),
    ...paid("in_2", 10, added),
    [20, dispute("pi_in_2", { status: "lost" })],
  ];
  assert.deepEqual(accessOf(facts), { alpha: "subscription until 33", beta: "closed disputed" });
});

Deno.test("the credit of an ended plan on a later one-off invoice sells nothing of that plan", () => {
  const credit = line(10, 30, { kind: "invoice_item", amount: -500, is_proration: true });
  const facts: DatedFact[] = [
    ...MONTH,
    [10, subscription({ status: "canceled" })],
    ...paid("in_2", 40, [credit, saleLine("price_gamma_once")], oneOff),
  ];
  assert.deepEqual(accessOf(facts), { alpha: "closed canceled", gamma: "purchase" });
});

Deno.test("a negative line on an invoice does not sell its module", () => {
  const lines = [saleLine("price_beta", { amount: -1000 }), saleLine("price_gamma_once")];
  assert.deepEqual(accessOf(paid("in_1", 1, lines, oneOff)), { gamma: "purchase" });
});

Deno.test("an invoice that is refunded and issued again for the same month leaves the month open", () => {
  const again = saleLine("price_alpha", { subscription_id: "sub_1", period_end: at(30) });
  for (const issuedAgain of [line(), again]) {
    const facts: DatedFact[] = [
      plan(0, item()),
      [0, price("price_alpha", true)],
      ...MONTH,
      [2, refund("pi_in_1")],
      ...paid("in_2", 3, [issuedAgain]),
    ];
    assert.deepEqual(accessOf(facts), { alpha: "subscription until 33" });
  }
});

Deno.test("without an event of the subscription, its session and invoice open no period", () => {
  const sale = session({ mode: "subscription", subscription_id: "sub_1", module_ref: "alpha" });
  assert.deepEqual(accessOf([[0, sale], ...MONTH]), {});
});

Deno.test("a basket with one unmapped price opens the module of the other", () => {
  assert.deepEqual(accessOf([[0, session({ price_ids: ["price_alpha", "price_unmapped"] })]]), {
    alpha: "purchase",
  });
});

Deno.test("a refund of the base closes only the base: the added item has a period and an invoice of its own", () => {
  const facts: DatedFact[] = [
    ...MONTH,
    plan(10, item(), item(10, 40, { id: "si_2", ...BETA })),
    ...paid("in_2", 10, [line(10, 40, ADDED)]),
    [11, refund("pi_in_1")],
  ];
  assert.deepEqual(accessOf(facts), { alpha: "closed refunded", beta: "subscription until 43" });
});

Deno.test("a dispute of a payment that was detached from an invoice does not close it", () => {
  const facts: DatedFact[] = [
    [0, intent({ id: "pi_0" })],
    [0, paidBy("pi_0", "in_1", { status: "canceled", amount_paid: 0 })],
    ...paid("in_1", 0, ALPHA, oneOff),
    [1, dispute("pi_0")],
  ];
  assert.deepEqual(accessOf(facts), { alpha: "purchase" });
});

Deno.test("a subscription with a processing first debit waits for its payment", () => {
  const debit: DatedFact = [0, intent({ status: "processing", amount_received: 0 })];
  const facts: DatedFact[] = [
    [0, subscription({ status: "incomplete" })],
    debit,
    owed("in_1", 0, [line()]),
  ];
  assert.deepEqual(accessOf(facts), { alpha: "closed pending_payment" });
});
