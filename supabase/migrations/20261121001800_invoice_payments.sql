-- Facts of InvoicePayments: since API version 2025-03-31 the only source for which payment pays which invoice.

create type sesame.invoice_payment_status as enum ('open', 'canceled', 'paid');

create table sesame.invoice_payments (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.invoice_payment_status not null,
  amount_paid bigint not null,
  invoice_id text,
  payment_intent_id text,
  charge_id text,
  primary key (id, account, livemode)
);

create index invoice_payments_invoice_id_idx on sesame.invoice_payments (invoice_id)
  where invoice_id is not null;
create index invoice_payments_payment_intent_id_idx on sesame.invoice_payments (payment_intent_id)
  where payment_intent_id is not null;
create index invoice_payments_charge_id_idx on sesame.invoice_payments (charge_id)
  where charge_id is not null;

alter table sesame.invoice_payments enable row level security;

comment on table sesame.invoice_payments is
  'The facts of each InvoicePayment. Private: no policy, written by process_stripe_events only.';

create function sesame.merge_invoice_payments(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, id text, status sesame.invoice_payment_status,
      amount_paid bigint, invoice_id text, payment_intent_id text, charge_id text
    )
  ),
  known as (
    select * from said
    union all
    select held.* from sesame.invoice_payments as held where held.id = any (array(select id from said))
  )
  insert into sesame.invoice_payments as held
  select
    livemode, account, id, max(status), max(amount_paid),
    min(invoice_id), min(payment_intent_id), min(charge_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (livemode, account, id, status, amount_paid, invoice_id, payment_intent_id, charge_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
