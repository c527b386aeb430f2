/** What customers do, as endless streams of events: no id ever comes twice. */

import {
  chargeSucceeded,
  checkoutSessionCompleted,
  invoicePaid,
  newId,
  newPurchase,
  newSubscription,
  paymentIntentSucceeded,
  seconds,
  type StripeEvent,
  type Subscription,
  subscriptionCreated,
  subscriptionUpdated,
} from "../../stripe/events.ts";
import { fullSize } from "./full_size.ts";

/** `mix`: one-time purchases and subscriptions in equal parts; the others: one type of event alone. */
export type Story = "mix" | "checkout" | "updated" | "invoice";

/** How many customers are under way at once: their events come in turn, as on a busy day. */
const CROWD = 32;
/** How many subscriptions the single types are about. */
const MEMBERS = 200;

const PRICE = "price_whisper_monthly";
const MODULE = "stable-diffusion";

/** The events of a story, for ever. */
export function* tell(story: Story): Generator<StripeEvent> {
  const events = {
    mix: tellMix,
    checkout: tellCheckouts,
    updated: tellUpdates,
    invoice: tellRenewals,
  }[story]();
  for (const event of events) yield fullSize(event);
}

/** The next so many events. */
export function takeEvents(events: Generator<StripeEvent>, count: number): StripeEvent[] {
  return Array.from({ length: count }, () => {
    const { value } = events.next();
    return value;
  });
}

function* tellMix(): Generator<StripeEvent> {
  for (;;) {
    const lives = Array.from(
      { length: CROWD },
      (_, customer) => customer % 2 === 0 ? purchaseLife() : subscriptionLife(),
    );
    const longest = Math.max(...lives.map((life) => life.length));
    for (let moment = 0; moment < longest; moment++) {
      for (const life of lives) {
        const event = life[moment];
        if (event !== undefined) yield event;
      }
    }
  }
}

function purchaseLife(): StripeEvent[] {
  const purchase = newPurchase({ userId: crypto.randomUUID(), moduleId: MODULE });
  return [
    chargeSucceeded(purchase),
    paymentIntentSucceeded(purchase),
    checkoutSessionCompleted(purchase),
  ];
}

/** Bought, paid, renewed: the period moves on with the renewal. */
function subscriptionLife(): StripeEvent[] {
  const first = member();
  const second = {
    ...first,
    periodStart: first.periodEnd,
    periodEnd: 2 * first.periodEnd - first.periodStart,
  };
  const bill = newId("in");
  return [
    subscriptionCreated(first, { status: "incomplete", latest_invoice: bill }),
    invoicePaid(first, { id: bill }),
    subscriptionUpdated(first, { latest_invoice: bill }),
    subscriptionUpdated(second, { latest_invoice: bill }, { created: seconds() + 1 }),
    invoicePaid(second),
  ];
}

function* tellCheckouts(): Generator<StripeEvent> {
  for (;;) {
    yield checkoutSessionCompleted(newPurchase({ userId: crypto.randomUUID(), moduleId: MODULE }));
  }
}

/** Members who cancel for the end of the period, and resume before it. */
function* tellUpdates(): Generator<StripeEvent> {
  const members = Array.from({ length: MEMBERS }, member);
  for (const each of members) yield subscriptionCreated(each);
  for (let round = 1;; round++) {
    for (const each of members) {
      const fields = { cancel_at_period_end: round % 2 === 1 };
      yield subscriptionUpdated(each, fields, { created: seconds() + round });
    }
  }
}

function* tellRenewals(): Generator<StripeEvent> {
  const members = Array.from({ length: MEMBERS }, member);
  for (const each of members) yield subscriptionCreated(each);
  for (;;) {
    for (const each of members) yield invoicePaid(each);
  }
}

function member(): Subscription {
  return newSubscription({ userId: crypto.randomUUID(), priceId: PRICE });
}
