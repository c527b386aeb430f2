/** Random passes of one user: two to four, some refunded. */

import fc from "fast-check";
import { bill } from "../stripe/bill.ts";
import type { StripeEvent } from "../stripe/event.ts";
import { named } from "../stripe/ids.ts";
import { oneTime } from "../stripe/line.ts";
import { lineItems } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";
import { disputeEvents, disputeLife } from "./dispute_life.ts";
import { user } from "./names.ts";

const pass = fc.record({
  price: fc.constantFrom("price_week", "price_week", "price_fortnight", "price_week_beta"),
  /** Days after the one before; weeks may overlap or not. */
  gap: fc.constantFrom(0, 1, 3, 7, 12),
  by: fc.constantFrom("session", "session", "invoice", "both"),
  back: fc.constantFrom(null, null, null, "refund", "part", "dispute"),
  dispute: disputeLife,
});

export const passLife = fc.record({
  user,
  passes: fc.array(pass, { minLength: 2, maxLength: 4 }),
});

export type PassLife = typeof passLife extends fc.Arbitrary<infer Life> ? Life : never;

/** All events of them. */
export function passEvents({ user, passes }: PassLife, name: string): StripeEvent[] {
  let day = 0;
  return passes.flatMap((pass, index) => {
    day += pass.gap;
    return eventsOf(pass, `${name}.${index}`, user, day);
  });
}

type Pass = PassLife["passes"][number];

function eventsOf({ price, by, back, dispute }: Pass, name: string, user: string, day: number) {
  const it = sale(name, { user, module: null, created: day });
  const sent = bill(name, {
    lines: [oneTime(price, day)],
    user,
    created: day,
    metadata: named(user),
  });
  const list = { ...lineItems([price]), invoice: by === "both" ? sent.id : null };
  return [
    ...by === "session" ? [it.payment("succeeded", day)] : sent.settled(day),
    ...by === "invoice" ? [] : [it.session("completed", day, list)],
    ...back === "refund" ? [it.refund("1", "created", day + 2)] : [],
    ...back === "part" ? [it.refund("1", "created", day + 2, { amount: 400 })] : [],
    ...back !== "dispute"
      ? []
      : disputeEvents(dispute).map(({ what, status, day: later, was }) =>
        it.dispute(what, day + 2 + later, status, was === null ? {} : { previous: { status: was } })
      ),
  ];
}
