/** The stories of subscriptions. Periods are of thirty days, the graces 7 and 3 days. */

import {
  checkoutSessionCompleted,
  invoicePaid,
  invoicePaymentFailed,
  newId,
  newPurchase,
  newSubscription,
  type StripeEvent,
  subscriptionCreated,
  subscriptionDeleted,
  subscriptionUpdated,
} from "../../../stripe/events.ts";
import { retyped, type Setting, type Story } from "./story.ts";

type Fields = Record<string, unknown>;

/** A subscription to Whisper; `period` counts from 1, `days` is when the event happened. */
function subscriptionOf({ userId, at }: Setting, priceId = "price_whisper_monthly") {
  const first = newSubscription({ userId, priceId, periodStart: at(0) });
  const invoices = [1, 2, 3].map(() => newId("in"));
  function inPeriod(period: number) {
    return { ...first, periodStart: at(30 * (period - 1)), periodEnd: at(30 * period) };
  }
  function fieldsOf(period: number, fields: Fields) {
    return { created: at(0), latest_invoice: invoices[period - 1], ...fields };
  }
  function bill(period: number) {
    return { id: invoices[period - 1], created: at(30 * (period - 1)) };
  }
  return {
    first,
    created: (fields: Fields = {}) =>
      subscriptionCreated(inPeriod(1), fieldsOf(1, fields), { created: at(0) }),
    updated: (days: number, period: number, fields: Fields = {}) =>
      subscriptionUpdated(inPeriod(period), fieldsOf(period, fields), { created: at(days) }),
    deleted: (days: number) => subscriptionDeleted(first, fieldsOf(1, {}), { created: at(days) }),
    paid: (days: number, period: number, fields: Fields = {}) =>
      invoicePaid(inPeriod(period), { ...bill(period), ...fields }, { created: at(days) }),
    failed: (days: number, period: number) =>
      invoicePaymentFailed(inPeriod(period), bill(period), { created: at(days) }),
    session: () =>
      checkoutSessionCompleted(
        newPurchase({ userId, customerId: first.customerId }),
        { mode: "subscription", payment_intent: null, subscription: first.subscriptionId },
        { created: at(0) },
      ),
  };
}

type SubscriptionEvents = ReturnType<typeof subscriptionOf>;

/** A subscription that is paid and open since the first second, and the events after that. */
function begun(
  setting: Setting,
  sequel: (it: SubscriptionEvents) => StripeEvent[] = () => [],
): StripeEvent[] {
  const it = subscriptionOf(setting);
  return [
    it.created({ status: "incomplete" }),
    it.updated(0, 1),
    it.paid(0, 1),
    it.session(),
    ...sequel(it),
  ];
}

/** The renewal that could not be collected. */
function unpaidRenewal({ updated, failed }: SubscriptionEvents): StripeEvent[] {
  return [updated(30, 2), failed(30.1, 2), updated(30.2, 2, { status: "past_due" })];
}

function open(until: number): string[] {
  return [`whisper open until ${until} subscription`];
}

export const SUBSCRIPTIONS: Story[] = [
  {
    title: "21 a subscription begun, all in one second",
    events: (setting) => begun(setting),
    endings: [{ days: 0.1, modules: open(33) }],
  },
  {
    title: "22 a renewal known before the beginning",
    events(setting) {
      const { created, updated, paid, session } = subscriptionOf(setting);
      const incomplete = created({ status: "incomplete" });
      return [updated(30, 2), paid(30, 2), incomplete, paid(0, 1), session()];
    },
    endings: [{ days: 31, modules: open(63) }],
  },
  {
    title: "23 a first payment that never came",
    events(setting) {
      const { created, updated, failed } = subscriptionOf(setting);
      const unpaid = failed(0, 1);
      return [
        created({ status: "incomplete" }),
        unpaid,
        updated(1, 1, { status: "incomplete_expired" }),
        retyped("invoice.voided", unpaid, { status: "void" }),
      ];
    },
    endings: [{ days: 2, modules: ["whisper closed canceled"] }],
  },
  {
    title: "24 a trial that became a subscription",
    events(setting) {
      const { first, created, updated, paid } = subscriptionOf(setting);
      const trial = {
        status: "trialing",
        trial_end: setting.at(14),
        items: items(setting, first.priceId, 0, 14),
      };
      return [
        created(trial),
        paid(0, 1, { amount_paid: 0 }),
        retyped("customer.subscription.trial_will_end", updated(11, 1, trial)),
        updated(11, 1, { ...trial, metadata: { user_id: setting.userId, note: "soon" } }),
        updated(14, 2, { trial_end: setting.at(14), items: items(setting, first.priceId, 14, 44) }),
        paid(14, 2),
      ];
    },
    endings: [{ days: 15, modules: open(47) }],
  },
  {
    title: "26 a renewal collected within its grace",
    events: (setting) =>
      begun(setting, (it) => [...unpaidRenewal(it), it.paid(33, 2), it.updated(33, 2)]),
    endings: [{ days: 36, modules: open(63) }],
  },
  {
    title: "27 a renewal never collected",
    events: (setting) => begun(setting, unpaidRenewal),
    endings: [
      { days: 33, modules: open(37) },
      { days: 38, modules: ["whisper closed past_due_expired"] },
    ],
  },
  {
    title: "28 a renewal given up",
    events: (setting) =>
      begun(setting, (it) => [...unpaidRenewal(it), it.updated(51, 2, { status: "unpaid" })]),
    endings: [{ days: 59, modules: ["whisper closed unpaid"] }],
  },
  {
    title: "28 a renewal given up, and paid after all",
    events: (setting) =>
      begun(setting, (it) => [
        ...unpaidRenewal(it),
        it.updated(51, 2, { status: "unpaid" }),
        it.paid(60, 2),
        it.updated(60, 3),
      ]),
    endings: [{ days: 61, modules: open(93) }],
  },
  {
    title: "29 a cancellation, undone and done again",
    events: (setting) => begun(setting, ({ updated }) => cancellations(updated)),
    endings: [{ days: 29, modules: open(30) }],
  },
  {
    title: "29 a cancellation, undone, done again, and the end",
    events: (setting) =>
      begun(setting, ({ updated, deleted }) => [...cancellations(updated), deleted(30)]),
    endings: [{ days: 31, modules: ["whisper closed canceled"] }],
  },
  {
    title: "30 a cancellation without an event of its end",
    events: (setting) =>
      begun(setting, ({ updated }) => [updated(5, 1, { cancel_at_period_end: true })]),
    endings: [{ days: 31, modules: ["whisper closed expired"] }],
  },
  {
    title: "31 an end, and a stale update of the same second",
    events: (setting) => begun(setting, ({ updated, deleted }) => [deleted(5), updated(5, 1)]),
    endings: [{ days: 10, modules: ["whisper closed canceled"] }],
  },
  {
    title: "32 collection paused and resumed",
    events: (setting) =>
      begun(setting, ({ updated }) => [
        updated(5, 1, { pause_collection: { behavior: "void" } }),
        updated(6, 1, { pause_collection: null }),
      ]),
    endings: [{ days: 10, modules: open(33) }],
  },
  {
    title: "33 a subscription paused",
    events: (setting) => begun(setting, paused),
    endings: [{ days: 6, modules: ["whisper closed paused"] }],
  },
  {
    title: "33 a subscription paused and resumed",
    events: (setting) =>
      begun(setting, (it) => [
        ...paused(it),
        retyped("customer.subscription.resumed", it.updated(8, 1)),
      ]),
    endings: [{ days: 10, modules: open(33) }],
  },
  {
    title: "34 an upgrade to another module",
    events: (setting) =>
      begun(setting, ({ updated, paid }) => [
        updated(5, 1, { items: items(setting, "price_llama_monthly", 0, 30) }),
        paid(5, 1, { id: newId("in") }),
      ]),
    endings: [{ days: 10, modules: ["llama open until 33 subscription"] }],
  },
];

function cancellations(updated: SubscriptionEvents["updated"]): StripeEvent[] {
  return [true, false, true].map((isAtEnd, turn) =>
    updated(5 + turn, 1, { cancel_at_period_end: isAtEnd })
  );
}

function paused({ updated }: SubscriptionEvents): StripeEvent[] {
  return [retyped("customer.subscription.paused", updated(5, 1, { status: "paused" }))];
}

/** The one item of a subscription, from day to day. */
function items({ at }: Setting, price: string, from: number, to: number) {
  return {
    object: "list",
    data: [{
      id: newId("si"),
      object: "subscription_item",
      quantity: 1,
      price: { id: price, object: "price" },
      current_period_start: at(from),
      current_period_end: at(to),
    }],
  };
}
