-- Facts of Prices: whether a price recurs. A price that recurs is never sold once.

create table sesame.prices (
  livemode boolean not null,
  account text not null,
  id text not null,
  is_recurring boolean not null,
  primary key (id, account, livemode)
);

alter table sesame.prices enable row level security;

comment on table sesame.prices is
  'Prices and plans of which it is known whether they recur: from a line, a list, an item of a subscription, or the '
  'price itself. Private: no policy, written by process_stripe_events only.';
comment on column sesame.prices.is_recurring is 'True once any event said so.';

create function sesame.merge_prices(facts jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_changed jsonb;
begin
  with changed as (
    insert into sesame.prices as held
    select livemode, account, id, bool_or(is_recurring)
    from jsonb_to_recordset(facts) as fact (livemode boolean, account text, id text, is_recurring boolean)
    group by livemode, account, id
    on conflict (id, account, livemode) do update set is_recurring = true
      where excluded.is_recurring and not held.is_recurring
    returning id
  )
  select jsonb_build_object('price', jsonb_agg(distinct id)) into v_changed from changed having count(*) > 0;
  return coalesce(v_changed, '{}');
end
$$;

comment on function sesame.merge_prices is 'Answers the prices {price: [id, …]} that changed.';
