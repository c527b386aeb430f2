/** What each event of Stripe does here, in one line. */

import type Stripe from "stripe";
import type { NEEDED_EVENTS, WELCOME_EVENTS } from "../../stripe/needed_events.ts";

type StripeType = Stripe.Event["type"];

/** The events with an object that gives a fact, as far as the installed version of Stripe's library names them. */
type ReadType = Exclude<
  Extract<
    StripeType,
    | `checkout.session.${string}`
    | `payment_intent.${string}`
    | `charge.${string}`
    | `refund.${string}`
    | `invoice.${string}`
    | `invoice_payment.${string}`
    | `customer.subscription.${string}`
    | `price.${string}`
    | `plan.${string}`
    | `product.${string}`
  >,
  "invoice.upcoming"
>;

export type EventType =
  | typeof NEEDED_EVENTS[number]
  | typeof WELCOME_EVENTS[number]
  | ReadType;

/** An event that is asked for or read, and has no line here, does not compile. */
export const EVENT_WORDS = {
  "checkout.session.completed":
    "Says what was bought, by which user, and whether it is paid. A paid one-time purchase opens its modules. For a " +
    "subscription it names the buyer.",
  "checkout.session.expired": "Ends a session that was not paid. It opens nothing.",
  "checkout.session.async_payment_succeeded":
    "A delayed payment has arrived. The purchase opens its modules.",
  "checkout.session.async_payment_failed":
    "A delayed payment has failed. The purchase opens nothing, with the reason `payment_failed`.",

  "payment_intent.succeeded":
    "Says how much was received. A session of this payment counts as paid. With `user_id` and `module_id` in its " +
    "metadata the payment is a purchase of its own.",
  "payment_intent.canceled": "The payment can no longer arrive. The wait for it ends.",
  "payment_intent.amount_capturable_updated":
    "The amount is authorized and not captured yet, so nothing opens.",
  "payment_intent.created": "Notes the payment and its metadata. It opens nothing.",
  "payment_intent.partially_funded": "Part of the amount has arrived. Nothing opens.",
  "payment_intent.payment_failed": "An attempt has failed. The payment can still succeed.",
  "payment_intent.processing": "The payment is on its way. Nothing opens yet.",
  "payment_intent.requires_action": "The customer has to confirm the payment. Nothing opens yet.",

  "charge.succeeded":
    "Links the charge to its payment. A captured charge without a payment intent and without an invoice is a purchase " +
    "of its own.",
  "charge.captured":
    "An authorized charge is captured. Without a payment intent it is paid from now on.",
  "charge.refunded":
    "Says how much of the charge was refunded. It counts where the refunds themselves did not arrive.",
  "charge.expired": "An authorization has ended without a capture. Nothing opens.",
  "charge.failed": "A charge has failed. Nothing opens.",
  "charge.pending": "A charge is on its way. Nothing opens yet.",
  "charge.updated": "Brings the charge up to date: its amounts, links and metadata.",

  "charge.dispute.created":
    "The customer's bank disputes the charge. What it paid for closes, as the settings say.",
  "charge.dispute.updated": "Brings the dispute up to date. Its status decides, not the event.",
  "charge.dispute.closed":
    "A dispute that was won opens again what it closed. A lost one keeps it closed.",
  "charge.dispute.funds_reinstated": "The money is back. The status of the dispute decides.",
  "charge.dispute.funds_withdrawn": "The money is taken. The status of the dispute decides.",

  "refund.created": "A refund counts as given back, also while it is pending.",
  "refund.updated": "Brings the status and the amount of the refund up to date.",
  "refund.failed": "A failed refund no longer counts as given back: access opens again.",
  "charge.refund.updated": "As `refund.updated`, from older versions of Stripe's API.",

  "invoice.finalized": "Says what is owed, for which lines, since when, and until when it is due.",
  "invoice.paid":
    "The lines of the invoice are paid. They pay for the periods of a subscription. Its one-time lines open their " +
    "modules.",
  "invoice.payment_failed":
    "The invoice is still owed. With the subscription's status it starts `past_due_grace`.",
  "invoice.voided": "The invoice is no longer owed and can no longer be paid.",
  "invoice.payment_succeeded":
    "As `invoice.paid`. Guides for older sites ask for it; Sesame does not need it.",
  "invoice.created": "Notes a draft. It sells nothing.",
  "invoice.deleted": "A draft is deleted. It sells nothing.",
  "invoice.finalization_failed": "The invoice could not be finalized. It sells nothing.",
  "invoice.marked_uncollectible":
    "The invoice is given up. It is still owed, and a later payment still counts.",
  "invoice.overdue": "The invoice is past its due date. Its status and its due date decide.",
  "invoice.overpaid": "More was paid than was owed. Brings the invoice up to date.",
  "invoice.payment_action_required": "The customer has to confirm the payment. It is still owed.",
  "invoice.payment_attempt_required": "The invoice waits for an attempt. It is still owed.",
  "invoice.sent": "The invoice was sent to the customer. It is still owed.",
  "invoice.updated": "Brings the invoice and the set of its lines up to date.",
  "invoice.will_be_due": "The invoice is due soon. It is still owed.",

  "invoice_payment.paid":
    "Says which payment paid which invoice, and how much of it. A refund of the payment so finds its invoice.",

  "customer.created": "Says which user and which address a Stripe customer belongs to.",
  "customer.updated": "Brings the customer's user and address up to date.",
  "customer.deleted": "The customer is deleted at Stripe. What was bought stays open.",

  "customer.subscription.created":
    "A subscription begins. Each of its prices opens its modules while its status allows it.",
  "customer.subscription.updated":
    "Replaces what is known of the subscription: its status, items, periods and end.",
  "customer.subscription.deleted": "The subscription has ended. It opens nothing from now on.",
  "customer.subscription.paused": "The subscription is paused. It opens nothing meanwhile.",
  "customer.subscription.resumed": "The subscription runs again.",
  "customer.subscription.pending_update_applied":
    "A change that waited for its payment takes effect.",
  "customer.subscription.pending_update_expired":
    "A change that waited for its payment is dropped. The subscription stays as it was.",
  "customer.subscription.trial_will_end":
    "A trial ends within days. Brings the subscription up to date.",

  "price.created":
    "Says what a price costs, for `price_list`. Also says whether it recurs: a recurring price never opens anything " +
    "for ever.",
  "price.updated":
    "As `price.created`. An archived price leaves `price_list`. What was sold stays sold.",
  "price.deleted": "The price leaves `price_list`. What was sold stays sold.",
  "product.created": "Says under which name `price_list` shows the prices of a product.",
  "product.updated":
    "As `product.created`. The prices of an archived product leave `price_list`. What was sold stays sold.",
  "product.deleted": "Its prices leave `price_list`. What was sold stays sold.",
  "plan.created": "Says that a price recurs: a plan is the older form of a recurring price.",
  "plan.updated": "As `plan.created`.",
  "plan.deleted": "As `plan.created`. What was sold stays sold.",

  "radar.early_fraud_warning.created":
    "Changes no access. It raises an alert, because a dispute often follows.",
} as const satisfies Record<EventType, string>;
