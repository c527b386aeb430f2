-- Facts of Subscriptions: the newest snapshot as a whole. A snapshot of an ended subscription is final.

create type sesame.subscription_status as enum (
  'incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled',
  'incomplete_expired', 'unknown'
);

create table sesame.subscriptions (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  status sesame.subscription_status not null,
  is_paused boolean not null,
  cancel_at timestamptz,
  cancel_at_period_end boolean not null,
  ended_at timestamptz,
  trial_end timestamptz,
  latest_invoice_id text,
  collection_method text not null,
  items jsonb not null,
  items_complete boolean not null,
  price_ids text[] not null,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  created_at timestamptz,
  customer_id text,
  primary key (id, account, livemode),
  constraint subscriptions_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array'),
  constraint subscriptions_items_is_an_array check (jsonb_typeof(items) = 'array')
)
-- Room for the next version of a row beside it. A renewal then writes no index, as no index names what it changes.
with (fillfactor = 80);

create index subscriptions_customer_id_idx on sesame.subscriptions (customer_id)
  where customer_id is not null;
create index subscriptions_module_ref_idx on sesame.subscriptions (module_ref)
  where module_ref is not null;
create index subscriptions_price_ids_idx on sesame.subscriptions using gin (price_ids);

alter table sesame.subscriptions enable row level security;

comment on table sesame.subscriptions is
  'The newest snapshot of each Subscription. Private: no policy, written by process_stripe_events only.';
comment on column sesame.subscriptions.snapshots is
  'The facts that share the newest stamp: one, or those that tie (sesame.newest_of).';
comment on column sesame.subscriptions.is_settled is
  'False: snapshots tie, and only Stripe can settle it. The choice holds until the object is read again.';
comment on column sesame.subscriptions.is_paused is 'Collection is paused; the status stays active.';
comment on column sesame.subscriptions.items is
  'The set of items: [{id, price_id, quantity, current_period_start, current_period_end}], periods in Unix seconds.';
comment on column sesame.subscriptions.collection_method is
  'send_invoice: its invoices are sent to the customer; charge_automatically: they are charged.';
comment on column sesame.subscriptions.unnamed_at is 'The earliest snapshot without a user_ref.';

create function sesame.merge_subscriptions(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, id text, created bigint,
      customer_id text, user_ref text, module_ref text
    )
  ),
  bindings as (
    select
      livemode, account, id,
      (array_agg(user_ref order by user_ref_at, user_ref))[1] as user_ref,
      min(user_ref_at) as user_ref_at, min(unnamed_at) as unnamed_at,
      (array_agg(module_ref order by module_ref_at, module_ref))[1] as module_ref,
      min(module_ref_at) as module_ref_at,
      min(created_at) as created_at, min(customer_id) as customer_id
    from (
      select
        livemode, account, id,
        user_ref, case when user_ref is not null then said_at end as user_ref_at,
        case when user_ref is null then said_at end as unnamed_at,
        module_ref, case when module_ref is not null then said_at end as module_ref_at,
        to_timestamp(created) as created_at, customer_id
      from said
      union all
      select
        livemode, account, id, user_ref, user_ref_at, unnamed_at, module_ref, module_ref_at, created_at, customer_id
      from sesame.subscriptions
      where id = any (array(select id from said))
    ) as known
    group by livemode, account, id
  ),
  kept as materialized (
    select livemode, account, id, sesame.newest_of(jsonb_agg(snapshot)) as snapshots
    from (
      select
        (fact ->> 'livemode')::boolean as livemode, fact ->> 'account' as account, fact ->> 'id' as id,
        fact || jsonb_build_object('is_final', fact ->> 'status' in ('canceled', 'incomplete_expired')) as snapshot
      from jsonb_array_elements(facts) as fact
      union all
      select livemode, account, id, jsonb_array_elements(snapshots)
      from sesame.subscriptions
      where id = any (array(select id from said))
    ) as known
    group by livemode, account, id
  ),
  newest as materialized (
    select *, sesame.decide_tie(snapshots, enum_range(null::sesame.subscription_status)::text[]) as chosen
    from kept
  )
  insert into sesame.subscriptions as held
  select
    livemode, account, id, newest.snapshots, chosen.is_settled, chosen.status, chosen.is_paused,
    to_timestamp(chosen.cancel_at), chosen.cancel_at_period_end,
    to_timestamp(chosen.ended_at), to_timestamp(chosen.trial_end),
    chosen.latest_invoice_id, coalesce(chosen.collection_method, 'charge_automatically'),
    chosen.items, chosen.items_complete,
    array(
      select distinct item ->> 'price_id' from jsonb_array_elements(chosen.items) as item order by 1
    ),
    bindings.user_ref, bindings.user_ref_at, bindings.unnamed_at, bindings.module_ref, bindings.module_ref_at,
    bindings.created_at, bindings.customer_id
  from newest
  join bindings using (livemode, account, id)
  cross join lateral jsonb_to_record(newest.chosen) as chosen (
    is_settled boolean, status sesame.subscription_status, is_paused boolean,
    cancel_at bigint, cancel_at_period_end boolean, ended_at bigint, trial_end bigint,
    latest_invoice_id text, collection_method text, items jsonb, items_complete boolean
  )
  on conflict (id, account, livemode) do update set
    (livemode, account, id, snapshots, is_settled, status, is_paused, cancel_at, cancel_at_period_end,
     ended_at, trial_end, latest_invoice_id, collection_method, items, items_complete, price_ids, user_ref,
     user_ref_at, unnamed_at, module_ref, module_ref_at, created_at, customer_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
