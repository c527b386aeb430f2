import assert from "node:assert/strict";
import { chosenList, isAlike, isCredit, isSale, overlaps } from "./lines.ts";
import { accessOf, all, invoice, line, saleLine, subscription } from "./small_facts.ts";
import { intent, paidBy, refund } from "./small_facts.ts";

function said(stamp: number, some: Parameters<typeof invoice>[0], isFetch = false) {
  return { ...invoice(some), eventId: `evt_${stamp}`, stamp, isFetch };
}

Deno.test("5.1 the newest list replaces the whole list: a line removed from a draft does not count", () => {
  const draft = said(1, { status: "draft", lines: [line(), saleLine("price_beta")] });
  const final = said(2, { status: "open", lines: [line()] });
  assert.equal(chosenList([draft, final]), final);
  assert.equal(chosenList([final, draft]), final);
});

Deno.test("5.1 a complete list of a finalized invoice beats a later partial list", () => {
  const whole = said(1, { status: "open" });
  const cut = said(2, { status: "paid", lines_complete: false });
  assert.equal(chosenList([cut, whole]), whole);
  const draft = said(1, { status: "draft" });
  assert.equal(chosenList([draft, cut]), cut);
});

Deno.test("5.1 in one second the higher status counts, then the fetch", () => {
  const open = said(1, { status: "open", lines: [] }, true);
  const paid = said(1, { status: "paid" });
  assert.equal(chosenList([open, paid]), paid);
  const fetched = said(1, { status: "paid", lines: [] }, true);
  assert.equal(chosenList([paid, fetched]), fetched);
});

Deno.test("5.1 a partial list neither blocks nor sells", () => {
  const cut = { lines_complete: false, lines: [line(), saleLine("price_beta")] };
  const facts = [subscription(), invoice(cut), intent(), paidBy("pi_1"), refund("pi_1")];
  assert.deepEqual(accessOf(all(...facts)), { alpha: "subscription until 33" });
});

Deno.test("5.1 a credit has a negative amount or a negative quantity", () => {
  assert.equal(isCredit(line(0, 30, { amount: -1 })), true);
  assert.equal(isCredit(line(0, 30, { quantity: -1 })), true);
  assert.equal(isCredit(line(0, 30, { amount: 0, quantity: null })), false);
});

Deno.test("5.4 an invoice item at a price that is not known to recur is a sale, even for 0", () => {
  const recurs = new Map([["price_alpha", true]]);
  assert.equal(isSale(saleLine("price_beta", { amount: 0 }), recurs), true);
  assert.equal(isSale(saleLine("price_alpha"), recurs), false);
  assert.equal(isSale(saleLine("price_beta", { amount: -1 }), recurs), false);
  assert.equal(isSale(saleLine("price_beta", { is_proration: true }), recurs), false);
  assert.equal(isSale(saleLine("price_beta", { subscription_item_id: "si_1" }), recurs), false);
  assert.equal(isSale(saleLine("price_beta", { kind: "subscription" }), recurs), false);
  assert.equal(isSale(saleLine(null), recurs), false);
});

Deno.test("5.2 (a) periods that only touch do not overlap, and unknown periods never overlap", () => {
  assert.equal(
    overlaps(line(0, 30), { start: line(30).period_start, end: line(60).period_start }),
    false,
  );
  assert.equal(
    overlaps(line(0, 30), { start: line(29).period_start, end: line(60).period_start }),
    true,
  );
  assert.equal(overlaps(line(0, 30), { start: null, end: null }), false);
});

Deno.test("5.3 a missing item matches any item, and a missing price matches no price", () => {
  assert.equal(isAlike(line(), line(0, 30, { subscription_item_id: null })), true);
  assert.equal(isAlike(line(), line(0, 30, { subscription_item_id: "si_2" })), false);
  assert.equal(isAlike(saleLine(null), saleLine(null)), false);
});
