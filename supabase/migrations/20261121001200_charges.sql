-- Facts of Charges: the payment that a refund belongs to, and the refunded amount as the charge has it. A charge
-- without a payment intent is a payment itself.

create table sesame.charges (
  livemode boolean not null,
  account text not null,
  id text not null,
  amount_captured bigint not null,
  amount_refunded bigint not null,
  created_at timestamptz,
  paid_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  payment_intent_id text,
  invoice_id text,
  customer_id text,
  primary key (id, account, livemode)
);

create index charges_payment_intent_id_idx on sesame.charges (payment_intent_id)
  where payment_intent_id is not null;
create index charges_invoice_id_idx on sesame.charges (invoice_id) where invoice_id is not null;
create index charges_customer_id_idx on sesame.charges (customer_id) where customer_id is not null;
create index charges_module_ref_idx on sesame.charges (module_ref)
  where module_ref is not null and payment_intent_id is null;

alter table sesame.charges enable row level security;

comment on table sesame.charges is
  'The facts of each Charge. Private: no policy, written by process_stripe_events only.';
comment on column sesame.charges.amount_refunded is
  'The largest amount that any event had. It may shrink when a refund fails, so known refunds explain it first.';
comment on column sesame.charges.paid_at is 'The earliest event with a captured amount.';
comment on column sesame.charges.user_ref is 'metadata.user_id as first written.';
comment on column sesame.charges.unnamed_at is 'The earliest snapshot without a user_ref.';

create function sesame.merge_charges(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, id text, amount_captured bigint, amount_refunded bigint,
      created bigint, user_ref text, module_ref text,
      payment_intent_id text, invoice_id text, customer_id text
    )
  ),
  known as (
    select
      livemode, account, id, amount_captured, amount_refunded, to_timestamp(created) as created_at,
      case when amount_captured > 0 then said_at end as paid_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      case when user_ref is null then said_at end as unnamed_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      payment_intent_id, invoice_id, customer_id
    from said
    union all
    select held.* from sesame.charges as held where held.id = any (array(select id from said))
  )
  insert into sesame.charges as held
  select
    livemode, account, id, max(amount_captured), max(amount_refunded), min(created_at), min(paid_at),
    (array_agg(user_ref order by user_ref_at, user_ref))[1], min(user_ref_at), min(unnamed_at),
    (array_agg(module_ref order by module_ref_at, module_ref))[1], min(module_ref_at),
    min(payment_intent_id), min(invoice_id), min(customer_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (livemode, account, id, amount_captured, amount_refunded, created_at, paid_at, user_ref, user_ref_at,
     unnamed_at, module_ref, module_ref_at, payment_intent_id, invoice_id, customer_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
