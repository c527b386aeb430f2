/** The statuses of Stripe's objects, from the lowest rank to the highest. */

export const SESSION_RANKS = ["open", "expired", "complete"] as const;
export const SESSION_PAYMENT_RANKS = ["unpaid", "no_payment_required", "paid"] as const;
export const PAYMENT_RANKS = [
  ...["requires_payment_method", "requires_confirmation", "requires_action", "processing"] as const,
  ...["requires_capture", "canceled", "succeeded"] as const,
] as const;
export const REFUND_RANKS = [
  ...["requires_action", "pending", "succeeded", "canceled", "failed"] as const,
] as const;
export const INVOICE_RANKS = ["draft", "open", "uncollectible", "void", "paid"] as const;
export const INVOICE_PAYMENT_RANKS = ["open", "canceled", "paid"] as const;
export const SUBSCRIPTION_RANKS = [
  ...["incomplete", "trialing", "active", "past_due", "unpaid", "paused"] as const,
  ...["canceled", "incomplete_expired", "unknown"] as const,
] as const;
export const DISPUTE_RANKS = [
  ...["warning_needs_response", "warning_under_review", "warning_closed"] as const,
  ...["needs_response", "under_review", "appeal_needs_response", "appeal_under_review"] as const,
  ...["prevented", "won", "lost", "unknown"] as const,
] as const;
