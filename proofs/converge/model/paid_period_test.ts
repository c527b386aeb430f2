import assert from "node:assert/strict";
import type { Settings } from "./settings.ts";
import {
  accessOf,
  all,
  type DatedFact,
  dispute,
  history,
  intent,
  invoice,
  item,
  line,
  paidBy,
  refund,
  rowsOf,
  subscription,
} from "./small_facts.ts";
import { at } from "../stripe/clock.ts";

function alpha(facts: DatedFact[1][], settings: Partial<Settings> = {}): string | undefined {
  return accessOf(all(...facts), settings).alpha;
}

/** A paid invoice `in_n` with these lines, and the payment `pi_n` that paid it. */
function bill(
  n: number,
  lines: ReturnType<typeof line>[],
  some: Parameters<typeof invoice>[0] = {},
) {
  const id = `in_${n}`;
  return [
    invoice({ id, created: at(n), lines, ...some }),
    intent({ id: `pi_${n}` }),
    paidBy(`pi_${n}`, id),
  ];
}

Deno.test("5.2 a refunded invoice closes the period that it paid, and no other", () => {
  const first = [...bill(1, [line(0, 30)]), refund("pi_1")];
  assert.equal(alpha([subscription(), ...first]), "closed refunded");
  const renewed = subscription({ items: [item(30, 60)] });
  assert.equal(alpha([renewed, ...first]), "subscription until 63");
});

Deno.test("5.2 (a) a line that only touches the period does not count", () => {
  const before = [...bill(1, [line(-30, 0)]), refund("pi_1")];
  assert.equal(alpha([subscription(), ...before]), "subscription until 33");
});

Deno.test("5.2 (b) a line at the item's older price does not count beside a line at the present price", () => {
  const now = subscription({ items: [item(0, 365, { price_id: "price_alpha_yearly" })] });
  const year = bill(2, [line(0, 365, { price_id: "price_alpha_yearly" })]);
  const month = [...bill(1, [line(0, 30)]), refund("pi_1")];
  assert.equal(alpha([now, ...month, ...year]), "subscription until 368");
  // A refunded upgrade closes the new price, although an older month was paid.
  assert.equal(alpha([now, ...bill(1, [line(0, 30)]), ...year, refund("pi_2")]), "closed refunded");
});

Deno.test("5.2 (b) a line without an item or with a removed item belongs to the price", () => {
  for (const subscription_item_id of [null, "si_gone"]) {
    const lines = [line(0, 30, { subscription_item_id })];
    assert.equal(alpha([subscription(), ...bill(1, lines), refund("pi_1")]), "closed refunded");
  }
});

Deno.test("5.2 (b) a line of another present item belongs to that item alone", () => {
  const two = subscription({ items: [item(), item(0, 30, { id: "si_2" })] });
  const other = [line(0, 30, { subscription_item_id: "si_2" })];
  // The other item is still open, and opens the module.
  assert.equal(alpha([two, ...bill(1, other), refund("pi_1")]), "subscription until 33");
});

Deno.test("5.2 (b) without a line at its price, lines of the item at any price count", () => {
  const now = subscription({ items: [item(0, 30, { price_id: "price_alpha_yearly" })] });
  assert.equal(alpha([now, ...bill(1, [line()]), refund("pi_1")]), "closed refunded");
});

Deno.test("5.2 (b) without those, lines of removed items at a price of the module count", () => {
  const now = subscription({
    items: [item(0, 30, { id: "si_9", price_id: "price_alpha_yearly" })],
  });
  assert.equal(alpha([now, ...bill(1, [line()]), refund("pi_1")]), "closed refunded");
  const beta = [line(0, 30, { price_id: "price_beta" })];
  assert.equal(alpha([now, ...bill(1, beta), refund("pi_1")]), "subscription until 33");
});

Deno.test("5.2 (c) a free line is a gift: a refund leaves it open, a dispute closes it", () => {
  const gift = [line(0, 30, { amount: 500, discount_amount: 500 })];
  const it = [subscription(), ...bill(1, gift)];
  assert.equal(alpha([...it, refund("pi_1")]), "subscription until 33");
  assert.equal(alpha([...it, dispute("pi_1")]), "closed disputed");
});

Deno.test("5.2 (c) an invoice is a gift only if all its lines for the item are free", () => {
  const lines = [line(0, 30, { amount: 0 }), line()];
  assert.equal(alpha([subscription(), ...bill(1, lines), refund("pi_1")]), "closed refunded");
});

Deno.test("5.2 (b) the lines of another subscription belong to that subscription alone", () => {
  const other = [line(0, 30, { subscription_id: "sub_2", subscription_item_id: "si_9" })];
  const facts = [subscription(), ...bill(1, other), refund("pi_1")];
  assert.equal(alpha(facts), "subscription until 33");
});

Deno.test("5.2 (b) lines without an item id belong to an old item without an id", () => {
  const old = subscription({ items: [item(0, 30, { id: null })] });
  const lines = [line(0, 30, { subscription_item_id: null })];
  assert.equal(alpha([old, ...bill(1, lines), refund("pi_1")]), "closed refunded");
});

Deno.test("5.2 (a) a sale pays for no period", () => {
  const sale = line(0, 30, { kind: "invoice_item", subscription_item_id: null, quantity: 1 });
  const off = { send_invoice_opens_unpaid: false };
  const sent = subscription({
    collection_method: "send_invoice",
    items: [item(0, 30, { id: "si_1" })],
  });
  const facts = all(sent, invoice({ lines: [{ ...sale, price_id: "price_beta" }] }));
  assert.equal(accessOf(facts, off).alpha, "closed unpaid");
  const beta = subscription({ items: [item(0, 30, { price_id: "price_beta_once" })] });
  const bought = bill(1, [{ ...sale, price_id: "price_beta_once" }]);
  // The sale is refunded. No known line paid for the period.
  assert.equal(accessOf(all(beta, ...bought, refund("pi_1"))).beta, "subscription until 33");
});

Deno.test("5.2 (d) of several kept invoices, the one with the latest end counts", () => {
  const kept = [...bill(1, [line(0, 20)]), ...bill(2, [line(0, 25)])];
  const facts = [subscription(), ...kept, ...bill(3, [line()]), refund("pi_3")];
  assert.equal(alpha(facts), "subscription until 25");
});

Deno.test("5.2 (d) a refund closes nothing that another payment paid", () => {
  const it = [subscription(), ...bill(1, [line()]), ...bill(2, [line()])];
  assert.equal(alpha([...it, refund("pi_1")]), "subscription until 33");
  assert.equal(alpha([...it, refund("pi_1"), refund("pi_2")]), "closed refunded");
});

Deno.test("5.2 (d) with the newest invoice refunded and another kept, access ends with that one, without renewal grace", () => {
  const facts = [subscription(), ...bill(1, [line(0, 20)]), ...bill(2, [line()]), refund("pi_2")];
  assert.equal(alpha(facts), "subscription until 20");
  assert.equal(rowsOf(history(all(...facts)))[0]?.reasonAfter, "refunded");
});

Deno.test("5.2 (d) the kept invoice never lasts longer than the usual end", () => {
  const leaving = subscription({ cancel_at: at(10) });
  const facts = [leaving, ...bill(1, [line(0, 365)]), ...bill(2, [line()]), refund("pi_2")];
  assert.equal(alpha(facts), "subscription until 10");
});

Deno.test("5.2 (d) a free line does not keep a period open if its newest invoice is disputed", () => {
  const gift = bill(1, [line(0, 30, { amount: 0 })]);
  const facts = [subscription(), ...gift, ...bill(2, [line()]), dispute("pi_2")];
  assert.equal(alpha(facts), "closed disputed");
});

Deno.test("5.2 (d) of two invoices of one second, the one with the larger id is newer", () => {
  const both = [...bill(1, [line(0, 20)]), ...bill(2, [line()], { created: at(1) })];
  assert.equal(alpha([subscription(), ...both, refund("pi_2")]), "subscription until 20");
  assert.equal(alpha([subscription(), ...both, refund("pi_1")]), "subscription until 33");
});

Deno.test("5.2 an item without a period is closed by no invoice", () => {
  const timeless = item(0, 30, { current_period_start: null, current_period_end: null });
  const facts = [subscription({ items: [timeless] }), ...bill(1, [line()]), refund("pi_1")];
  assert.equal(alpha(facts), "subscription");
});

Deno.test("5.1 an invoice does not count for items without a line on it", () => {
  const other = item(0, 30, { id: "si_2", price_id: "price_beta" });
  const facts = [subscription({ items: [item(), other] }), ...bill(1, [line()]), refund("pi_1")];
  assert.deepEqual(accessOf(all(...facts)), {
    alpha: "closed refunded",
    beta: "subscription until 33",
  });
});

Deno.test("refunded_period_closes off: a refunded invoice closes no period", () => {
  const facts = [subscription(), ...bill(1, [line()]), dispute("pi_1")];
  assert.equal(alpha(facts, { refunded_period_closes: false }), "subscription until 33");
});

Deno.test("5.15 send_invoice_opens_unpaid off: the module opens with a paid line for the period", () => {
  const off = { send_invoice_opens_unpaid: false };
  const sent = subscription({ collection_method: "send_invoice" });
  assert.equal(alpha([sent]), "subscription until 33");
  assert.equal(alpha([sent], off), "closed unpaid");
  assert.equal(alpha([sent, invoice({ status: "open", amount_paid: 0 })], off), "closed unpaid");
  assert.equal(alpha([sent, ...bill(1, [line()])], off), "subscription until 33");
  assert.equal(alpha([sent, ...bill(1, [line()]), refund("pi_1")], off), "closed refunded");
  assert.equal(alpha([subscription()], off), "subscription until 33");
  const trial = subscription({ collection_method: "send_invoice", status: "trialing" });
  assert.equal(alpha([trial], off), "subscription until 33");
});
