/** A module with the member's access, as a row of `my_modules`. */
export interface HeldModule {
  module_id: number;
  slug: string;
  title: string;
  status: "active" | "expired" | "pending" | "closed" | "none";
  expires_at: string | null;
  reason: string | null;
}

/** A price with the modules it opens and their terms. */
export interface MappedPrice {
  price: string;
  modules: {
    module_id: number;
    slug: string;
    title: string;
    access_level: string;
    max_usage: number | null;
    access_duration: string | null;
  }[];
  /** How many of the member's sessions for this price are over. */
  former_sessions: number;
  /** The trial that the member gets; null: none. Release 0.2.0 of the database has no trials. */
  trial_days?: number | null;
  /** The largest quantity of one purchase; release 0.2.0 has none: 1. */
  max_quantity?: number;
}

/** Why it is not sold; null: it may be sold. */
type Reason =
  | "no_such_module"
  | "no_such_price"
  | "not_for_sale"
  | "free"
  | "denied"
  | "already_owned"
  | "payment_pending"
  | "subscription_stalled"
  | null;

/** The row of `sesame_checkout_offer`. */
export interface Offer {
  reason: Reason;
  modules: HeldModule[];
  prices: MappedPrice[];
  /** Objects that must be read from Stripe before a sale. */
  doubts: string[];
  customer_id: string | null;
  former_customers: number;
  /** Whether the payment page has a field for a code. Release 0.2.0 has none of these three. */
  promotion_codes?: boolean;
  automatic_tax?: boolean;
  /** Whether the payment page asks companies for their tax id. */
  tax_ids?: boolean;
}

/** The row of `sesame_checkout_status`. */
export interface SessionStatus {
  status: "paid" | "processing" | "failed" | "expired" | null;
  modules: HeldModule[] | null;
}
