-- Facts of PaymentIntents: whether money came in, and how much.

create type sesame.payment_intent_status as enum (
  'requires_payment_method', 'requires_confirmation', 'requires_action', 'processing',
  'requires_capture', 'canceled', 'succeeded'
);

create table sesame.payment_intents (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.payment_intent_status not null,
  amount_received bigint not null,
  created_at timestamptz,
  paid_at timestamptz,
  processing_at timestamptz,
  unpaid_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  invoice_id text,
  customer_id text,
  primary key (id, account, livemode)
);

create index payment_intents_invoice_id_idx on sesame.payment_intents (invoice_id)
  where invoice_id is not null;
create index payment_intents_customer_id_idx on sesame.payment_intents (customer_id)
  where customer_id is not null;
create index payment_intents_module_ref_idx on sesame.payment_intents (module_ref)
  where module_ref is not null;

alter table sesame.payment_intents enable row level security;

comment on table sesame.payment_intents is
  'The facts of each PaymentIntent. Private: no policy, written by process_stripe_events only.';
comment on column sesame.payment_intents.amount_received is 'In the smallest unit of the currency.';
comment on column sesame.payment_intents.paid_at is 'The earliest event that says succeeded.';
comment on column sesame.payment_intents.processing_at is
  'The newest event that says processing. The payment is processing now if this is not before unpaid_at and the '
  'status is not beyond processing.';
comment on column sesame.payment_intents.unpaid_at is
  'The newest event that says that a payment is still needed, which is so again after a payment failed.';
comment on column sesame.payment_intents.unnamed_at is 'The earliest snapshot without a user_ref.';

create function sesame.merge_payment_intents(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, id text,
      status sesame.payment_intent_status, amount_received bigint, created bigint,
      user_ref text, module_ref text, invoice_id text, customer_id text
    )
  ),
  known as (
    select
      livemode, account, id, status, amount_received, to_timestamp(created) as created_at,
      case when status = 'succeeded' then said_at end as paid_at,
      case when status = 'processing' then said_at end as processing_at,
      case when status < 'processing' then said_at end as unpaid_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      case when user_ref is null then said_at end as unnamed_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      invoice_id, customer_id
    from said
    union all
    select held.*
    from sesame.payment_intents as held
    where held.id = any (array(select id from said))
  )
  insert into sesame.payment_intents as held
  select
    livemode, account, id,
    max(status), max(amount_received), min(created_at), min(paid_at), max(processing_at), max(unpaid_at),
    (array_agg(user_ref order by user_ref_at, user_ref))[1], min(user_ref_at), min(unnamed_at),
    (array_agg(module_ref order by module_ref_at, module_ref))[1], min(module_ref_at),
    min(invoice_id), min(customer_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (livemode, account, id, status, amount_received, created_at, paid_at, processing_at, unpaid_at, user_ref,
     user_ref_at, unnamed_at, module_ref, module_ref_at, invoice_id, customer_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
