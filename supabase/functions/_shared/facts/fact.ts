/**
 * The facts: all that Sesame knows of Stripe's objects, as a small closed union.
 *
 * `translate()` is the only place that reads Stripe's JSON; everything after it (the RPC, the
 * tables of schema `billing`, the derivation of access) speaks of facts. Field names are the
 * column names of the table a fact merges into. Amounts are in the currency's smallest unit,
 * times are Unix seconds, `null` means "this event does not say".
 *
 * `user_ref` and `module_ref` are what the site wrote in the object's own `metadata.user_id` and
 * `metadata.module_id`, unresolved: Postgres decides whether they name anybody or anything.
 *
 * @module
 */

/** Any of the facts; `kind` names the table (in the singular) that it merges into. */
export type Fact =
  | CheckoutSessionFact
  | PaymentIntentFact
  | ChargeFact
  | RefundFact
  | InvoiceFact
  | SubscriptionFact;

/** A Checkout Session: who buys which module, and whether it is paid. */
export interface CheckoutSessionFact {
  kind: "checkout_session";
  id: string;
  mode: "payment" | "subscription" | "setup" | "unknown";
  /** An unknown value counts as `open`. */
  status: "open" | "expired" | "complete";
  /** An unknown value counts as `unpaid`: nothing opens on a word we do not know. */
  payment_status: "unpaid" | "no_payment_required" | "paid";
  /** True when a delayed payment method reported failure. */
  async_failed: boolean;
  amount_total: number | null;
  created: number | null;
  user_ref: string | null;
  module_ref: string | null;
  payment_intent_id: string | null;
  subscription_id: string | null;
  invoice_id: string | null;
  customer_id: string | null;
  /** What was sold, where the line items are expanded in the payload; else null. */
  price_ids: string[] | null;
}

/** A PaymentIntent: whether money came in, and how much. */
export interface PaymentIntentFact {
  kind: "payment_intent";
  id: string;
  /** An unknown value counts as `processing`. */
  status:
    | "requires_payment_method"
    | "requires_confirmation"
    | "requires_action"
    | "processing"
    | "requires_capture"
    | "canceled"
    | "succeeded";
  amount_received: number;
  created: number | null;
  user_ref: string | null;
  module_ref: string | null;
  customer_id: string | null;
  /** Only on API versions before 2025-03-31. */
  invoice_id: string | null;
}

/** A Charge: the link from a refund to its payment, and how much of it went back. */
export interface ChargeFact {
  kind: "charge";
  id: string;
  payment_intent_id: string | null;
  /** Only on API versions before 2025-03-31. */
  invoice_id: string | null;
  customer_id: string | null;
  amount_captured: number;
  amount_refunded: number;
}

/** A Refund. */
export interface RefundFact {
  kind: "refund";
  id: string;
  charge_id: string | null;
  payment_intent_id: string | null;
  amount: number;
  /** An unknown value counts as `pending`: the money may be on its way back. */
  status: "requires_action" | "pending" | "succeeded" | "canceled" | "failed";
}

/** An Invoice: one-off, or one period of a subscription. */
export interface InvoiceFact {
  kind: "invoice";
  id: string;
  /** An unknown value counts as `open`. */
  status: "draft" | "open" | "uncollectible" | "void" | "paid";
  amount_paid: number;
  created: number | null;
  user_ref: string | null;
  module_ref: string | null;
  customer_id: string | null;
  subscription_id: string | null;
  /** Only on API versions before 2025-03-31. */
  payment_intent_id: string | null;
  /** Only on API versions before 2025-03-31. */
  charge_id: string | null;
  lines: InvoiceLine[];
}

/** One line of an invoice. */
export interface InvoiceLine {
  price_id: string | null;
  period_start: number | null;
  period_end: number | null;
  proration: boolean;
}

/** A Subscription: the whole snapshot, replaced as a whole by a newer one. */
export interface SubscriptionFact {
  kind: "subscription";
  id: string;
  status:
    | "incomplete"
    | "trialing"
    | "active"
    | "past_due"
    | "unpaid"
    | "paused"
    | "canceled"
    | "incomplete_expired"
    | "unknown";
  /**
   * Which of two snapshots of the same second is the later one, as far as the type of the event
   * tells: 0 created, 1 trial_will_end and pending_update_*, 2 updated, paused and resumed,
   * 3 deleted.
   */
  type_rank: 0 | 1 | 2 | 3;
  created: number | null;
  customer_id: string | null;
  latest_invoice_id: string | null;
  cancel_at: number | null;
  cancel_at_period_end: boolean;
  ended_at: number | null;
  trial_end: number | null;
  user_ref: string | null;
  module_ref: string | null;
  items: SubscriptionItem[];
}

/** One item of a subscription, with its own period. */
export interface SubscriptionItem {
  price_id: string;
  quantity: number;
  current_period_start: number | null;
  current_period_end: number | null;
}
