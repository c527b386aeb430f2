-- Grants: what every source opens or closes. Derived from facts alone, and kept so that reading is cheap.

create view billing.derived_grants as
select distinct on (livemode, account, source, source_id, module_id) *
from (
  select * from billing.purchase_grants
  union all
  select * from billing.subscription_grants
  union all
  select * from billing.manual_sources
) as offered
-- Two prices of one source may open one module: open beats closed, the longer the shorter.
order by
  livemode, account, source, source_id, module_id,
  reason < 'denied' desc, expires_at desc nulls first, reason, price_id;

comment on view billing.derived_grants is
  'What billing.grants must hold, as a pure function of the facts.';

create table billing.grants (
  livemode boolean not null,
  account text not null,
  source_id text not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  source text not null,
  user_id uuid,
  reason billing.reason not null,
  reason_after billing.reason not null,
  expires_at timestamptz,
  price_id text,
  access_level text not null,
  max_usage integer,
  waits_for text,
  primary key (source_id, module_id, source, account, livemode),
  constraint grants_closed_do_not_expire check (reason < 'denied' or expires_at is null),
  constraint grants_owned_wait_for_nobody check (user_id is null or waits_for is null)
);

create index grants_user_id_module_id_idx on billing.grants (user_id, module_id);
create index grants_module_id_idx on billing.grants (module_id);
create index grants_price_id_idx on billing.grants (price_id, module_id) where price_id is not null;
create index grants_waits_for_idx on billing.grants (waits_for) where waits_for is not null;

alter table billing.grants enable row level security;

comment on table billing.grants is
  'One row for each source and module, open or closed. Always equal to billing.derived_grants. Private: '
  'no policy, written by the fold only.';
comment on column billing.grants.source_id is 'What decides: a Stripe object (cs_, pi_, in_, sub_), or the id of a manual grant.';
comment on column billing.grants.user_id is
  'The buyer as the site named him, or who claimed it; null: not known yet. No foreign key: he may sign up '
  'after he paid.';
comment on column billing.grants.waits_for is
  'While the buyer is not known: the address that Stripe has of him.';
comment on column billing.grants.reason is 'Before expires_at.';
comment on column billing.grants.reason_after is 'From expires_at on; equal to reason where closed.';
