/** The stories of one-time purchases. */

import {
  chargeRefunded,
  chargeSucceeded,
  checkoutSessionCompleted,
  newId,
  newPurchase,
  paymentIntentSucceeded,
  type Purchase,
  refundCreated,
  refundFailed,
  type StripeEvent,
} from "../../../stripe/events.ts";
import { bare, retyped, type Setting, type Story } from "./story.ts";

const OPEN = ["stable-diffusion open for ever purchase"];
const REFUNDED = ["stable-diffusion closed refunded"];

/** A one-time purchase, its events stamped by the day. */
function purchaseOf({ userId, moduleId, at }: Setting) {
  const purchase = newPurchase({ userId, moduleId });
  const { paymentIntentId, amount } = purchase;
  return {
    purchase,
    session: (fields: Record<string, unknown> = {}, days = 0) =>
      checkoutSessionCompleted(purchase, fields, { created: at(days) }),
    succeeded: (days = 0) => paymentIntentSucceeded(purchase, { created: at(days) }),
    charged: () => chargeSucceeded(purchase, { created: at(0) }),
    payment: (type: string, status: string, days = 0) =>
      retyped(`payment_intent.${type}`, paymentIntentSucceeded(purchase, { created: at(days) }), {
        id: paymentIntentId,
        status,
        amount_received: 0,
      }),
    refund: (share: number, days = 1) =>
      refundCreated(purchase, { amount: Math.round(amount * share) }, { created: at(days) }),
    chargeSays: (share: number, days = 1) =>
      chargeRefunded(purchase, Math.round(amount * share), { created: at(days) }),
  };
}

/** A card payment: three session events, two payment events, one charge event. */
function paidByCard(setting: Setting): { events: StripeEvent[]; purchase: Purchase } {
  const { session, succeeded, charged, purchase } = purchaseOf(setting);
  const events = [session(), session(), session(), succeeded(), succeeded(), charged()];
  return { events, purchase };
}

/** A paid purchase, and the events after it. */
function after(setting: Setting, sequel: (it: ReturnType<typeof purchaseOf>) => StripeEvent[]) {
  const it = purchaseOf(setting);
  return [it.session(), it.succeeded(), it.charged(), ...sequel(it)];
}

export const ONE_TIME: Story[] = [
  {
    title: "1 a card payment with repeated events",
    events: (setting) => paidByCard(setting).events,
    endings: [{ days: 0.1, modules: OPEN }],
  },
  {
    title: "2 a payment that names no one",
    events: (
      setting,
    ) => [retyped("payment_intent.succeeded", purchaseOf(setting).succeeded(), { metadata: {} })],
    endings: [{ days: 0.1, modules: [] }],
  },
  {
    title: "3 a free order",
    events: (setting) => [
      purchaseOf(setting).session({
        payment_status: "no_payment_required",
        payment_intent: null,
        amount_total: 0,
      }),
    ],
    endings: [{ days: 0.1, modules: OPEN }],
  },
  {
    title: "4 a session that only sets up a card",
    events: (setting) => [
      purchaseOf(setting).session({
        mode: "setup",
        payment_status: "no_payment_required",
        payment_intent: null,
      }),
      bare("setup_intent.succeeded", { id: newId("seti"), object: "setup_intent" }, setting.at(0)),
    ],
    endings: [{ days: 0.1, modules: [] }],
  },
  {
    title: "5 an abandoned session",
    events(setting) {
      const { session, payment } = purchaseOf(setting);
      const fields = { status: "expired", payment_status: "unpaid" };
      return [
        retyped("checkout.session.expired", session(fields)),
        payment("canceled", "canceled"),
      ];
    },
    endings: [{ days: 1, modules: [] }],
  },
  {
    title: "6 a debit still under way",
    events(setting) {
      const { session, payment } = purchaseOf(setting);
      return [session({ payment_status: "unpaid" }), payment("processing", "processing")];
    },
    endings: [{ days: 1, modules: ["stable-diffusion closed pending_payment"] }],
  },
  {
    title: "7 a debit that succeeded",
    events(setting) {
      const { session, succeeded } = purchaseOf(setting);
      return [
        retyped("checkout.session.async_payment_succeeded", session({}, 4)),
        succeeded(4),
        session({ payment_status: "unpaid" }),
      ];
    },
    endings: [{ days: 5, modules: OPEN }],
  },
  {
    title: "8 a debit that failed",
    events(setting) {
      const { session, payment } = purchaseOf(setting);
      const unpaid = { payment_status: "unpaid" };
      return [
        session(unpaid),
        payment("payment_failed", "requires_payment_method", 4),
        retyped("checkout.session.async_payment_failed", session(unpaid, 4)),
      ];
    },
    endings: [{ days: 5, modules: ["stable-diffusion closed payment_failed"] }],
  },
  {
    title: "9 a card declined, then accepted in the same second",
    events(setting) {
      const { session, payment, succeeded } = purchaseOf(setting);
      return [payment("payment_failed", "requires_payment_method"), succeeded(), session()];
    },
    endings: [{ days: 0.1, modules: OPEN }],
  },
  {
    title: "10 a payment captured by hand",
    events(setting) {
      const { session, payment, succeeded } = purchaseOf(setting);
      return [
        session({ payment_status: "unpaid" }),
        payment("amount_capturable_updated", "requires_capture"),
        succeeded(1),
      ];
    },
    endings: [{ days: 2, modules: OPEN }],
  },
  {
    title: "11 a part of the money refunded",
    events: (setting) => after(setting, ({ refund, chargeSays }) => [refund(0.4), chargeSays(0.4)]),
    endings: [{ days: 2, modules: OPEN }],
  },
  {
    title: "12 all of the money refunded in two parts",
    events: (setting) =>
      after(setting, ({ refund, chargeSays }) => [
        refund(0.4),
        chargeSays(0.4),
        refund(0.6, 1.5),
        chargeSays(1, 1.5),
      ]),
    endings: [{ days: 2, modules: REFUNDED }],
  },
  {
    title: "13 a refund with nothing but its session",
    events(setting) {
      const { session, refund, chargeSays } = purchaseOf(setting);
      return [refund(1), chargeSays(1), session()];
    },
    endings: [{ days: 2, modules: REFUNDED }],
  },
  {
    title: "14 a refund that the bank sent back",
    events: (setting) =>
      after(setting, ({ purchase, refund, chargeSays }) => {
        const refunded = refund(1);
        const failed = refundFailed(purchase, { id: refunded.data.object.id }, {
          created: setting.at(15),
        });
        return [
          refunded,
          chargeSays(1),
          retyped("refund.updated", failed),
          failed,
          retyped("charge.updated", chargeSays(0, 15)),
        ];
      }),
    endings: [{ days: 20, modules: OPEN }],
  },
  {
    title: "19 two purchases of one module, one of them refunded",
    events: (setting) => [
      ...after(setting, ({ refund, chargeSays }) => [refund(1), chargeSays(1)]),
      ...paidByCard(setting).events,
    ],
    endings: [{ days: 2, modules: OPEN }],
  },
];
