import assert from "node:assert/strict";
import { at, DAY } from "../stripe/clock.ts";
import {
  accessOf,
  all,
  type DatedFact,
  history,
  invoice,
  item,
  line,
  paidBy,
  refund,
  rowsOf,
  subscription,
} from "./small_facts.ts";
import type { Settings } from "./settings.ts";

/** `in_n`, made on that day; paid by default. */
function bill(
  n: number,
  lines: ReturnType<typeof line>[],
  some: Parameters<typeof invoice>[0] = {},
) {
  return invoice({ id: `in_${n}`, created: at(n), lines, ...some });
}

const OPEN = { status: "open", amount_paid: 0 } as const;

function late(from: number, to: number, some: Parameters<typeof item>[2] = {}) {
  return subscription({ status: "past_due", items: [item(from, to, some)] });
}

function alpha(facts: DatedFact[1][], settings: Partial<Settings> = {}): string | undefined {
  return accessOf(all(...facts), settings).alpha;
}

Deno.test("5.3 the grace starts on the first day that is not paid for", () => {
  const facts = [late(30, 60), bill(1, [line(0, 30)]), bill(2, [line(30, 60)], OPEN)];
  assert.equal(alpha(facts), "subscription until 37");
  assert.equal(alpha(facts, { past_due_grace: DAY }), "subscription until 31");
  assert.equal(rowsOf(history(all(...facts)))[0]?.reasonAfter, "past_due_expired");
});

Deno.test("5.3 no later period and no later invoice starts it again", () => {
  const weeks = [
    bill(1, [line(0, 7)]),
    bill(2, [line(7, 14)], OPEN),
    bill(3, [line(14, 21)], OPEN),
    bill(4, [line(21, 28)], { ...OPEN, status: "uncollectible" }),
  ];
  assert.equal(alpha([late(21, 28), ...weeks]), "subscription until 14");
});

Deno.test("5.3 a void invoice is not owed", () => {
  const voided = bill(2, [line(20, 30)], { ...OPEN, status: "void" });
  assert.equal(alpha([late(30, 60), bill(1, [line(0, 20)]), voided]), "subscription until 37");
});

Deno.test("5.3 a sent invoice is owed from the day it is due", () => {
  const sent = bill(2, [line(30, 60)], { ...OPEN, due_at: at(44) });
  assert.equal(alpha([late(30, 60), bill(1, [line(0, 30)]), sent]), "subscription until 51");
});

Deno.test("5.3 without any line the grace starts with the current period", () => {
  assert.equal(alpha([late(30, 60)]), "subscription until 37");
  const timeless = { current_period_start: null, current_period_end: null };
  assert.equal(alpha([late(0, 0, timeless)]), "subscription");
});

Deno.test("5.3 a gap of unread invoices does not shorten the grace", () => {
  assert.equal(alpha([late(60, 90), bill(1, [line(0, 30)])]), "subscription until 67");
});

Deno.test("5.3 (a) lines of 0 count: a trial is paid for", () => {
  const trial = bill(1, [line(0, 14, { amount: 0 })], { amount_paid: 0 });
  const facts = [late(0, 30), trial, bill(2, [line(0, 30)], OPEN)];
  assert.equal(alpha(facts), "subscription until 21");
});

Deno.test("5.3 (a) a period that is given back is not paid for", () => {
  const facts = [
    late(30, 60),
    bill(1, [line(0, 30)]),
    bill(2, [line(30, 60)]),
    bill(3, [line(30, 60)], OPEN),
    paidBy("pi_2", "in_2"),
  ];
  assert.equal(alpha(facts), "subscription until 63");
  assert.equal(alpha([...facts, refund("pi_2")]), "closed refunded");
  // Another line keeps it open, so the grace counts the refund.
  const split = [late(60, 90), ...facts.slice(1), bill(4, [line(60, 90)], OPEN)];
  assert.equal(alpha([...split, refund("pi_2")]), "subscription until 37");
});

Deno.test("5.3 (a) a period that a later paid invoice credited counts to the start of the credit", () => {
  const credit = bill(2, [
    line(10, 30, { amount: -700 }),
    line(10, 40, { price_id: "price_beta" }),
  ]);
  const facts = [late(30, 60), bill(1, [line(0, 30)]), credit, bill(3, [line(15, 60)], OPEN)];
  assert.equal(alpha(facts), "subscription until 22");
});

Deno.test("5.3 (a) a credit on an invoice that charges the same price again takes nothing back", () => {
  const seats = bill(2, [line(10, 30, { amount: -700 }), line(10, 30, { quantity: 2 })]);
  const facts = [late(30, 60), bill(1, [line(0, 30)]), seats, bill(3, [line(30, 60)], OPEN)];
  assert.equal(alpha(facts), "subscription until 37");
});

Deno.test("5.3 (a) a month with a refund of added seats is paid to its end", () => {
  const seats = [line(10, 30, { amount: -700 }), line(10, 30, { quantity: 2 })];
  const added = [bill(2, seats), paidBy("pi_2", "in_2"), refund("pi_2")];
  const owes = bill(3, [line(5, 60)], OPEN);
  assert.equal(
    alpha([late(30, 60), bill(1, [line(0, 30)]), ...added, owes]),
    "subscription until 37",
  );
});

Deno.test("5.3 (a) a credit that is older, unpaid, or for another time or price does not count", () => {
  const month = bill(5, [line(0, 30)]);
  const owes = bill(9, [line(5, 60)], OPEN);
  for (
    const other of [
      bill(1, [line(10, 30, { amount: -1 })]),
      bill(6, [line(10, 30, { amount: -1 })], OPEN),
      bill(6, [line(-20, -10, { amount: -1 })]),
      bill(6, [line(10, 30, { amount: -1, price_id: "price_beta" })]),
      bill(6, [line(10, 30, { amount: -1, subscription_id: "sub_2", subscription_item_id: null })]),
    ]
  ) assert.equal(alpha([late(30, 60), month, other, owes]), "subscription until 37");
});

Deno.test("5.3 (b) an invoice that was marked uncollectible is still owed", () => {
  const lost = bill(2, [line(30, 60)], { ...OPEN, status: "uncollectible" });
  const facts = [late(60, 90), bill(1, [line(0, 30)]), lost, bill(3, [line(60, 90)], OPEN)];
  assert.equal(alpha(facts), "subscription until 37");
});

Deno.test("5.3 (b) an amount owed for a time that another invoice paid does not count", () => {
  const lost = bill(1, [line(0, 30)], { ...OPEN, status: "uncollectible" });
  const sent = bill(3, [line(60, 90)], { ...OPEN, due_at: at(74) });
  const facts = [late(60, 90), lost, bill(2, [line(30, 60)]), sent];
  assert.equal(alpha(facts), "subscription until 81");
});

Deno.test("5.3 the lines of another present item do not count, even if it opens the same module", () => {
  const two = [item(30, 60), item(0, 365, { id: "si_2", price_id: "price_alpha_yearly" })];
  const year = line(0, 365, { subscription_item_id: "si_2", price_id: "price_alpha_yearly" });
  const unpaid = bill(2, [line(30, 60)], OPEN);
  const plan = subscription({ status: "past_due", items: two });
  // The year is paid, the month is not. Each item counts alone, and the year lasts longer.
  const facts = [plan, bill(1, [line(0, 30), year]), unpaid];
  assert.equal(alpha(facts), "subscription until 368");
  const only = [{ ...plan, items: [item(30, 60), item(30, 60, { id: "si_2" })] }];
  const other = bill(3, [line(0, 60, { subscription_item_id: "si_2" })]);
  assert.equal(alpha([...only, bill(1, [line(0, 30)]), unpaid, other]), "subscription until 63");
  const first = {
    ...plan,
    items: [item(30, 60), item(30, 60, { id: "si_2", price_id: "price_beta" })],
  };
  const moved = bill(3, [line(0, 60, { subscription_item_id: "si_2" })]);
  assert.equal(alpha([first, bill(1, [line(0, 30)]), unpaid, moved]), "subscription until 37");
});

Deno.test("5.3 a paid period stays open to its end although another invoice failed", () => {
  const upgrade = bill(2, [line(10, 30, { quantity: 5, is_proration: true })], OPEN);
  assert.equal(alpha([late(0, 30), bill(1, [line(0, 30)]), upgrade]), "subscription until 33");
});

Deno.test("5.3 neither an unpaid upgrade nor a switch while past due gains time", () => {
  // The same item, which sold beta and was paid for 30 days, now sells alpha and was never paid.
  const month = bill(1, [line(0, 30, { price_id: "price_beta" })]);
  const upgrade = bill(2, [line(10, 30)], OPEN);
  assert.equal(alpha([late(0, 30), month, upgrade]), "subscription until 17");
  // It sold beta, was not paid from day 30, and on day 35 switched to alpha.
  const owed = bill(3, [line(30, 60, { price_id: "price_beta" })], OPEN);
  const change = bill(4, [line(35, 60)], OPEN);
  assert.equal(alpha([late(30, 60), month, owed, change]), "subscription until 37");
});

Deno.test("5.3 a module named by metadata is looked up at the price of its item", () => {
  const unmapped = { price_id: "price_unmapped", subscription_item_id: null };
  const it = subscription({
    status: "past_due",
    module_ref: "alpha",
    items: [item(30, 60, { price_id: "price_unmapped" })],
  });
  const facts = [it, bill(1, [line(0, 20, unmapped)]), bill(2, [line(20, 60, unmapped)], OPEN)];
  assert.equal(alpha(facts), "subscription until 27");
});

Deno.test("5.3 without renewal the access ends with the period", () => {
  const leaving = { ...late(0, 30), cancel_at: at(3) };
  assert.equal(alpha([leaving]), "subscription until 3");
});
