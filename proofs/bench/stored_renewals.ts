/** The next period of subscriptions that `filling.sql` stores. */

import {
  invoicePaid,
  newId,
  newSubscription,
  seconds,
  type StripeEvent,
  type Subscription,
  subscriptionUpdated,
} from "../../stripe/events.ts";
import { idDigits, memberId } from "./filling.ts";

const DAY = 24 * 60 * 60;
const FIRST_PAYMENT = Date.UTC(2026, 0, 1) / 1_000;
const STORED_DAYS = 1_000;
/** Prime, so that its multiples reach every subscription before any is reached again. */
const STRIDE = 7_919;

/** Both events of each subscription's renewal, every subscription once, then all again. */
export function* storedRenewals(members: number): Generator<StripeEvent> {
  const subscriptions = Math.floor(members / 2);
  const stride = subscriptions % STRIDE === 0 ? 1 : STRIDE;
  for (let round = 1;; round++) {
    for (let place = 0; place < subscriptions; place++) {
      const number = 2 * (1 + place * stride % subscriptions);
      const renewed = inPeriod(storedSubscription(number), round);
      const bill = newId("in");
      const time = { created: seconds() + round };
      yield subscriptionUpdated(renewed, { latest_invoice: bill }, time);
      yield invoicePaid(renewed, { id: bill }, time);
    }
  }
}

/** The numbered member's; only even numbers have one. */
export function storedSubscription(number: number): Subscription {
  const digits = idDigits(number);
  const periodStart = FIRST_PAYMENT + number;
  return newSubscription({
    userId: memberId(number),
    priceId: "price_whisper_monthly",
    customerId: `cus_${digits}`,
    subscriptionId: `sub_${digits}`,
    itemId: `si_${digits}`,
    periodStart,
    periodEnd: periodStart + STORED_DAYS * DAY,
  });
}

function inPeriod(stored: Subscription, round: number): Subscription {
  const month = 30 * DAY;
  const periodStart = stored.periodEnd + (round - 1) * month;
  return { ...stored, periodStart, periodEnd: periodStart + month };
}
