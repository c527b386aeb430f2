-- Facts of Checkout Sessions: who buys what, and whether the session says it is paid.
--
-- All facts merge the same way: what is held and what is said now are aggregated into one row for
-- each object. An aggregate knows no order and does not mind repetition, so neither does the row.
-- The order of an enum's values is their rank.

create type sesame.checkout_mode as enum ('unknown', 'setup', 'payment', 'subscription');
create type sesame.checkout_status as enum ('open', 'expired', 'complete');
create type sesame.checkout_payment_status as enum ('unpaid', 'no_payment_required', 'paid');

create table sesame.checkout_sessions (
  livemode boolean not null,
  account text not null,
  id text not null,
  mode sesame.checkout_mode not null,
  status sesame.checkout_status not null,
  payment_status sesame.checkout_payment_status not null,
  async_failed boolean not null,
  amount_total bigint,
  created_at timestamptz,
  paid_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  client_reference_id text,
  price_ids text[],
  payment_intent_id text,
  subscription_id text,
  invoice_id text,
  customer_id text,
  email text,
  primary key (id, account, livemode)
);

create index checkout_sessions_payment_intent_id_idx on sesame.checkout_sessions (payment_intent_id)
  where payment_intent_id is not null;
create index checkout_sessions_subscription_id_idx on sesame.checkout_sessions (subscription_id)
  where subscription_id is not null;
create index checkout_sessions_invoice_id_idx on sesame.checkout_sessions (invoice_id)
  where invoice_id is not null;
create index checkout_sessions_customer_id_idx on sesame.checkout_sessions (customer_id)
  where customer_id is not null;
create index checkout_sessions_module_ref_idx on sesame.checkout_sessions (module_ref)
  where module_ref is not null;
create index checkout_sessions_price_ids_idx on sesame.checkout_sessions using gin (price_ids)
  where price_ids is not null;

alter table sesame.checkout_sessions enable row level security;

comment on table sesame.checkout_sessions is
  'What Stripe said of each Checkout Session. Private: no policy, written by process_stripe_events only.';
comment on column sesame.checkout_sessions.user_ref is
  'metadata.user_id as first written: a later edit in the Dashboard moves nothing that was sold.';
comment on column sesame.checkout_sessions.module_ref is 'metadata.module_id (id or slug) as first written.';
comment on column sesame.checkout_sessions.paid_at is
  'The earliest event that says paid, or that nothing had to be paid.';
comment on column sesame.checkout_sessions.email is
  'The address of the buyer of a complete session, tidied; never verified.';
comment on column sesame.checkout_sessions.price_ids is 'The prices sold, once the line items are known.';

create function sesame.merge_checkout_sessions(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, id text,
      mode sesame.checkout_mode, status sesame.checkout_status,
      payment_status sesame.checkout_payment_status, async_failed boolean,
      amount_total bigint, created bigint, user_ref text, module_ref text,
      client_reference_id text, price_ids text[],
      payment_intent_id text, subscription_id text, invoice_id text, customer_id text, email text
    )
  ),
  known as (
    select
      livemode, account, id, mode, status, payment_status, async_failed, amount_total,
      to_timestamp(created) as created_at,
      case when payment_status > 'unpaid' then said_at end as paid_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      client_reference_id, price_ids, payment_intent_id, subscription_id, invoice_id, customer_id,
      case when status = 'complete' then sesame.tidy_email(email) end as email
    from said
    union all
    select held.*
    from sesame.checkout_sessions as held
    where held.id = any (array(select id from said))
  )
  insert into sesame.checkout_sessions as held
  select
    livemode, account, id,
    max(mode), max(status), max(payment_status), bool_or(async_failed), max(amount_total),
    min(created_at), min(paid_at),
    (array_agg(user_ref order by user_ref_at, user_ref))[1], min(user_ref_at),
    (array_agg(module_ref order by module_ref_at, module_ref))[1], min(module_ref_at),
    min(client_reference_id), max(price_ids),
    min(payment_intent_id), min(subscription_id), min(invoice_id), min(customer_id), min(email)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (mode, status, payment_status, async_failed, amount_total, created_at, paid_at,
     user_ref, user_ref_at, module_ref, module_ref_at, client_reference_id, price_ids,
     payment_intent_id, subscription_id, invoice_id, customer_id, email)
    = (excluded.mode, excluded.status, excluded.payment_status, excluded.async_failed,
       excluded.amount_total, excluded.created_at, excluded.paid_at,
       excluded.user_ref, excluded.user_ref_at, excluded.module_ref, excluded.module_ref_at,
       excluded.client_reference_id, excluded.price_ids, excluded.payment_intent_id, excluded.subscription_id,
       excluded.invoice_id, excluded.customer_id, excluded.email)
    where held is distinct from excluded;
end
$$;
