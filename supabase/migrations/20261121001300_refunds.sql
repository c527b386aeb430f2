-- Facts of Refunds: money on its way back to the customer, unless the refund failed.

-- A refund changes late only from succeeded to failed; a retry is a new refund. So the rank decides.
create type sesame.refund_status as enum (
  'requires_action', 'pending', 'succeeded', 'canceled', 'failed'
);

create table sesame.refunds (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.refund_status not null,
  amount bigint not null,
  charge_id text,
  payment_intent_id text,
  primary key (id, account, livemode)
);

create index refunds_charge_id_idx on sesame.refunds (charge_id) where charge_id is not null;
create index refunds_payment_intent_id_idx on sesame.refunds (payment_intent_id)
  where payment_intent_id is not null;

alter table sesame.refunds enable row level security;

comment on table sesame.refunds is
  'The facts of each Refund. Private: no policy, written by process_stripe_events only.';

create function sesame.merge_refunds(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, id text, status sesame.refund_status, amount bigint,
      charge_id text, payment_intent_id text
    )
  ),
  known as (
    select * from said
    union all
    select held.* from sesame.refunds as held where held.id = any (array(select id from said))
  )
  insert into sesame.refunds as held
  select
    livemode, account, id, max(status), max(amount), min(charge_id), min(payment_intent_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (livemode, account, id, status, amount, charge_id, payment_intent_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
