-- Facts of Products: the name under which prices are shown.

create table sesame.products (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  is_active boolean not null,
  name text,
  description text,
  image text,
  primary key (id, account, livemode),
  constraint products_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array')
);

alter table sesame.products enable row level security;

comment on table sesame.products is
  'The newest snapshot of each Product. Private: no policy, written by process_stripe_events only.';
comment on column sesame.products.is_active is 'False: archived or deleted. None of its prices is sold.';
comment on column sesame.products.image is 'The address of its first image.';

create function sesame.merge_products(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with known as (
    select
      (fact ->> 'livemode')::boolean as livemode, fact ->> 'account' as account, fact ->> 'id' as id,
      fact || jsonb_build_object('is_final', fact -> 'is_deleted') as snapshot
    from jsonb_array_elements(facts) as fact
    union all
    select livemode, account, id, snapshot
    from sesame.products
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
  insert into sesame.products as held
  select
    livemode, account, id, newest.snapshots, chosen.is_settled, chosen.is_active, chosen.name, chosen.description,
    chosen.image
  from newest
  cross join lateral jsonb_to_record(newest.chosen) as chosen (
    is_settled boolean, is_active boolean, name text, description text, image text
  )
  on conflict (id, account, livemode) do update set
    (livemode, account, id, snapshots, is_settled, is_active, name, description, image)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
