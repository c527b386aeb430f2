-- The reasons why access is open or closed. The order is the rank: where several reasons close, the first one counts.

create type sesame.reason as enum (
  -- open
  'purchase', 'subscription', 'manual', 'token', 'free',
  -- closed
  'denied', 'disputed', 'refunded', 'canceled', 'unpaid', 'paused', 'payment_failed',
  'past_due_expired', 'expired', 'pending_payment', 'unknown_status', 'revoked'
);

comment on type sesame.reason is
  'Codes of module_access.metadata: the first five open, the others close, the gravest first.';
