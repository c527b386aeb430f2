/**
 * The facts: all that Sesame knows of Stripe's objects, as a small closed union.
 *
 * `translate()` is the only place that reads Stripe's JSON; everything after it (the RPC, the
 * tables of schema `sesame`, the derivation of access) speaks of facts. Field names are the
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
  | DisputeFact
  | InvoiceFact
  | InvoicePaymentFact
  | SubscriptionFact
  | CustomerFact
  | PriceFact;

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
  /** Before discounts, tax and shipping: it changes when the buyer adds something. */
  amount_subtotal: number | null;
  /** Stripe's page offers more than was asked for. */
  has_optional_items: boolean;
  created: number | null;
  user_ref: string | null;
  module_ref: string | null;
  /** On Payment Links it comes from the URL the buyer holds: no proof of who he is. */
  client_reference_id: string | null;
  /** The buyer's address as Stripe has it; never verified. */
  email: string | null;
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
  created: number | null;
  user_ref: string | null;
  module_ref: string | null;
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

/** A Dispute: the whole snapshot, replaced as a whole by a newer one. */
export interface DisputeFact extends Snapshot {
  kind: "dispute";
  id: string;
  charge_id: string | null;
  payment_intent_id: string | null;
  amount: number;
  status:
    | "warning_needs_response"
    | "warning_under_review"
    | "warning_closed"
    | "needs_response"
    | "under_review"
    | "appeal_needs_response"
    | "appeal_under_review"
    | "prevented"
    | "won"
    | "lost"
    | "unknown";
}

/** An Invoice: one-off, or one period of a subscription. */
export interface InvoiceFact {
  kind: "invoice";
  id: string;
  /** An unknown value counts as `open`. */
  status: "draft" | "open" | "uncollectible" | "void" | "paid";
  amount_paid: number;
  /** Negative where its credits are worth more than what it charges. */
  total: number | null;
  /** What credit notes took off it before it was paid. */
  amount_credited: number;
  created: number | null;
  /** When it was paid, as the invoice says it. */
  paid_at: number | null;
  /** Until when it may be paid, where it is sent to the customer. */
  due_at: number | null;
  user_ref: string | null;
  /** The user whom its subscription named when it was finalized. */
  subscription_user_ref: string | null;
  module_ref: string | null;
  customer_id: string | null;
  /** The customer's address, frozen when the invoice was finalized; never verified. */
  email: string | null;
  subscription_id: string | null;
  /** Only on API versions before 2025-03-31. */
  payment_intent_id: string | null;
  /** Only on API versions before 2025-03-31. */
  charge_id: string | null;
  lines: InvoiceLine[];
  /** False where Stripe says that there are more lines than it sent. */
  lines_complete: boolean;
}

/** One line of an invoice. Line ids are left out: they differ between API versions. */
export interface InvoiceLine {
  /** `subscription`: a period or usage of an item. `invoice_item`: added to the invoice by itself. */
  kind: "subscription" | "invoice_item";
  /** The line's own, else the invoice's. */
  subscription_id: string | null;
  subscription_item_id: string | null;
  price_id: string | null;
  period_start: number | null;
  period_end: number | null;
  /** Before discounts; negative: a credit. */
  amount: number;
  /** What its discounts take off `amount`. */
  discount_amount: number;
  /** Negative: a credit, too. */
  quantity: number | null;
  is_proration: boolean;
}

/** An InvoicePayment: which payment pays which invoice, since 2025-03-31 the only word on it. */
export interface InvoicePaymentFact {
  kind: "invoice_payment";
  id: string;
  /** An unknown value counts as `open`. */
  status: "open" | "canceled" | "paid";
  amount_paid: number;
  invoice_id: string | null;
  payment_intent_id: string | null;
  charge_id: string | null;
}

/**
 * What tells the order of two snapshots of the same second, where one replaces the other as a whole.
 */
export interface Snapshot {
  /**
   * As far as the type of the event tells: 0 created, 1 trial_will_end and pending_update_*,
   * 2 updated, paused, resumed and funds_*, 3 closed and deleted. A fetched object has 2.
   */
  type_rank: 0 | 1 | 2 | 3;
  /**
   * Of this fact's own fields, those that `previous_attributes` says were different before, with
   * their former values, translated like the fact itself; `{}` where the event does not say.
   */
  changed_from: Record<string, unknown>;
}

/** A Subscription: the whole snapshot, replaced as a whole by a newer one. */
export interface SubscriptionFact extends Snapshot {
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
  /** `pause_collection` is set: invoices are not collected, the status stays what it is. */
  is_paused: boolean;
  created: number | null;
  customer_id: string | null;
  latest_invoice_id: string | null;
  /** `send_invoice`: the customer is sent invoices and pays them by himself. */
  collection_method: "charge_automatically" | "send_invoice";
  cancel_at: number | null;
  cancel_at_period_end: boolean;
  ended_at: number | null;
  trial_end: number | null;
  user_ref: string | null;
  module_ref: string | null;
  items: SubscriptionItem[];
  /** False where Stripe says that there are more items than it sent. */
  items_complete: boolean;
}

/** One item of a subscription, with its own period. */
export interface SubscriptionItem {
  /** Null only where the subscription is older than items. */
  id: string | null;
  price_id: string;
  quantity: number;
  current_period_start: number | null;
  current_period_end: number | null;
}

/** A Customer: a link from a buyer to a user, where nothing he bought names one. */
export interface CustomerFact extends Snapshot {
  kind: "customer";
  id: string;
  user_ref: string | null;
  /** As Stripe has it; never verified. */
  email: string | null;
  is_deleted: boolean;
}

/** A Price or Plan, where something said how it is paid. */
export interface PriceFact {
  kind: "price";
  id: string;
  /** Paid again and again; false: paid once. */
  is_recurring: boolean;
}
