/** Random one-time purchases: every way to pay, refunds that fail, disputes. */

import fc from "fast-check";
import type { Fields, StripeEvent } from "../stripe/event.ts";
import { userRef } from "../stripe/ids.ts";
import { lineItems } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";
import { NEW_PRICE } from "./bill_life.ts";
import { disputeEvents, type DisputeLife, disputeLife } from "./dispute_life.ts";
import { day, metadataOf, name, user } from "./names.ts";

const refundLife = fc.record({
  amount: fc.constantFrom(300, 400, 600, 1000),
  statuses: fc.constantFrom(
    ...[["succeeded"], ["pending", "succeeded"], ["pending", "failed"], ["succeeded", "failed"]],
    ...[["requires_action", "canceled"], ["requires_action", "succeeded"], ["pending"]],
  ),
  /** Whether an event of the charge has the refund too. */
  isOnCharge: fc.boolean(),
});

/** Lists of prices, some of them recurring, unmapped, or fees. */
const LISTS = [
  ["price_alpha_once"],
  ["price_week"],
  ["price_alpha_once", "price_beta_once"],
  ["price_gamma_once", "price_unmapped"],
  ["price_week", "price_fee"],
  ["price_alpha", "price_week_beta"],
  ["price_fortnight", "price_week"],
  [NEW_PRICE],
];

/** A one-time purchase. */
export const saleLife = fc.record({
  user,
  name,
  day,
  module: fc.constantFrom(null, "alpha", "beta", "gamma"),
  /** The prices in its list of lines; null: no list is known. */
  prices: fc.constantFrom(null, null, ...LISTS),
  /** When the list arrives: with the session, before it is complete, later, or with other lines. */
  listed: fc.constantFrom("with it", "with it", "before", "after", "changed", "in one second"),
  paying: fc.constantFrom("card", "debit", "debit fails", "capture", "free", "abandoned"),
  tagged: fc.boolean(),
  /** Whether the Payment Link's URL names ada. */
  hasReference: fc.constantFrom(false, false, false, true),
  /** The user whose address the buyer gave. */
  email: fc.constantFrom(null, "ada", "eve"),
  refunds: fc.array(refundLife, { maxLength: 3 }),
  disputes: fc.array(disputeLife, { maxLength: 1 }),
});

export type SaleLife = typeof saleLife extends fc.Arbitrary<infer Life> ? Life : never;

/** All events of it. */
export function saleEvents(life: SaleLife, called: string): StripeEvent[] {
  const { user, name, module, day, paying, tagged, email, hasReference } = life;
  const free = paying === "free";
  const metadata = metadataOf(name, user);
  const it = sale(called, { user, module, metadata, tagged, email, free, created: day });
  const reference = hasReference ? { client_reference_id: userRef("ada") } : {};
  const { list, others } = listsOf(it, life);
  const money = ["free", "abandoned"].includes(paying) ? [] : moneyBack(it, life);
  return [...others, ...paid(it, life, { ...list, ...reference }), ...money];
}

/** The list in the session's own event, and the snapshots that have another list. */
function listsOf(it: ReturnType<typeof sale>, { prices, listed, day }: SaleLife) {
  const list = prices === null ? {} : lineItems(prices);
  const open = { status: "open", payment_status: "unpaid" };
  if (prices === null || listed === "with it") return { list, others: [] };
  const more = lineItems([...prices, "price_beta_once"]);
  switch (listed) {
    case "before":
      return { list: {}, others: [it.session("fetched", day, { ...open, ...list })] };
    case "after":
      return { list: more, others: [it.session("fetched", day + 1, { ...UNPAID, ...list })] };
    case "changed":
      return { list: more, others: [it.session("fetched", day, { ...open, ...list })] };
    default:
      return { list: more, others: [it.session("fetched", day, { ...UNPAID, ...list })] };
  }
}

/** A fetch that adds nothing about the payment. */
const UNPAID = { payment_status: "unpaid" };

function paid(it: ReturnType<typeof sale>, { paying, day }: SaleLife, items: Fields) {
  const unpaid = { payment_status: "unpaid", ...items };
  switch (paying) {
    case "free":
      return [it.session("completed", day, { payment_status: "no_payment_required", ...items })];
    case "abandoned":
      return [
        it.session("expired", day + 1, { status: "expired", ...unpaid }),
        it.payment("canceled", day + 1),
      ];
    case "debit":
      return [
        it.session("completed", day, unpaid),
        it.payment("processing", day),
        it.session("async_payment_succeeded", day + 4, items),
        it.payment("succeeded", day + 4),
      ];
    case "debit fails":
      return [
        it.session("completed", day, unpaid),
        it.session("async_payment_failed", day + 4, unpaid),
      ];
    case "capture":
      return [
        it.session("completed", day, unpaid),
        it.payment("amount_capturable_updated", day, { status: "requires_capture" }),
        it.payment("succeeded", day + 1),
        it.charge("captured", day + 1),
      ];
    default:
      return [
        it.session("completed", day, items),
        it.payment("succeeded", day),
        it.charge("succeeded", day),
      ];
  }
}

function moneyBack(it: ReturnType<typeof sale>, life: SaleLife): StripeEvent[] {
  let said = 0;
  const refunds = life.refunds.flatMap(({ amount, statuses, isOnCharge }, index) => {
    said = Math.min(1000, said + amount);
    return [
      ...statuses.map((status, step) =>
        it.refund(String(index), step === 0 ? "created" : "updated", life.day + 5 + step, {
          amount,
          status,
        })
      ),
      ...isOnCharge ? [it.charge("refunded", life.day + 5, said)] : [],
    ];
  });
  return [...refunds, ...life.disputes.flatMap((dispute) => disputed(it, dispute, life.day + 10))];
}

function disputed(
  it: ReturnType<typeof sale>,
  dispute: DisputeLife,
  begins: number,
): StripeEvent[] {
  return disputeEvents(dispute).map(({ what, status, day, was }) =>
    it.dispute(what, begins + day, status, was === null ? {} : { previous: { status: was } })
  );
}
