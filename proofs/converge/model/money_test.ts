import assert from "node:assert/strict";
import {
  accessOf,
  all,
  charge,
  type DatedFact,
  dispute,
  intent,
  invoice,
  paidBy,
  refund,
  saleLine,
  session,
} from "./small_facts.ts";
import type { Settings } from "./settings.ts";

/** A one-off invoice that sells alpha to ada. */
const bill = (some: Parameters<typeof invoice>[0] = {}) =>
  invoice({
    subscription_id: null,
    created: 1,
    lines: [saleLine("price_alpha")],
    subscription_user_ref: null,
    user_ref: "00000000-0000-4000-8000-00000000ada0",
    ...some,
  });

function alpha(facts: DatedFact[], settings: Partial<Settings> = {}): string | undefined {
  return accessOf(facts, settings).alpha;
}

Deno.test("5.7 money outside Stripe counts as received, so a refund of the card's part is partial", () => {
  const paid = [
    paidBy("pi_1", "in_1", { amount_paid: 300 }),
    paidBy(null, "in_1", { amount_paid: 700 }),
  ];
  const back = refund("pi_1", { amount: 300 });
  const card = intent({ amount_received: 300 });
  assert.equal(alpha(all(bill({ amount_paid: 300 }), card, ...paid, back)), "purchase");
});

Deno.test("5.7 the invoice may have received more than its known payments say", () => {
  const [card, back] = [intent({ amount_received: 300 }), refund("pi_1", { amount: 300 })];
  const some = paidBy("pi_1", "in_1", { amount_paid: 300 });
  assert.equal(alpha(all(bill({ amount_paid: 1000 }), card, some, back)), "purchase");
});

Deno.test("5.7 a dispute of a canceled invoice payment does not count, and the old link does not either", () => {
  const detached = [
    intent({ id: "pi_0", invoice_id: "in_1" }),
    paidBy("pi_0", "in_1", { status: "canceled", amount_paid: 0 }),
    dispute("pi_0"),
  ];
  assert.equal(alpha(all(bill(), intent(), paidBy("pi_1"), ...detached)), "purchase");
});

Deno.test("5.7 a payment that is canceled and paid on one invoice counts as paid", () => {
  const canceled = paidBy("pi_1", "in_1", { id: "inpay_0", status: "canceled", amount_paid: 0 });
  assert.equal(alpha(all(bill(), canceled, paidBy("pi_1"), dispute("pi_1"))), "closed disputed");
});

for (
  const [name, facts] of Object.entries({
    "the invoice names its payment": [bill({ payment_intent_id: "pi_1" })],
    "the invoice names its charge": [
      bill({ charge_id: "ch_1" }),
      charge({ payment_intent_id: "pi_1" }),
    ],
    "the payment names its invoice": [bill(), intent({ invoice_id: "in_1" })],
    "the charge names its invoice": [
      bill(),
      charge({ payment_intent_id: "pi_1", invoice_id: "in_1" }),
    ],
    "a session names both": [
      bill(),
      session({ mode: "subscription", invoice_id: "in_1", user_ref: null }),
    ],
    "an invoice payment names both": [bill(), paidBy("pi_1")],
  })
) {
  Deno.test(`5.7 a link is found in each place: ${name}`, () => {
    assert.equal(alpha(all(...facts)), "purchase");
    assert.equal(alpha(all(...facts, refund("pi_1"))), "closed refunded");
  });
}

Deno.test("5.7 a refund that the payment and the charge of an invoice both have counts once", () => {
  const both = bill({ payment_intent_id: "pi_1", charge_id: "ch_1" });
  const half = refund("pi_1", { amount: 500, charge_id: "ch_1" });
  assert.equal(alpha(all(both, half)), "purchase");
});

/** One payment of 3000 paid this invoice (1000) and another (2000). */
const shared = [
  bill(),
  intent({ amount_received: 3000 }),
  paidBy("pi_1"),
  paidBy("pi_1", "in_2", { amount_paid: 2000 }),
];

Deno.test("5.7 a partial refund is taken off the other invoices first", () => {
  assert.equal(alpha(all(...shared, refund("pi_1", { amount: 2999 }))), "purchase");
  assert.equal(alpha(all(...shared, refund("pi_1", { amount: 3000 }))), "closed refunded");
});

Deno.test("5.7 a partial dispute closes only if the other invoices cannot explain it", () => {
  assert.equal(alpha(all(...shared, dispute("pi_1", { amount: 2000 }))), "purchase");
  assert.equal(alpha(all(...shared, dispute("pi_1", { amount: 2001 }))), "closed disputed");
});

Deno.test("5.7 the other invoices explain a refund and a dispute together only once", () => {
  const back = refund("pi_1", { amount: 1000 });
  assert.equal(alpha(all(...shared, back, dispute("pi_1", { amount: 1000 }))), "purchase");
  assert.equal(alpha(all(...shared, back, dispute("pi_1", { amount: 1001 }))), "closed disputed");
});

Deno.test("5.7 if the amount of a payment is unknown, its shares give it", () => {
  const [sale, , one, other] = shared;
  const facts = all(...[sale, one, other].flatMap((fact) => fact ?? []));
  assert.equal(alpha([...facts, [1, refund("pi_1", { amount: 2999 })]]), "purchase");
  assert.equal(alpha([...facts, [1, refund("pi_1", { amount: 3000 })]]), "closed refunded");
});

Deno.test("5.7 without known shares, the amount received shows what a payment paid for other invoices", () => {
  const open = paidBy("pi_1", "in_2", { status: "open", amount_paid: 0 });
  const facts = [bill(), intent({ amount_received: 3000 }), paidBy("pi_1"), open];
  assert.equal(alpha(all(...facts, refund("pi_1", { amount: 2000 }))), "purchase");
  assert.equal(alpha(all(...facts, refund("pi_1", { amount: 3000 }))), "closed refunded");
});

Deno.test("5.7 an overpaid amount explains no refund", () => {
  const facts = [bill(), intent({ amount_received: 2000 }), paidBy("pi_1")];
  assert.equal(alpha(all(...facts, dispute("pi_1", { amount: 900 }))), "closed disputed");
  assert.equal(alpha(all(...facts, refund("pi_1"))), "closed refunded");
});

Deno.test("5.7 a refund takes at most the amount that its payment paid of an invoice", () => {
  const half = { amount_paid: 500 };
  const facts = [bill(), intent({ amount_received: 800 }), paidBy("pi_1", "in_1", half)];
  const [cash, back] = [paidBy(null, "in_1", half), refund("pi_1", { amount: 800 })];
  assert.equal(alpha(all(...facts, cash, back), { refund_closes_from_percent: 60 }), "purchase");
});

Deno.test("5.7 the amount of a canceled invoice payment does not count", () => {
  const card = [intent({ amount_received: 300 }), paidBy("pi_1", "in_1", { amount_paid: 300 })];
  const detached = paidBy(null, "in_1", { status: "canceled", amount_paid: 700 });
  const back = refund("pi_1", { amount: 300 });
  assert.equal(alpha(all(bill({ amount_paid: 300 }), ...card, detached, back)), "closed refunded");
});

Deno.test("5.7 a session received the amount of its invoice, including money outside Stripe", () => {
  const sold = session({ invoice_id: "in_1", price_ids: ["price_alpha"] });
  const paid = [
    paidBy("pi_1", "in_1", { amount_paid: 300 }),
    paidBy(null, "in_1", { amount_paid: 700 }),
  ];
  const facts = all(sold, bill(), intent({ amount_received: 300 }), ...paid);
  assert.equal(alpha([...facts, [1, refund("pi_1", { amount: 300 })]]), "purchase");
});

Deno.test("5.7 a session shares its payment with other invoices like an invoice does", () => {
  const sold = session({ invoice_id: "in_1", price_ids: ["price_alpha"] });
  const facts = [...shared.slice(1), sold];
  const part = refund("pi_1", { amount: 2500 });
  assert.equal(alpha(all(...facts, part), { refund_closes_from_percent: 60 }), "purchase");
  assert.equal(alpha(all(...facts, refund("pi_1", { amount: 2999 }))), "purchase");
  assert.equal(alpha(all(...facts, refund("pi_1", { amount: 3000 }))), "closed refunded");
});

Deno.test("5.7 an invoice that received nothing is not closed by a refund of another purchase", () => {
  const paid = bill({ amount_paid: 0, payment_intent_id: "pi_1" });
  assert.equal(alpha(all(paid, intent(), refund("pi_1"))), "purchase");
});

Deno.test("5.7 if nothing was received, a refund closes nothing", () => {
  const free = bill({ amount_paid: 0, total: 0 });
  const back = [intent({ amount_received: 0 }), paidBy("pi_1", "in_1", { amount_paid: 0 })];
  assert.equal(alpha(all(free, ...back, refund("pi_1"))), "purchase");
});

Deno.test("P1 a failed refund no longer counts, even if the charge once had it", () => {
  const sold = [session({ price_ids: ["price_alpha"] }), intent()];
  const charged = charge({ payment_intent_id: "pi_1", amount_refunded: 1000 });
  assert.equal(alpha(all(...sold, charged)), "closed refunded");
  assert.equal(alpha(all(...sold, charged, refund("pi_1", { status: "failed" }))), "purchase");
});

Deno.test("P1 before the payment is known, a refund is compared with the session's amount", () => {
  const sold = session({ price_ids: ["price_alpha"] });
  assert.equal(alpha(all(sold, refund("pi_1", { amount: 999 }))), "purchase");
  assert.equal(alpha(all(sold, refund("pi_1"))), "closed refunded");
  const unknown = session({ price_ids: ["price_alpha"], amount_total: null });
  assert.equal(alpha(all(unknown, refund("pi_1", { amount: 1 }))), "closed refunded");
});

Deno.test("5.15 a partial refund closes from the percentage of the setting, in whole numbers", () => {
  const sold = [session({ price_ids: ["price_alpha"] }), intent({ amount_received: 999 })];
  const from = { refund_closes_from_percent: 50 };
  assert.equal(alpha(all(...sold, refund("pi_1", { amount: 499 })), from), "purchase");
  assert.equal(alpha(all(...sold, refund("pi_1", { amount: 500 })), from), "closed refunded");
});

Deno.test("5.15 an open partial dispute closes, or counts as a refund, as the setting says", () => {
  const sold = [session({ price_ids: ["price_alpha"] }), intent()];
  const part = dispute("pi_1", { amount: 400 });
  const off = { partial_dispute_closes: false };
  assert.equal(alpha(all(...sold, part)), "closed disputed");
  assert.equal(alpha(all(...sold, part), off), "purchase");
  assert.equal(alpha(all(...sold, part, refund("pi_1", { amount: 600 })), off), "closed disputed");
  const won = dispute("pi_1", { amount: 400, status: "won" });
  assert.equal(alpha(all(...sold, won, refund("pi_1", { amount: 600 })), off), "purchase");
  const never = { ...off, full_refund_closes: false };
  assert.equal(alpha(all(...sold, dispute("pi_1")), never), "closed disputed");
  assert.equal(alpha(all(...sold, dispute("pi_1"), refund("pi_1")), off), "closed refunded");
});

Deno.test("P1, P2 the settings: no refund closes, no dispute closes, an inquiry closes", () => {
  const sold = [session({ price_ids: ["price_alpha"] }), intent()];
  const inquiry = dispute("pi_1", { status: "warning_needs_response" });
  assert.equal(alpha(all(...sold, refund("pi_1")), { full_refund_closes: false }), "purchase");
  assert.equal(alpha(all(...sold, dispute("pi_1")), { dispute_closes: false }), "purchase");
  assert.equal(alpha(all(...sold, inquiry)), "purchase");
  assert.equal(alpha(all(...sold, inquiry), { inquiry_closes: true }), "closed disputed");
  const ended = dispute("pi_1", { status: "warning_closed" });
  assert.equal(alpha(all(...sold, ended), { inquiry_closes: true }), "purchase");
});

Deno.test("P2 an unknown status closes; disputed comes before refunded", () => {
  const sold = [session({ price_ids: ["price_alpha"] }), intent()];
  assert.equal(alpha(all(...sold, dispute("pi_1", { status: "unknown" }))), "closed disputed");
  assert.equal(alpha(all(...sold, refund("pi_1"), dispute("pi_1"))), "closed disputed");
});
