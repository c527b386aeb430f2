-- Facts of Prices, 2: what a list of prices shows. They decide no access, and come only from a price's own events and
-- from reading it: a price inside a line may be an old copy.

create table sesame.price_listings (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  is_active boolean not null,
  product_id text,
  nickname text,
  amount bigint,
  varies_by text,
  currency text,
  interval text,
  interval_count bigint,
  tax_behavior text,
  primary key (id, account, livemode),
  constraint price_listings_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array')
);

create index price_listings_product_id_idx on sesame.price_listings (product_id) where product_id is not null;

alter table sesame.price_listings enable row level security;

comment on table sesame.price_listings is
  'The newest snapshot of each Price. Private: no policy, written by process_stripe_events only.';
comment on column sesame.price_listings.is_active is
  'False: archived, deleted, or not known to Stripe under the key that asked.';
comment on column sesame.price_listings.amount is
  'In the smallest unit of the currency; null: not fixed.';
comment on column sesame.price_listings.varies_by is
  'Why the amount is not fixed, in Stripe''s word: tiers, custom_unit_amount, metered, transform_quantity or '
  'unit_amount_decimal.';
comment on column sesame.price_listings.interval is 'day, week, month or year; null: paid once.';

create function sesame.merge_price_listings(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with known as (
    select
      (fact ->> 'livemode')::boolean as livemode, fact ->> 'account' as account, fact ->> 'id' as id,
      fact || jsonb_build_object('is_final', fact -> 'is_deleted') as snapshot
    from jsonb_array_elements(facts) as fact
    union all
    select livemode, account, id, snapshot
    from sesame.price_listings
    cross join lateral jsonb_array_elements(snapshots) as snapshot
    where id = any (array(select fact ->> 'id' from jsonb_array_elements(facts) as fact))
  ),
  newest as materialized (
    select kept.*, sesame.decide_tie(kept.snapshots, '{}') as chosen
    from (
      select livemode, account, id, sesame.newest_of(jsonb_agg(snapshot)) as snapshots
      from known
      group by livemode, account, id
    ) as kept
  )
  insert into sesame.price_listings as held
  select
    livemode, account, id, newest.snapshots, chosen.is_settled, chosen.is_active, chosen.product_id, chosen.nickname,
    chosen.amount, chosen.varies_by, chosen.currency, chosen.interval, chosen.interval_count, chosen.tax_behavior
  from newest
  cross join lateral jsonb_to_record(newest.chosen) as chosen (
    is_settled boolean, is_active boolean, product_id text, nickname text, amount bigint, varies_by text,
    currency text, interval text, interval_count bigint, tax_behavior text
  )
  on conflict (id, account, livemode) do update set
    (livemode, account, id, snapshots, is_settled, is_active, product_id, nickname, amount, varies_by, currency,
     interval, interval_count, tax_behavior)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
