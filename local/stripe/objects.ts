/** The objects that the stand-in keeps, with the fields that are read here. */

export type Metadata = Record<string, string>;

interface Base {
  id: string;
  created: number;
  livemode: false;
}

export interface List<Member> {
  object: "list";
  data: Member[];
  has_more: boolean;
  url: string;
}

export interface Customer extends Base {
  object: "customer";
  email: string | null;
  name: string | null;
  /** The payment method for its invoices. */
  invoice_settings: { default_payment_method: string | null };
  metadata: Metadata;
  deleted?: true;
}

export interface Product extends Base {
  object: "product";
  active: boolean;
  name: string;
  description: string | null;
  images: string[];
  metadata: Metadata;
}

export interface Price extends Base {
  object: "price";
  active: boolean;
  type: "one_time" | "recurring";
  unit_amount: number;
  currency: string;
  product: string;
  recurring: { interval: string; interval_count: number; usage_type: string } | null;
  billing_scheme: "per_unit";
  nickname: string | null;
  tax_behavior: string;
  metadata: Metadata;
}

export interface Coupon extends Base {
  object: "coupon";
  name: string | null;
  percent_off: number | null;
  amount_off: number | null;
  /** Of `amount_off`. */
  currency: string | null;
  duration: "forever" | "once" | "repeating";
  duration_in_months: number | null;
  max_redemptions: number | null;
  redeem_by: number | null;
  times_redeemed: number;
  valid: boolean;
  metadata: Metadata;
  deleted?: true;
}

/** The text with which customers redeem a coupon. */
export interface PromotionCode extends Base {
  object: "promotion_code";
  active: boolean;
  code: string;
  /** Null: everybody's. */
  customer: string | null;
  expires_at: number | null;
  max_redemptions: number | null;
  times_redeemed: number;
  promotion: { type: "coupon"; coupon: string };
  restrictions: {
    first_time_transaction: boolean;
    minimum_amount: number | null;
    minimum_amount_currency: string | null;
  };
  metadata: Metadata;
}

/** What a line or a whole session costs: the total is the subtotal less the discount, plus the tax. */
export interface Amounts {
  amount_subtotal: number;
  amount_discount: number;
  amount_tax: number;
  amount_total: number;
}

export interface LineItem extends Amounts {
  id: string;
  object: "item";
  quantity: number;
  price: Price;
}

export interface Session extends Base {
  object: "checkout.session";
  mode: "payment" | "subscription" | "setup";
  status: "open" | "complete" | "expired";
  payment_status: "unpaid" | "paid" | "no_payment_required";
  /** Hosted here, or embedded in a page of the site, which needs the secret. */
  ui_mode: "hosted_page" | "embedded_page";
  url: string | null;
  client_secret: string | null;
  success_url: string | null;
  cancel_url: string | null;
  /** In the place of both for an embedded session. */
  return_url: string | null;
  locale: string | null;
  /** Before discounts and tax. There is no shipping here. */
  amount_subtotal: number;
  amount_total: number;
  total_details: { amount_discount: number; amount_shipping: 0; amount_tax: number };
  allow_promotion_codes: boolean | null;
  discounts: { coupon: string | null; promotion_code: string | null }[];
  automatic_tax: { enabled: boolean; status: "complete" | null };
  tax_id_collection: { enabled: boolean };
  currency: string;
  client_reference_id: string | null;
  customer: string | null;
  customer_email: string | null;
  customer_details: { email: string | null } | null;
  payment_intent: string | null;
  subscription: string | null;
  invoice: string | null;
  expires_at: number;
  metadata: Metadata;
}

export interface PaymentMethod extends Base {
  object: "payment_method";
  type: string;
  customer: string | null;
  billing_details: { email: string | null };
}

export interface PaymentIntent extends Base {
  object: "payment_intent";
  status:
    | "requires_payment_method"
    | "processing"
    | "requires_capture"
    | "succeeded"
    | "canceled";
  /** `manual`: an authorized sum is captured later, by another request. */
  capture_method: "automatic" | "manual";
  amount: number;
  amount_received: number;
  currency: string;
  customer: string | null;
  latest_charge: string | null;
  last_payment_error: { code: string; message: string } | null;
  cancellation_reason: string | null;
  metadata: Metadata;
}

export interface Charge extends Base {
  object: "charge";
  status: "succeeded";
  paid: true;
  captured: boolean;
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  refunded: boolean;
  currency: string;
  customer: string | null;
  payment_intent: string;
  metadata: Metadata;
}

export interface Refund extends Base {
  object: "refund";
  status: "succeeded";
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string;
  reason: string | null;
  metadata: Metadata;
}

/** Made by a test card for disputes, or put into the store by a test. */
export interface Dispute extends Base {
  object: "dispute";
  status:
    | "warning_needs_response"
    | "warning_closed"
    | "needs_response"
    | "under_review"
    | "won"
    | "lost";
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string;
  metadata?: Metadata;
}

export interface SubscriptionItem extends Base {
  object: "subscription_item";
  subscription: string;
  quantity: number;
  price: Price;
  current_period_start: number;
  current_period_end: number;
}

export interface Subscription extends Base {
  object: "subscription";
  status: "incomplete" | "trialing" | "active" | "paused" | "canceled";
  customer: string;
  items: List<SubscriptionItem>;
  latest_invoice: string | null;
  cancel_at: number | null;
  cancel_at_period_end: boolean;
  canceled_at: number | null;
  ended_at: number | null;
  trial_start: number | null;
  trial_end: number | null;
  automatic_tax: { enabled: boolean };
  /** The effect of a trial's end without a payment method. */
  trial_settings: { end_behavior: { missing_payment_method: string } };
  metadata: Metadata;
}

/** An item of the customer's next invoice. */
export interface InvoiceItem extends Base {
  object: "invoiceitem";
  amount: number;
  currency: string;
  customer: string;
  /** Null: no invoice has it yet. */
  invoice: string | null;
  metadata: Metadata;
}

export interface InvoiceLine {
  id: string;
  object: "line_item";
  /** Before discounts and tax. */
  amount: number;
  discount_amounts: { amount: number }[];
  quantity: number;
  period: { start: number; end: number };
  pricing: { type: "price_details"; price_details: { price: string; product: string } } | null;
  parent:
    | {
      type: "subscription_item_details";
      subscription_item_details: {
        subscription: string;
        subscription_item: string;
        proration: boolean;
      };
    }
    | {
      type: "invoice_item_details";
      invoice_item_details: { invoice_item: string; proration: boolean };
    };
}

export interface Invoice extends Base {
  object: "invoice";
  status: "draft" | "open" | "paid" | "void";
  subtotal: number;
  total: number;
  amount_due: number;
  amount_paid: number;
  currency: string;
  customer: string;
  customer_email: string | null;
  /** Null: of no subscription. */
  parent: {
    type: "subscription_details";
    subscription_details: { subscription: string; metadata: Metadata };
  } | null;
  lines: List<InvoiceLine>;
  metadata: Metadata;
}

export interface InvoicePayment extends Base {
  object: "invoice_payment";
  status: "open" | "canceled" | "paid";
  /** Null: not yet. */
  amount_paid: number | null;
  currency: string;
  invoice: string;
  payment: { type: "payment_intent"; payment_intent: string };
}

export interface PortalSession extends Base {
  object: "billing_portal.session";
  customer: string;
  return_url: string | null;
  url: string;
}

export interface WebhookEndpoint extends Base {
  object: "webhook_endpoint";
  url: string;
  status: "enabled" | "disabled";
  enabled_events: string[];
  api_version: string | null;
  description: string | null;
  metadata: Metadata;
}

export interface Event extends Base {
  object: "event";
  type: string;
  api_version: string;
  data: { object: StripeObject; previous_attributes?: Record<string, unknown> };
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
}

/** By the word in `object`. */
export interface Kinds {
  "customer": Customer;
  "product": Product;
  "price": Price;
  "payment_method": PaymentMethod;
  "coupon": Coupon;
  "promotion_code": PromotionCode;
  "checkout.session": Session;
  "payment_intent": PaymentIntent;
  "charge": Charge;
  "refund": Refund;
  "dispute": Dispute;
  "subscription_item": SubscriptionItem;
  "subscription": Subscription;
  "invoiceitem": InvoiceItem;
  "invoice": Invoice;
  "invoice_payment": InvoicePayment;
  "billing_portal.session": PortalSession;
  "webhook_endpoint": WebhookEndpoint;
  "event": Event;
}

export type Kind = keyof Kinds;
export type StripeObject = Kinds[Kind];
