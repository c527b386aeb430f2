-- Facts of Refunds: money on its way back, until Stripe says that it did not arrive.

-- Stripe's only late move is succeeded to failed; a retry is a new refund. So the rank decides.
create type billing.refund_status as enum (
  'requires_action', 'pending', 'succeeded', 'canceled', 'failed'
);

create table billing.refunds (
  livemode boolean not null,
  account text not null,
  id text not null,
  status billing.refund_status not null,
  amount bigint not null,
  charge_id text,
  payment_intent_id text,
  primary key (id, account, livemode)
);

create index refunds_charge_id_idx on billing.refunds (charge_id) where charge_id is not null;
create index refunds_payment_intent_id_idx on billing.refunds (payment_intent_id)
  where payment_intent_id is not null;

alter table billing.refunds enable row level security;

comment on table billing.refunds is
  'What Stripe said of each Refund. Private: no policy, written by process_stripe_events only.';

create function billing.merge_refunds(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, id text, status billing.refund_status, amount bigint,
      charge_id text, payment_intent_id text
    )
  ),
  known as (
    select * from said
    union all
    select held.* from billing.refunds as held where held.id = any (array(select id from said))
  )
  insert into billing.refunds as held
  select
    livemode, account, id, max(status), max(amount), min(charge_id), min(payment_intent_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (status, amount, charge_id, payment_intent_id)
    = (excluded.status, excluded.amount, excluded.charge_id, excluded.payment_intent_id)
    where held is distinct from excluded;
end
$$;
