/** One-time purchases as chance has them: every way to pay, refunds that fail, disputes. */

import fc from "fast-check";
import { sale } from "../stripe/sale.ts";
import type { StripeEvent } from "../stripe/event.ts";
import { type DisputeLife, disputeLife, turnsOf } from "./dispute_life.ts";

const refundLife = fc.record({
  amount: fc.constantFrom(300, 400, 600, 1000),
  statuses: fc.constantFrom(
    ...[["succeeded"], ["pending", "succeeded"], ["pending", "failed"], ["succeeded", "failed"]],
    ...[["requires_action", "canceled"], ["requires_action", "succeeded"], ["pending"]],
  ),
  /** Whether the charge tells it too. */
  isTold: fc.boolean(),
});

/** A one-time purchase. */
export const saleLife = fc.record({
  user: fc.constantFrom("ada", "eve"),
  module: fc.constantFrom("alpha", "beta", "gamma"),
  /** Sold by price: these; null: by metadata. */
  prices: fc.constantFrom(null, null, ["price_alpha"], ["price_bundle"], ["price_week"], [
    "price_alpha",
    "price_beta",
  ]),
  paying: fc.constantFrom("card", "debit", "debit fails", "capture", "free", "abandoned"),
  tagged: fc.boolean(),
  named: fc.boolean(),
  /** Whose address the buyer gave. */
  email: fc.constantFrom(null, "ada", "eve"),
  refunds: fc.array(refundLife, { maxLength: 3 }),
  disputes: fc.array(disputeLife, { maxLength: 1 }),
});

export type SaleLife = typeof saleLife extends fc.Arbitrary<infer Life> ? Life : never;

/** All that Stripe says of it. */
export function saleEvents(life: SaleLife, name: string): StripeEvent[] {
  const { user, prices, paying, tagged, named, email } = life;
  const module = prices === null ? life.module : null;
  const it = sale(name, { user, module, tagged, named, email, free: paying === "free" });
  const items = prices === null ? {} : { line_items: { object: "list", data: lines(prices) } };
  const money = ["free", "abandoned"].includes(paying) ? [] : moneyBack(it, life);
  return [...paid(it, paying, items), ...money];
}

function lines(prices: readonly string[]) {
  return prices.map((id) => ({ object: "item", price: { id } }));
}

function paid(it: ReturnType<typeof sale>, paying: string, items: Record<string, unknown>) {
  const unpaid = { payment_status: "unpaid", ...items };
  switch (paying) {
    case "free":
      return [it.session("completed", 0, { payment_status: "no_payment_required", ...items })];
    case "abandoned":
      return [
        it.session("expired", 1, { status: "expired", ...unpaid }),
        it.payment("canceled", 1),
      ];
    case "debit":
      return [
        it.session("completed", 0, unpaid),
        it.payment("processing", 0),
        it.session("async_payment_succeeded", 4, items),
        it.payment("succeeded", 4),
      ];
    case "debit fails":
      return [it.session("completed", 0, unpaid), it.session("async_payment_failed", 4, unpaid)];
    case "capture":
      return [
        it.session("completed", 0, unpaid),
        it.payment("amount_capturable_updated", 0, { status: "requires_capture" }),
        it.payment("succeeded", 1),
        it.charge("captured", 1),
      ];
    default:
      return [
        it.session("completed", 0, items),
        it.payment("succeeded", 0),
        it.charge("succeeded", 0),
      ];
  }
}

function moneyBack(it: ReturnType<typeof sale>, life: SaleLife): StripeEvent[] {
  let said = 0;
  const refunds = life.refunds.flatMap(({ amount, statuses, isTold }, index) => {
    said = Math.min(1000, said + amount);
    return [
      ...statuses.map((status, step) =>
        it.refund(String(index), step === 0 ? "created" : "updated", 5 + step, { amount, status })
      ),
      ...isTold ? [it.charge("refunded", 5, said)] : [],
    ];
  });
  return [...refunds, ...life.disputes.flatMap((dispute) => disputed(it, dispute))];
}

function disputed(it: ReturnType<typeof sale>, dispute: DisputeLife): StripeEvent[] {
  return turnsOf(dispute).map(({ what, status, day, was }) =>
    it.dispute(what, 10 + day, status, was === null ? {} : { previous: { status: was } })
  );
}
