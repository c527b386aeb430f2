-- Facts of Disputes: the newest snapshot. No status is final: a lost dispute may be appealed and won.

create type sesame.dispute_status as enum (
  'warning_needs_response', 'warning_under_review', 'warning_closed',
  'needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review',
  'prevented', 'won', 'lost', 'unknown'
);

create table sesame.disputes (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  status sesame.dispute_status not null,
  amount bigint not null,
  charge_id text,
  payment_intent_id text,
  primary key (id, account, livemode),
  constraint disputes_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array')
);

create index disputes_charge_id_idx on sesame.disputes (charge_id) where charge_id is not null;
create index disputes_payment_intent_id_idx on sesame.disputes (payment_intent_id)
  where payment_intent_id is not null;

alter table sesame.disputes enable row level security;

comment on table sesame.disputes is
  'The newest snapshot of each Dispute. Private: no policy, written by process_stripe_events only.';
comment on column sesame.disputes.snapshots is
  'The facts that share the newest stamp: one, or those that tie (sesame.newest_of).';
comment on column sesame.disputes.is_settled is
  'False: snapshots tie, and only Stripe can settle it. The choice holds until the object is read again.';

create function sesame.merge_disputes(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with known as (
    select
      (fact ->> 'livemode')::boolean as livemode, fact ->> 'account' as account, fact ->> 'id' as id,
      fact || '{"is_final": false}' as snapshot,
      fact ->> 'charge_id' as charge_id, fact ->> 'payment_intent_id' as payment_intent_id
    from jsonb_array_elements(facts) as fact
    union all
    select livemode, account, id, jsonb_array_elements(snapshots), charge_id, payment_intent_id
    from sesame.disputes
    where id = any (array(select fact ->> 'id' from jsonb_array_elements(facts) as fact))
  ),
  kept as materialized (
    select
      livemode, account, id, sesame.newest_of(jsonb_agg(snapshot)) as snapshots,
      min(charge_id) as charge_id, min(payment_intent_id) as payment_intent_id
    from known
    group by livemode, account, id
  ),
  newest as materialized (
    select *, sesame.decide_tie(snapshots, enum_range(null::sesame.dispute_status)::text[]) as chosen
    from kept
  )
  insert into sesame.disputes as held
  select
    livemode, account, id, newest.snapshots, chosen.is_settled, chosen.status, chosen.amount,
    newest.charge_id, newest.payment_intent_id
  from newest
  cross join lateral jsonb_to_record(newest.chosen) as chosen (
    is_settled boolean, status sesame.dispute_status, amount bigint
  )
  on conflict (id, account, livemode) do update set
    (livemode, account, id, snapshots, is_settled, status, amount, charge_id, payment_intent_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
