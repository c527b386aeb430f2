-- Grants: for each source the modules that it opens or closes. Derived from facts alone, and stored for cheap reads.

create view sesame.derived_grants as
select distinct on (livemode, account, source, source_id, module_id) *
from (
  select * from sesame.purchase_grants
  union all
  select * from sesame.subscription_grants
  union all
  select * from sesame.manual_sources
) as offered
-- Two prices of one source may open one module: an open grant beats a closed one, and a longer one beats a shorter one.
order by
  livemode, account, source, source_id, module_id,
  reason < 'denied' desc, expires_at desc nulls first, reason, reason_after, price_id;

comment on view sesame.derived_grants is 'The rows that sesame.grants must have, as a pure function of the facts.';

create table sesame.grants (
  livemode boolean not null,
  account text not null,
  source_id text not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  source text not null,
  user_id uuid,
  reason sesame.reason not null,
  reason_after sesame.reason not null,
  expires_at timestamptz,
  price_id text,
  access_level text not null,
  max_usage integer,
  waits_for text,
  by_address boolean not null,
  pass_from timestamptz,
  pass_duration interval,
  payment_root text,
  primary key (source_id, module_id, source, account, livemode),
  constraint grants_closed_do_not_expire check (reason < 'denied' or expires_at is null),
  constraint grants_owned_wait_for_nobody check (user_id is null or waits_for is null)
)
with (fillfactor = 90);  -- as in sesame.subscriptions

create index grants_user_id_module_id_idx on sesame.grants (user_id, module_id);
create index grants_module_id_idx on sesame.grants (module_id);
create index grants_price_id_idx on sesame.grants (price_id, module_id) where price_id is not null;
create index grants_waits_for_idx on sesame.grants (waits_for) where waits_for is not null;

alter table sesame.grants enable row level security;

comment on table sesame.grants is
  'One row for each source and module, open or closed. Always equal to sesame.derived_grants. Private: '
  'no policy, written by the fold only.';
comment on column sesame.grants.source_id is
  'The source: a Stripe object (cs_, pi_, in_, sub_), or the id of a manual grant.';
comment on column sesame.grants.user_id is
  'The buyer that the site named, or the user that claimed it; null: not known yet. No foreign key: buyers may sign up '
  'after they paid.';
comment on column sesame.grants.waits_for is 'While the buyer is not known: the buyer''s address at Stripe.';
comment on column sesame.grants.by_address is
  'Only the address at Stripe names the buyer, and anybody may type any address. So the grant may open, and never closes.';
comment on column sesame.grants.pass_from is
  'The payment time of a purchase with an end. sesame.sources adds up such purchases by pass_from, pass_duration and '
  'payment_root.';
comment on column sesame.grants.payment_root is
  'The same for everything that one payment sold, so that it counts once.';
comment on column sesame.grants.reason is 'The reason before expires_at.';
comment on column sesame.grants.reason_after is 'The reason from expires_at on; equal to reason where closed.';
