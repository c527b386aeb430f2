/** Random charges of the old Charges API. */

import fc from "fast-check";
import type { StripeEvent } from "../stripe/event.ts";
import { legacyCharge } from "../stripe/legacy_charge.ts";
import { disputeEvents, disputeLife } from "./dispute_life.ts";
import { day, metadataOf, name, user } from "./names.ts";
import { rarely } from "./rarely.ts";

export const chargeLife = fc.record({
  user,
  name,
  module: fc.constantFrom("alpha", "beta", "gamma", null),
  day,
  capture: fc.constantFrom("at once", "at once", "later", "never"),
  refund: fc.constantFrom(null, null, 400, 1000),
  dispute: rarely(3, disputeLife),
});

export type ChargeLife = typeof chargeLife extends fc.Arbitrary<infer Life> ? Life : never;

/** All events of it. */
export function chargeEvents(life: ChargeLife, called: string): StripeEvent[] {
  const { user, module, day, capture, refund, dispute } = life;
  const metadata = metadataOf(life.name, user);
  const it = legacyCharge(called, { user, module, metadata, created: day });
  const held = capture === "at once" ? {} : { captured: false, amount_captured: 0 };
  return [
    it.charge("succeeded", day, held),
    ...capture === "later" ? [it.charge("captured", day + 1)] : [],
    ...refund === null ? [] : [it.refund("created", day + 2, { amount: refund })],
    ...dispute === null
      ? []
      : disputeEvents(dispute).map(({ what, status, day: later, was }) =>
        it.dispute(what, day + 3 + later, status, was === null ? {} : { previous: { status: was } })
      ),
  ];
}
