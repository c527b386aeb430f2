/** Endless streams of customers' events. No id is repeated. */

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
import { newPricedPurchase } from "./priced_purchase.ts";
import { storedRenewals } from "./stored_renewals.ts";

/** `mix`: one-time purchases and subscriptions in equal parts; the others: only one type of event. */
export type PlainStory = "mix" | "checkout" | "updated" | "invoice" | "priced";

/** Also: renewals of the subscriptions among this many stored members. */
export type Story = PlainStory | { renewalsOf: number };

/** How many customers are active at once. Their events come in turn, as on a busy day. */
const CROWD = 32;
/** How many subscriptions the streams of a single type have. */
const MEMBERS = 200;

const PRICE = "price_whisper_monthly";
const MODULE = "stable-diffusion";

/** The endless events of a story. */
export function* storyEvents(story: Story): Generator<StripeEvent> {
  for (const event of eventsOf(story)) yield fullSize(event);
}

function eventsOf(story: Story): Generator<StripeEvent> {
  if (typeof story !== "string") return storedRenewals(story.renewalsOf);
  return {
    mix: mixedEvents,
    checkout: checkoutEvents,
    updated: updateEvents,
    invoice: renewalEvents,
    priced: pricedEvents,
  }[story]();
}

/** The next `count` events. */
export function takeEvents(events: Generator<StripeEvent>, count: number): StripeEvent[] {
  return Array.from({ length: count }, () => {
    const { value } = events.next();
    return value;
  });
}

function* mixedEvents(): Generator<StripeEvent> {
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

function* checkoutEvents(): Generator<StripeEvent> {
  for (;;) {
    yield checkoutSessionCompleted(newPurchase({ userId: crypto.randomUUID(), moduleId: MODULE }));
  }
}

/** Purchases that only their prices identify, so Stripe is asked about each. */
function* pricedEvents(): Generator<StripeEvent> {
  for (;;) yield checkoutSessionCompleted(newPricedPurchase());
}

/** Members who cancel for the end of the period, and resume before it. */
function* updateEvents(): Generator<StripeEvent> {
  const members = Array.from({ length: MEMBERS }, member);
  for (const each of members) yield subscriptionCreated(each);
  for (let round = 1;; round++) {
    for (const each of members) {
      const fields = { cancel_at_period_end: round % 2 === 1 };
      yield subscriptionUpdated(each, fields, { created: seconds() + round });
    }
  }
}

function* renewalEvents(): Generator<StripeEvent> {
  const members = Array.from({ length: MEMBERS }, member);
  for (const each of members) yield subscriptionCreated(each);
  for (;;) {
    for (const each of members) yield invoicePaid(each);
  }
}

function member(): Subscription {
  return newSubscription({ userId: crypto.randomUUID(), priceId: PRICE });
}
