/** The random payments of an invoice: one or several, with refunds and disputes. */

import fc from "fast-check";
import type { Bill } from "../stripe/bill.ts";
import type { Fields, StripeEvent } from "../stripe/event.ts";
import { disputeEvents, disputeLife } from "./dispute_life.ts";
import { rarely } from "./rarely.ts";

const WAYS = ["one", "two", "beside a record", "by record", "detached", "unlinked"] as const;

export const moneyLife = fc.record({
  way: fc.constantFrom("one", "one", "one", "one", "one", ...WAYS),
  /** Whether there are events of the charge too. */
  hasCharge: fc.boolean(),
  refund: fc.constantFrom(null, null, "all", "all", "half", "all in two", "fails"),
  dispute: rarely(4, disputeLife),
  /** Whether the dispute is only about a part of the money. */
  isPart: fc.boolean(),
  /** Of two payments: whether the second one is refunded. */
  isOther: fc.boolean(),
  /** One payment for this invoice and others of its kind. */
  isShared: fc.constantFrom(false, false, false, false, true),
});

export type MoneyLife = typeof moneyLife extends fc.Arbitrary<infer Life> ? Life : never;

/** The events of the payments. The events of the invoice itself are in `invoice_life.ts`. */
export function moneyEvents(it: Bill, life: MoneyLife, day: number): StripeEvent[] {
  if (it.received === 0) return [];
  const which = life.isOther && hasOther(life) ? ".b" : "";
  return [
    ...paid(it, life, day),
    ...refunded(it, life, day + 2, which),
    ...disputed(it, life, day + 3, which),
  ];
}

function hasOther({ way }: MoneyLife): boolean {
  return way === "two" || way === "detached";
}

function paid(it: Bill, life: MoneyLife, day: number): StripeEvent[] {
  const { received } = it;
  const half = Math.round(received / 2);
  const [first, other] = [{ amount: half }, { amount: received - half, which: ".b" }];
  const whole = { amount: life.isShared ? 2 * received : received };
  const charge = life.hasCharge ? [it.charge("succeeded", day, 0, whole)] : [];
  switch (life.way) {
    case "two":
      return [first, other].flatMap((share) => [
        it.payment("succeeded", day, share),
        it.invoicePayment("paid", day, share),
      ]);
    case "beside a record":
      return [
        it.payment("succeeded", day, first),
        it.invoicePayment("paid", day, first),
        it.paymentRecord(day, other),
      ];
    case "by record":
      return [it.paymentRecord(day)];
    case "detached":
      return [
        it.payment("succeeded", day, { which: ".b" }),
        it.invoicePayment("created", day, { which: ".b" }),
        it.invoicePayment("canceled", day, { which: ".b" }),
        it.payment("succeeded", day),
        it.invoicePayment("paid", day),
      ];
    case "unlinked":
      return [it.payment("succeeded", day, whole), ...charge];
    default:
      return [it.payment("succeeded", day, whole), it.invoicePayment("paid", day), ...charge];
  }
}

function refunded(it: Bill, { refund, way, hasCharge }: MoneyLife, day: number, which: string) {
  const amount = way === "two" || way === "beside a record" ? it.received / 2 : it.received;
  const half = Math.round(amount / 2);
  const back = (fields: Fields, what = "created") => it.refund(what, day, fields, which);
  switch (refund) {
    case "all":
      return hasCharge && which === "" ? [it.charge("refunded", day, amount)] : [back({ amount })];
    case "half":
      return [back({ amount: half })];
    case "all in two":
      return [back({ amount: half }), it.charge("refunded", day, amount, { which })];
    case "fails":
      return [back({ amount }), back({ amount, status: "failed" }, "failed")];
    default:
      return [];
  }
}

function disputed(it: Bill, { dispute, isPart }: MoneyLife, day: number, which: string) {
  const fields = isPart ? { amount: Math.round(it.received / 3) } : {};
  return dispute === null
    ? []
    : disputeEvents(dispute).map(({ what, status, day: later, was }) =>
      it.dispute(
        what,
        day + later,
        status,
        fields,
        was === null ? {} : {
          previous: { status: was },
        },
        which,
      )
    );
}
