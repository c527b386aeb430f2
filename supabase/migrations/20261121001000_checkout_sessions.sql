-- Facts of Checkout Sessions: the buyer, the prices, and whether the session is paid.
--
-- All facts merge the same way: the stored row and the new facts are aggregated into one row for
-- each object. An aggregate depends neither on order nor on repetition, so neither does the row.
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
  amount_subtotal bigint,
  has_optional_items boolean not null,
  created_at timestamptz,
  paid_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  client_reference_id text,
  price_ids text[],
  price_ids_at timestamptz,
  price_ids_are_final boolean,
  price_ids_are_fetched boolean,
  price_ids_subtotal bigint,
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
  'The facts of each Checkout Session. Private: no policy, written by process_stripe_events only.';
comment on column sesame.checkout_sessions.amount_subtotal is
  'The amount of the completed session before discounts, tax and shipping.';
comment on column sesame.checkout_sessions.user_ref is
  'metadata.user_id as first written: a later edit in the Dashboard moves no purchase.';
comment on column sesame.checkout_sessions.user_ref_at is 'The earliest snapshot that has user_ref.';
comment on column sesame.checkout_sessions.unnamed_at is 'The earliest snapshot without a user_ref.';
comment on column sesame.checkout_sessions.module_ref is 'metadata.module_id (id or slug) as first written.';
comment on column sesame.checkout_sessions.paid_at is
  'The time of the earliest event with payment_status paid or no_payment_required.';
comment on column sesame.checkout_sessions.email is
  'The address of the buyer of a complete session, tidied; never verified.';
comment on column sesame.checkout_sessions.price_ids is
  'The prices sold, once the line items are known. The newest of several lists counts; lists that tie are united.';
comment on column sesame.checkout_sessions.price_ids_are_final is
  'Whether the list is that of the completed session, to which the buyer can add nothing more.';
comment on column sesame.checkout_sessions.price_ids_subtotal is
  'The amount_subtotal of the snapshot that price_ids came from.';

create function sesame.merge_checkout_sessions(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, is_fetch boolean, id text,
      mode sesame.checkout_mode, status sesame.checkout_status,
      payment_status sesame.checkout_payment_status, async_failed boolean,
      amount_total bigint, amount_subtotal bigint, has_optional_items boolean,
      created bigint, user_ref text, module_ref text,
      client_reference_id text, price_ids text[],
      payment_intent_id text, subscription_id text, invoice_id text, customer_id text, email text
    )
  ),
  known as (
    select
      livemode, account, id, mode, status, payment_status, async_failed, amount_total,
      case when status = 'complete' then amount_subtotal end as amount_subtotal,
      coalesce(has_optional_items, false) as has_optional_items,
      to_timestamp(created) as created_at,
      case when payment_status > 'unpaid' then said_at end as paid_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      case when user_ref is null then said_at end as unnamed_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      client_reference_id, price_ids,
      case when price_ids is not null then said_at end as price_ids_at,
      status = 'complete' as price_ids_are_final, is_fetch as price_ids_are_fetched,
      amount_subtotal as price_ids_subtotal,
      payment_intent_id, subscription_id, invoice_id, customer_id,
      case when status = 'complete' then sesame.tidy_email(email) end as email
    from said
    union all
    select held.*
    from sesame.checkout_sessions as held
    where held.id = any (array(select id from said))
  ),
  ranked as (
    select *, rank() over (
      partition by id, account, livemode
      order by price_ids_at desc nulls last, price_ids_are_final desc, price_ids_are_fetched desc
    ) = 1 and price_ids is not null as is_newest_list
    from known
  ),
  merged as (
    select
      livemode, account, id,
      max(mode) as mode, max(status) as status, max(payment_status) as payment_status,
      bool_or(async_failed) as async_failed, max(amount_total) as amount_total,
      max(amount_subtotal) as amount_subtotal, bool_or(has_optional_items) as has_optional_items,
      min(created_at) as created_at, min(paid_at) as paid_at,
      (array_agg(user_ref order by user_ref_at, user_ref))[1] as user_ref, min(user_ref_at) as user_ref_at,
      min(unnamed_at) as unnamed_at,
      (array_agg(module_ref order by module_ref_at, module_ref))[1] as module_ref,
      min(module_ref_at) as module_ref_at,
      min(client_reference_id) as client_reference_id,
      jsonb_agg(price_ids) filter (where is_newest_list) as price_lists,
      max(price_ids_at) as price_ids_at,
      bool_or(price_ids_are_final) filter (where is_newest_list) as price_ids_are_final,
      bool_or(price_ids_are_fetched) filter (where is_newest_list) as price_ids_are_fetched,
      max(price_ids_subtotal) filter (where is_newest_list) as price_ids_subtotal,
      min(payment_intent_id) as payment_intent_id, min(subscription_id) as subscription_id,
      min(invoice_id) as invoice_id, min(customer_id) as customer_id, min(email) as email
    from ranked
    group by livemode, account, id
  )
  insert into sesame.checkout_sessions as held
  select
    livemode, account, id, mode, status, payment_status, async_failed, amount_total, amount_subtotal,
    has_optional_items, created_at, paid_at, user_ref, user_ref_at, unnamed_at, module_ref, module_ref_at,
    client_reference_id,
    case when price_lists is not null then array(
      select distinct jsonb_array_elements_text(list) from jsonb_array_elements(price_lists) as list order by 1
    ) end,
    price_ids_at, price_ids_are_final, price_ids_are_fetched, price_ids_subtotal,
    payment_intent_id, subscription_id, invoice_id, customer_id, email
  from merged
  on conflict (id, account, livemode) do update set
    (livemode, account, id, mode, status, payment_status, async_failed, amount_total, amount_subtotal,
     has_optional_items, created_at, paid_at, user_ref, user_ref_at, unnamed_at, module_ref, module_ref_at,
     client_reference_id, price_ids, price_ids_at, price_ids_are_final, price_ids_are_fetched,
     price_ids_subtotal, payment_intent_id, subscription_id, invoice_id, customer_id, email)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
