-- Every code that explain, examine and alerts can name. diagnosis/codes.ts says what each means and how it is fixed; a
-- test compares the two. Where a code is written as a literal of this type, an unknown one is an error of Postgres. The
-- codes are in alphabetical order, so that sorting by code is sorting by name.

create type sesame.code as enum (
  'access_drifted', 'access_missing', 'access_stale', 'access_unpaid', 'address_claims_off', 'address_differs',
  'belongs_to_another', 'buyer_unknown', 'buyers_differ', 'canceled', 'claim_missed', 'claim_refunded',
  'deliveries_failing', 'denied',
  'dispute_unanswered', 'disputed', 'email_unverified', 'event_failed', 'event_waiting', 'exhausted', 'expired',
  'fetch_pending',
  'fold_pending', 'foreign_account', 'fraud_warning', 'grant_missing', 'grants_stale', 'line_items_unknown', 'module_unknown',
  'no_account', 'no_purchase_known', 'no_such_module', 'not_bought', 'not_delivered', 'nothing_bought',
  'nothing_delivered', 'opens_nothing', 'paid_after_end', 'past_due_expired', 'paused', 'payment_failed',
  'pending_payment', 'policy_missing', 'price_recurs', 'price_unmapped', 'refunded', 'revoked', 'rls_off',
  'subscription_missing', 'token_waits', 'unknown_reference', 'unknown_status', 'unpaid', 'user_unknown',
  'user_unreadable', 'webhook_refused', 'webhook_refused_body', 'webhook_refused_clock',
  'webhook_refused_endpoint', 'webhook_refused_secret', 'webhook_silent', 'wrong_mode'
);

comment on type sesame.code is
  'The codes of the runbook (docs/troubleshooting.md) that the database names. Every word of sesame.reason that closes '
  'access is one of them.';
