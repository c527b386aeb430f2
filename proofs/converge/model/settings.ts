/** The owner's policy: one field for each column of `sesame.settings` (5.15 and the older ones). */

const DAY = 86_400;

/** Named like the columns; graces in seconds. */
export interface Settings {
  full_refund_closes: boolean;
  dispute_closes: boolean;
  inquiry_closes: boolean;
  past_due_grace: number;
  pause_collection_closes: boolean;
  renewal_grace: number;
  refunded_period_closes: boolean;
  client_reference_id_names_buyer: boolean;
  verified_email_claims: boolean;
  send_invoice_opens_unpaid: boolean;
  partial_dispute_closes: boolean;
  passes_stack: boolean;
  refund_closes_from_percent: number;
  /** No act deletes an account, so nothing in the model depends on it. */
  returning_account_inherits: boolean;
}

/** What the tests' database starts with: as installed, save that verified addresses claim. */
export const DEFAULTS: Settings = {
  full_refund_closes: true,
  dispute_closes: true,
  inquiry_closes: false,
  past_due_grace: 7 * DAY,
  pause_collection_closes: false,
  renewal_grace: 3 * DAY,
  refunded_period_closes: true,
  client_reference_id_names_buyer: false,
  verified_email_claims: true,
  send_invoice_opens_unpaid: true,
  partial_dispute_closes: true,
  passes_stack: true,
  refund_closes_from_percent: 100,
  returning_account_inherits: true,
};
