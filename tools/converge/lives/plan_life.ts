/** Subscriptions as chance has them: every move of Stripe's machine, ties, refunds of a period. */

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { at, SECOND } from "../stripe/clock.ts";
import type { Fields, StripeEvent } from "../stripe/event.ts";
import { userRef } from "../stripe/ids.ts";
import { plan, type Snapshot } from "../stripe/plan.ts";
import { disputeLife, turnsOf } from "./dispute_life.ts";

/** What may happen to a subscription, and in which of its states. */
const MOVES: Record<string, { from: string[]; to: Snapshot; type?: string }> = {
  start: { from: ["incomplete"], to: { status: "active" } },
  giveUp: { from: ["incomplete"], to: { status: "incomplete_expired" } },
  convert: { from: ["trialing"], to: { status: "active" } },
  trialEnds: { from: ["trialing"], to: { status: "paused" }, type: "paused" },
  warn: { from: ["trialing"], to: {}, type: "trial_will_end" },
  fallDue: { from: ["active", "trialing"], to: { status: "past_due" } },
  recover: { from: ["past_due", "unpaid"], to: { status: "active" } },
  exhaust: { from: ["past_due"], to: { status: "unpaid" } },
  pause: { from: ["active"], to: { status: "paused" }, type: "paused" },
  resume: { from: ["paused"], to: { status: "active" }, type: "resumed" },
  leave: { from: ["active", "trialing", "past_due"], to: { cancel_at_period_end: true } },
  stay: { from: ["active", "trialing"], to: { cancel_at_period_end: false } },
  leaveAt: { from: ["active"], to: { cancel_at: at(50) } },
  upgrade: { from: ["active", "trialing"], to: { price: "price_bundle" } },
  change: { from: ["active", "past_due"], to: { price: "price_beta" } },
  holdInvoices: { from: ["active"], to: { pause_collection: { behavior: "void" } } },
  note: { from: ["active", "past_due", "paused"], to: {} },
  cancel: {
    from: ["active", "past_due", "unpaid", "paused", "trialing"],
    to: { status: "canceled", ended_at: at(40) },
    type: "deleted",
  },
};

const turn = fc.record({
  move: fc.constantFrom(...Object.keys(MOVES), "renew", "renew", "fetch"),
  sameSecond: fc.boolean(),
  tells: fc.boolean(),
});

/** A subscription. */
export const planLife = fc.record({
  user: fc.constantFrom("ada", "eve"),
  price: fc.constantFrom("price_alpha", "price_beta", "price_bundle"),
  yearly: fc.constantFrom(null, null, "price_alpha", "price_beta"),
  begins: fc.constantFrom("incomplete", "incomplete", "trialing", "active"),
  named: fc.boolean(),
  /** Whom its invoices name, where they do. */
  billed: fc.constantFrom(null, null, "ada", "eve"),
  hasSession: fc.boolean(),
  /** Whose address was given at checkout, where the session names nobody. */
  email: fc.constantFrom(null, "ada", "eve"),
  turns: fc.array(turn, { maxLength: 7 }),
  invoices: fc.array(
    fc.record({
      period: fc.integer({ min: 1, max: 3 }),
      isPaid: fc.boolean(),
      isLinked: fc.boolean(),
      refund: fc.constantFrom(null, 400, 1000),
      dispute: fc.option(disputeLife),
    }),
    { maxLength: 3 },
  ),
});

export type PlanLife = typeof planLife extends fc.Arbitrary<infer Life> ? Life : never;

/** All that Stripe says of it. */
export function planEvents(life: PlanLife, name: string): StripeEvent[] {
  const { user, price, yearly, named, hasSession, email } = life;
  const it = plan(name, { user, price, yearly, named, email });
  return [
    ...snapshots(it, life),
    ...hasSession ? [it.session(0)] : [],
    ...life.invoices.flatMap((invoice) => invoiceEvents(it, invoice, life.billed)),
  ];
}

function snapshots(it: ReturnType<typeof plan>, { begins, turns }: PlanLife): StripeEvent[] {
  let now: Snapshot = { status: begins, period: 1, ...begins === "trialing" ? trial : {} };
  let day = 0;
  const events = [it.sub("created", day, now)];
  for (const { move, sameSecond, tells } of turns) {
    const next = after(now, move);
    if (next === null) continue;
    day += sameSecond ? 0 : 4;
    const type = move === "fetch" ? "fetched" : MOVES[move]?.type ?? "updated";
    const previous = differences(it.snapshotOf(next, "basil"), it.snapshotOf(now, "basil"));
    events.push(it.sub(type, day, next, tells && type === "updated" ? { previous } : {}));
    now = next;
  }
  return events;
}

const trial = { trial_end: at(14) };

/** The state after a move; null: it cannot be made from here. */
function after(now: Snapshot, move: string): Snapshot | null {
  if (move === "fetch") return now;
  if (move === "renew") {
    return now.status === "active" ? { ...now, period: Math.min(4, (now.period ?? 1) + 1) } : null;
  }
  const { from, to } = MOVES[move] ?? { from: [], to: {} };
  return from.includes(now.status ?? "") ? { ...now, ...to } : null;
}

/** As `previous_attributes` has them: the fields that changed, as they were. */
function differences(now: Fields, before: Fields): Fields {
  return Object.fromEntries(
    Object.entries(before).filter(([field, was]) => !isDeepStrictEqual(now[field], was)),
  );
}

function invoiceEvents(
  it: ReturnType<typeof plan>,
  { period, isPaid, isLinked, refund, dispute }: PlanLife["invoices"][number],
  billed: string | null,
): StripeEvent[] {
  const day = 30 * (period - 1);
  const named = billed === null ? {} : { metadata: { user_id: userRef(billed) } };
  return [
    it.invoice("finalized", day, period, named),
    ...isPaid
      ? [it.invoice("paid", day + SECOND, period), it.payment("succeeded", day, period)]
      : [],
    ...isLinked ? [it.invoicePayment(day, period)] : [],
    ...refund === null ? [] : [it.refund("created", day + 2, period, { amount: refund })],
    ...dispute === null
      ? []
      : turnsOf(dispute).map(({ what, status, day: later, was }) =>
        it.dispute(
          what,
          day + 3 + later,
          status,
          period,
          was === null ? {} : {
            previous: { status: was },
          },
        )
      ),
  ];
}
