-- Facts of Customers: they name the buyer where the purchase itself does not.

create table sesame.customers (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  is_deleted boolean not null,
  user_ref text,
  user_ref_at timestamptz,
  email text,
  primary key (id, account, livemode),
  constraint customers_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array')
);

alter table sesame.customers enable row level security;

comment on table sesame.customers is
  'The newest snapshot of each Customer. Private: no policy, written by process_stripe_events only.';
comment on column sesame.customers.user_ref is 'metadata.user_id as it is now.';
comment on column sesame.customers.user_ref_at is 'Since when it has named a user.';
comment on column sesame.customers.email is 'Tidied; never verified.';
comment on column sesame.customers.is_deleted is 'Deleted at Stripe. The customer keeps their purchases.';

create function sesame.merge_customers(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with known as (
    select
      (fact ->> 'livemode')::boolean as livemode, fact ->> 'account' as account, fact ->> 'id' as id,
      -- A deleted customer comes without metadata, so the earlier values stay.
      case when not (fact ->> 'is_deleted')::boolean then fact || '{"is_final": false}' end as snapshot,
      (fact ->> 'is_deleted')::boolean as is_deleted,
      case when fact ->> 'user_ref' is not null then to_timestamp((fact ->> 'stamp')::bigint) end as user_ref_at
    from jsonb_array_elements(facts) as fact
    union all
    select livemode, account, id, snapshot, is_deleted, user_ref_at
    from sesame.customers
    left join lateral jsonb_array_elements(snapshots) as snapshot on true
    where id = any (array(select fact ->> 'id' from jsonb_array_elements(facts) as fact))
  ),
  kept as materialized (
    select
      livemode, account, id, bool_or(is_deleted) as is_deleted, min(user_ref_at) as user_ref_at,
      coalesce(sesame.newest_of(jsonb_agg(snapshot) filter (where snapshot is not null)), '[]') as snapshots
    from known
    group by livemode, account, id
  ),
  newest as materialized (
    select *,
      case when snapshots = '[]' then '{"is_settled": true}'
        else sesame.decide_tie(snapshots, '{}') end as chosen
    from kept
  )
  insert into sesame.customers as held
  select
    livemode, account, id, newest.snapshots, chosen.is_settled, newest.is_deleted,
    chosen.user_ref, newest.user_ref_at, sesame.tidy_email(chosen.email)
  from newest
  cross join lateral jsonb_to_record(newest.chosen) as chosen (is_settled boolean, user_ref text, email text)
  on conflict (id, account, livemode) do update set
    (livemode, account, id, snapshots, is_settled, is_deleted, user_ref, user_ref_at, email)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
