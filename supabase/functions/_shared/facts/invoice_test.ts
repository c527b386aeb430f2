import assert from "node:assert/strict";
import { invoice } from "./invoice.ts";

const PERIOD = { start: 1_700_000_000, end: 1_702_592_000 };

function lineOf(line: Record<string, unknown>) {
  return invoice.read("in_1", { lines: { data: [line] } }, "invoice.updated").lines[0];
}

Deno.test("invoice() reads a renewal as it was before 2025-03-31", () => {
  const object = {
    status: "paid",
    amount_paid: 900,
    total: 1_000,
    pre_payment_credit_notes_amount: 100,
    created: 1_700_000_000,
    status_transitions: { paid_at: 1_700_000_060 },
    due_date: 1_700_086_400,
    metadata: { user_id: "ada" },
    customer: "cus_ada",
    customer_email: "ada@example.com",
    subscription: "sub_1",
    payment_intent: "pi_1",
    charge: "ch_1",
    lines: {
      data: [{
        type: "subscription",
        subscription: null,
        subscription_item: "si_1",
        price: { id: "price_a" },
        period: PERIOD,
        amount: 1_000,
        discount_amounts: [{ amount: 60 }, { amount: 40 }],
        quantity: 2,
        proration: false,
      }],
    },
  };
  assert.deepEqual(invoice.read("in_1", object, "invoice.paid"), {
    kind: "invoice",
    id: "in_1",
    status: "paid",
    amount_paid: 900,
    total: 1_000,
    amount_credited: 100,
    created: 1_700_000_000,
    paid_at: 1_700_000_060,
    due_at: 1_700_086_400,
    user_ref: "ada",
    subscription_user_ref: null,
    module_ref: null,
    customer_id: "cus_ada",
    email: "ada@example.com",
    subscription_id: "sub_1",
    payment_intent_id: "pi_1",
    charge_id: "ch_1",
    lines: [{
      kind: "subscription",
      subscription_id: "sub_1",
      subscription_item_id: "si_1",
      price_id: "price_a",
      period_start: PERIOD.start,
      period_end: PERIOD.end,
      amount: 1_000,
      discount_amount: 100,
      quantity: 2,
      is_proration: false,
    }],
    lines_complete: true,
  });
});

Deno.test("since 2025-03-31 the subscription is in the parent, and the payment elsewhere", () => {
  const parent = { subscription_details: { subscription: "sub_1" } };
  const fact = invoice.read("in_1", { status: "paid", parent }, "invoice.paid");
  assert.equal(fact.subscription_id, "sub_1");
  assert.deepEqual([fact.payment_intent_id, fact.charge_id], [null, null]);
});

Deno.test("a one-off invoice has no subscription in either place", () => {
  assert.equal(invoice.read("in_1", { subscription: null }, "invoice.paid").subscription_id, null);
  assert.equal(invoice.read("in_1", { parent: null }, "invoice.paid").subscription_id, null);
});

Deno.test("an invoice gives the user it names and the user its subscription named", () => {
  const details = { metadata: { user_id: "ada", module_id: "intro" } };
  for (
    const object of [{ parent: { subscription_details: details } }, {
      subscription_details: details,
    }]
  ) {
    const metadata = { user_id: "bob", module_id: "outro" };
    const { user_ref, subscription_user_ref, module_ref } = invoice.read(
      "in_1",
      { ...object, metadata },
      "invoice.paid",
    );
    assert.deepEqual([user_ref, subscription_user_ref, module_ref], ["bob", "ada", "outro"]);
    const bare = invoice.read("in_1", object, "invoice.paid");
    assert.deepEqual([bare.user_ref, bare.module_ref], [null, null]);
  }
});

Deno.test("a line has its item and subscription in the parent since 2025-03-31", () => {
  const details = { subscription: "sub_2", subscription_item: "si_2", proration: true };
  const period = lineOf({
    parent: { type: "subscription_item_details", subscription_item_details: details },
  });
  assert.deepEqual(
    [period?.kind, period?.subscription_id, period?.subscription_item_id, period?.is_proration],
    ["subscription", "sub_2", "si_2", true],
  );
  const added = lineOf({
    parent: { type: "invoice_item_details", invoice_item_details: { subscription: "sub_2" } },
  });
  assert.deepEqual(
    [added?.kind, added?.subscription_id, added?.subscription_item_id],
    ["invoice_item", "sub_2", null],
  );
});

Deno.test("a line without a subscription of its own has its invoice's", () => {
  const object = { subscription: "sub_1", lines: { data: [{}, { subscription: "sub_2" }] } };
  const { lines } = invoice.read("in_1", object, "invoice.paid");
  assert.deepEqual(lines.map((line) => line.subscription_id), ["sub_1", "sub_2"]);
});

Deno.test("a line without a kind is a period if it has a subscription item", () => {
  assert.equal(lineOf({ type: "subscription" })?.kind, "subscription");
  assert.equal(lineOf({ type: "invoiceitem", subscription_item: "si_1" })?.kind, "invoice_item");
  assert.equal(lineOf({ subscription_item: "si_1" })?.kind, "subscription");
  assert.equal(lineOf({})?.kind, "invoice_item");
});

Deno.test("a credit is negative in amount, in quantity, or in total", () => {
  const credit = lineOf({ amount: -500, quantity: -1 });
  assert.deepEqual([credit?.amount, credit?.quantity], [-500, -1]);
  assert.equal(invoice.read("in_1", { total: -500 }, "invoice.paid").total, -500);
  assert.equal(lineOf({ amount: 1.5 })?.amount, 0);
});

Deno.test("the price of a line is found in each of its three historical places", () => {
  assert.equal(lineOf({ price: { id: "price_a" } })?.price_id, "price_a");
  assert.equal(lineOf({ plan: { id: "plan_a" } })?.price_id, "plan_a");
  assert.equal(lineOf({ pricing: { price_details: { price: "price_a" } } })?.price_id, "price_a");
  assert.equal(lineOf({ price: null, plan: null, pricing: null })?.price_id, null);
});

Deno.test("a proration is found in each of its three historical places", () => {
  const proration = true;
  assert.equal(lineOf({ proration })?.is_proration, true);
  assert.equal(
    lineOf({ parent: { subscription_item_details: { proration } } })?.is_proration,
    true,
  );
  assert.equal(lineOf({ parent: { invoice_item_details: { proration } } })?.is_proration, true);
  assert.equal(lineOf({ parent: null })?.is_proration, false);
});

Deno.test("every status Stripe has is kept as it is", () => {
  for (const status of ["draft", "open", "uncollectible", "void", "paid"]) {
    assert.equal(invoice.read("in_1", { status }, "invoice.updated").status, status);
  }
});

Deno.test("an invoice from before 2018-11-08 has flags instead of a status", () => {
  const statusOf = (flags: Record<string, unknown>) =>
    invoice.read("in_1", flags, "invoice.updated").status;
  assert.equal(statusOf({ paid: true, closed: true }), "paid");
  assert.equal(statusOf({ paid: false, closed: true, forgiven: true }), "uncollectible");
  assert.equal(statusOf({ paid: false, closed: true, forgiven: false }), "open");
  assert.equal(statusOf({ paid: false, closed: false, attempted: true }), "open");
});

Deno.test("an event type that says paid replaces a missing status, but not another status", () => {
  assert.equal(invoice.read("in_1", {}, "invoice.paid").status, "paid");
  assert.equal(invoice.read("in_1", {}, "invoice.payment_succeeded").status, "paid");
  assert.equal(invoice.read("in_1", { status: "void" }, "invoice.paid").status, "void");
});

Deno.test("an unknown status is open", () => {
  assert.equal(invoice.read("in_1", { status: "haggling" }, "invoice.updated").status, "open");
});

Deno.test("without amount_paid, a paid invoice received the amount due and an open one nothing", () => {
  const amountPaid = (paid: boolean) =>
    invoice.read("in_1", { paid, amount_due: 900 }, "invoice.updated").amount_paid;
  assert.equal(amountPaid(true), 900);
  assert.equal(amountPaid(false), 0);
});

Deno.test("a list with more lines at Stripe is not complete", () => {
  const data = [{ period: PERIOD }];
  for (const [has_more, complete] of [[true, false], [false, true], [undefined, true]]) {
    const fact = invoice.read("in_1", { lines: { data, has_more } }, "invoice.paid");
    assert.equal(fact.lines_complete, complete);
  }
});

Deno.test("lines may be a plain array, or be missing", () => {
  assert.equal(
    invoice.read("in_1", { lines: [{ period: PERIOD }] }, "invoice.paid").lines.length,
    1,
  );
  for (const lines of [undefined, null, {}, "lines", { data: null }]) {
    assert.deepEqual(invoice.read("in_1", { lines }, "invoice.paid").lines, []);
  }
});
