-- Facts of Charges: which payment a refund belongs to, and how much of it Stripe says went back.

create table sesame.charges (
  livemode boolean not null,
  account text not null,
  id text not null,
  amount_captured bigint not null,
  amount_refunded bigint not null,
  payment_intent_id text,
  invoice_id text,
  customer_id text,
  primary key (id, account, livemode)
);

create index charges_payment_intent_id_idx on sesame.charges (payment_intent_id)
  where payment_intent_id is not null;

create index charges_invoice_id_idx on sesame.charges (invoice_id) where invoice_id is not null;

alter table sesame.charges enable row level security;

comment on table sesame.charges is
  'What Stripe said of each Charge. Private: no policy, written by process_stripe_events only.';
comment on column sesame.charges.amount_refunded is
  'The most Stripe ever said; it may shrink when a refund fails, so known refunds explain it first.';

create function sesame.merge_charges(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, id text, amount_captured bigint, amount_refunded bigint,
      payment_intent_id text, invoice_id text, customer_id text
    )
  ),
  known as (
    select * from said
    union all
    select held.* from sesame.charges as held where held.id = any (array(select id from said))
  )
  insert into sesame.charges as held
  select
    livemode, account, id, max(amount_captured), max(amount_refunded),
    min(payment_intent_id), min(invoice_id), min(customer_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (amount_captured, amount_refunded, payment_intent_id, invoice_id, customer_id)
    = (excluded.amount_captured, excluded.amount_refunded, excluded.payment_intent_id,
       excluded.invoice_id, excluded.customer_id)
    where held is distinct from excluded;
end
$$;
