-- Facts of Subscriptions: the newest snapshot as a whole; the end is final.

create type billing.subscription_status as enum (
  'incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled',
  'incomplete_expired', 'unknown'
);

create table billing.subscriptions (
  livemode boolean not null,
  account text not null,
  id text not null,
  said_at timestamptz not null,
  type_rank smallint not null,
  event_id text not null,
  status billing.subscription_status not null,
  cancel_at timestamptz,
  cancel_at_period_end boolean not null,
  ended_at timestamptz,
  trial_end timestamptz,
  latest_invoice_id text,
  items jsonb not null,
  price_ids text[] not null,
  user_ref text,
  user_ref_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  created_at timestamptz,
  customer_id text,
  primary key (id, account, livemode),
  constraint subscriptions_items_is_an_array check (jsonb_typeof(items) = 'array')
);

create index subscriptions_latest_invoice_id_idx on billing.subscriptions (latest_invoice_id)
  where latest_invoice_id is not null;
create index subscriptions_module_ref_idx on billing.subscriptions (module_ref)
  where module_ref is not null;
create index subscriptions_price_ids_idx on billing.subscriptions using gin (price_ids);

alter table billing.subscriptions enable row level security;

comment on table billing.subscriptions is
  'The newest snapshot of each Subscription. Private: no policy, written by process_stripe_events only.';
comment on column billing.subscriptions.said_at is 'The stamp of the snapshot: created of its event, to the second.';
comment on column billing.subscriptions.type_rank is
  'Which snapshot of one second is the later: 0 created, 1 trial_will_end and pending_update_*, 2 updated, 3 deleted.';
comment on column billing.subscriptions.items is
  'The set of items: [{price_id, quantity, current_period_start, current_period_end}], periods in Unix seconds.';

create function billing.merge_subscriptions(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, event_id text, id text,
      status billing.subscription_status, type_rank smallint, created bigint,
      customer_id text, latest_invoice_id text, cancel_at bigint, cancel_at_period_end boolean,
      ended_at bigint, trial_end bigint, user_ref text, module_ref text, items jsonb
    )
  ),
  known as (
    select
      livemode, account, id, said_at, type_rank, event_id, status,
      to_timestamp(cancel_at) as cancel_at, cancel_at_period_end,
      to_timestamp(ended_at) as ended_at, to_timestamp(trial_end) as trial_end,
      latest_invoice_id, items, null::text[] as price_ids,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      to_timestamp(created) as created_at, customer_id
    from said
    union all
    select held.*
    from billing.subscriptions as held
    where held.id = any (array(select id from said))
  ),
  bindings as (
    select
      livemode, account, id,
      (array_agg(user_ref order by user_ref_at, user_ref))[1] as user_ref,
      min(user_ref_at) as user_ref_at,
      (array_agg(module_ref order by module_ref_at, module_ref))[1] as module_ref,
      min(module_ref_at) as module_ref_at,
      min(created_at) as created_at, min(customer_id) as customer_id
    from known
    group by livemode, account, id
  ),
  newest as (
    select distinct on (livemode, account, id) known.*
    from known
    order by
      livemode, account, id,
      status in ('canceled', 'incomplete_expired') desc,
      said_at desc, type_rank desc, status desc, event_id desc
  )
  insert into billing.subscriptions as held
  select
    livemode, account, id, newest.said_at, newest.type_rank, newest.event_id, newest.status,
    newest.cancel_at, newest.cancel_at_period_end, newest.ended_at, newest.trial_end,
    newest.latest_invoice_id, newest.items,
    array(
      select distinct item ->> 'price_id' from jsonb_array_elements(newest.items) as item order by 1
    ),
    bindings.user_ref, bindings.user_ref_at, bindings.module_ref, bindings.module_ref_at,
    bindings.created_at, bindings.customer_id
  from newest
  join bindings using (livemode, account, id)
  on conflict (id, account, livemode) do update set
    (said_at, type_rank, event_id, status, cancel_at, cancel_at_period_end, ended_at, trial_end,
     latest_invoice_id, items, price_ids, user_ref, user_ref_at, module_ref, module_ref_at,
     created_at, customer_id)
    = (excluded.said_at, excluded.type_rank, excluded.event_id, excluded.status,
       excluded.cancel_at, excluded.cancel_at_period_end, excluded.ended_at, excluded.trial_end,
       excluded.latest_invoice_id, excluded.items, excluded.price_ids,
       excluded.user_ref, excluded.user_ref_at, excluded.module_ref, excluded.module_ref_at,
       excluded.created_at, excluded.customer_id)
    where held is distinct from excluded;
end
$$;

revoke execute on function billing.merge_subscriptions(jsonb) from public, anon, authenticated, service_role;
