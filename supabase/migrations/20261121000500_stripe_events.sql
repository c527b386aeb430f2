-- The inbox: every verified event, once, with the body Stripe signed.

create type sesame.event_outcome as enum ('received', 'applied', 'ignored', 'quarantined', 'failed');

create table sesame.stripe_events (
  id text primary key,
  type text not null,
  created timestamptz not null,
  api_version text,
  livemode boolean not null,
  account text not null,
  object_id text,
  outcome sesame.event_outcome not null,
  detail text,
  attempts integer not null default 1,
  received_at timestamptz not null default now(),
  payload text not null,  -- not jsonb, which refuses \u0000 and lone surrogates
  constraint stripe_events_attempts_is_positive check (attempts > 0),
  constraint stripe_events_failure_says_why check (outcome <> 'failed' or detail is not null)
);

-- Compressing a body would cost more than the rest of a delivery. (In create table, this option needs Postgres 16.)
alter table sesame.stripe_events alter column payload set storage external;

-- Only operators ask for the events of any object. A delivery seldom writes to this index: pages are summarized after
-- they are full. Small ranges, because the first one is summarized from the beginning. A B-tree would write a page of
-- its own for nearly each event.
create index stripe_events_object_id_idx on sesame.stripe_events
  using brin (object_id text_bloom_ops) with (autosummarize = on, pages_per_range = 16);
-- What was read from Stripe is asked for by the fold.
create index stripe_events_fetched_idx on sesame.stripe_events (object_id) where type like '%.fetched';
create index stripe_events_unsettled_idx on sesame.stripe_events (received_at)
  where outcome not in ('applied', 'ignored');
-- What retention empties, and nothing else: so a purge reads only that.
create index stripe_events_bodies_idx on sesame.stripe_events (received_at)
  where payload <> '' and outcome in ('applied', 'ignored');

alter table sesame.stripe_events enable row level security;

comment on table sesame.stripe_events is
  'Every verified Stripe event, once by id. Private: no policy, so only process_stripe_events writes it.';
comment on column sesame.stripe_events.created is
  'The time of the event at Stripe, in whole seconds. It is the stamp of the event''s facts.';
comment on column sesame.stripe_events.account is 'The connected account. Empty: the project''s own account.';
comment on column sesame.stripe_events.outcome is
  'received: it is stored, and the next fold applies it. applied: its facts are stored. ignored: it does not concern '
  'access. quarantined: it has the wrong mode or a foreign account. failed: it could not be applied; a redelivery or a '
  'replay tries again.';
comment on column sesame.stripe_events.detail is 'The reason of the outcome: a SQLSTATE or a code, never data.';
comment on column sesame.stripe_events.payload is
  'The body as signed. Large values lie outside the row, uncompressed. Empty: the body is gone, because the event was '
  'settled and keep_bodies is over, or because its user was erased.';
