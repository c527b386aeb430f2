/**
 * The owner's policy: one field for each column of `sesame.settings` that decides access. `keep_bodies` and
 * `expiring_notice` are not among them: they decide what is stored and what is told.
 */

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

/** The settings of the tests' database: the defaults, but verified addresses claim. */
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

/** A setting that random lives change. No life deletes an account. */
export type ChangedSetting = Exclude<keyof Settings, "returning_account_inherits">;

/** The values other than the default that random lives try. */
export const OTHER_VALUES: { [Name in ChangedSetting]: Settings[Name][] } = {
  full_refund_closes: [false],
  dispute_closes: [false],
  inquiry_closes: [true],
  pause_collection_closes: [true],
  refunded_period_closes: [false],
  client_reference_id_names_buyer: [true],
  verified_email_claims: [false],
  send_invoice_opens_unpaid: [false],
  partial_dispute_closes: [false],
  passes_stack: [false],
  refund_closes_from_percent: [1, 34, 50],
  past_due_grace: [0, 14 * DAY],
  renewal_grace: [0, 10 * DAY],
};
