-- Facts of Invoices: a one-off sale, or one period of a subscription.

create type sesame.invoice_status as enum ('draft', 'open', 'uncollectible', 'void', 'paid');

create table sesame.invoices (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.invoice_status not null,
  amount_paid bigint not null,
  created_at timestamptz,
  paid_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  lines jsonb not null,
  lines_at timestamptz not null,
  lines_complete boolean not null,
  period_start timestamptz,
  period_end timestamptz,
  price_ids text[] not null,
  subscription_id text,
  payment_intent_id text,
  charge_id text,
  customer_id text,
  email text,
  primary key (id, account, livemode),
  constraint invoices_lines_is_an_array check (jsonb_typeof(lines) = 'array')
);

create index invoices_subscription_id_period_end_idx
  on sesame.invoices (subscription_id, period_end)
  where subscription_id is not null;
create index invoices_payment_intent_id_idx on sesame.invoices (payment_intent_id)
  where payment_intent_id is not null;
create index invoices_charge_id_idx on sesame.invoices (charge_id) where charge_id is not null;
create index invoices_customer_id_idx on sesame.invoices (customer_id)
  where customer_id is not null;
create index invoices_module_ref_idx on sesame.invoices (module_ref) where module_ref is not null;
create index invoices_price_ids_idx on sesame.invoices using gin (price_ids)
  where subscription_id is null;

alter table sesame.invoices enable row level security;

comment on table sesame.invoices is
  'What Stripe said of each Invoice. Private: no policy, written by process_stripe_events only.';
comment on column sesame.invoices.lines is
  'The newest lines: [{price_id, period_start, period_end, proration}], periods in Unix seconds.';
comment on column sesame.invoices.period_start is
  'What the lines cover, prorations apart: from the earliest start to the latest end.';
comment on column sesame.invoices.email is
  'The customer''s address on a paid invoice, where it is frozen; tidied, never verified.';
comment on column sesame.invoices.paid_at is 'The earliest event that says paid.';

create function sesame.merge_invoices(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, id text,
      status sesame.invoice_status, amount_paid bigint, created bigint,
      user_ref text, module_ref text, lines jsonb, lines_complete boolean,
      subscription_id text, payment_intent_id text, charge_id text, customer_id text, email text
    )
  ),
  known as (
    select
      livemode, account, id, status, amount_paid, to_timestamp(created) as created_at,
      case when status = 'paid' then said_at end as paid_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      lines, said_at as lines_at, lines_complete,
      null::timestamptz as period_start, null::timestamptz as period_end, null::text[] as price_ids,
      subscription_id, payment_intent_id, charge_id, customer_id,
      case when status = 'paid' then sesame.tidy_email(email) end as email
    from said
    union all
    select held.*
    from sesame.invoices as held
    where held.id = any (array(select id from said))
  ),
  merged as (
    select
      livemode, account, id, max(status) as status, max(amount_paid) as amount_paid,
      min(created_at) as created_at, min(paid_at) as paid_at,
      (array_agg(user_ref order by user_ref_at, user_ref))[1] as user_ref,
      min(user_ref_at) as user_ref_at,
      (array_agg(module_ref order by module_ref_at, module_ref))[1] as module_ref,
      min(module_ref_at) as module_ref_at,
      -- All the lines beat some of them, newer ones older ones.
      (array_agg(lines order by lines_complete desc, lines_at desc, lines desc))[1] as lines,
      (array_agg(lines_at order by lines_complete desc, lines_at desc))[1] as lines_at,
      bool_or(lines_complete) as lines_complete,
      min(subscription_id) as subscription_id, min(payment_intent_id) as payment_intent_id,
      min(charge_id) as charge_id, min(customer_id) as customer_id, min(email) as email
    from known
    group by livemode, account, id
  )
  insert into sesame.invoices as held
  select
    livemode, account, id, status, amount_paid, created_at, paid_at,
    user_ref, user_ref_at, module_ref, module_ref_at, lines, lines_at, lines_complete,
    to_timestamp(covered.period_start), to_timestamp(covered.period_end), covered.price_ids,
    subscription_id, payment_intent_id, charge_id, customer_id, email
  from merged
  cross join lateral (
    select
      min(line.period_start) filter (where not line.proration) as period_start,
      max(line.period_end) filter (where not line.proration) as period_end,
      coalesce(array_agg(distinct line.price_id) filter (where line.price_id is not null), '{}') as price_ids
    from jsonb_to_recordset(merged.lines)
      as line (price_id text, period_start bigint, period_end bigint, proration boolean)
  ) as covered
  on conflict (id, account, livemode) do update set
    (status, amount_paid, created_at, paid_at, user_ref, user_ref_at, module_ref, module_ref_at,
     lines, lines_at, lines_complete, period_start, period_end, price_ids, subscription_id, payment_intent_id,
     charge_id, customer_id, email)
    = (excluded.status, excluded.amount_paid, excluded.created_at, excluded.paid_at,
       excluded.user_ref, excluded.user_ref_at, excluded.module_ref, excluded.module_ref_at,
       excluded.lines, excluded.lines_at, excluded.lines_complete, excluded.period_start,
       excluded.period_end, excluded.price_ids, excluded.subscription_id,
       excluded.payment_intent_id, excluded.charge_id, excluded.customer_id, excluded.email)
    where held is distinct from excluded;
end
$$;
