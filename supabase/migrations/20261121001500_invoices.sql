-- Facts of Invoices: a one-off sale, or one bill of a subscription. Their lines are in invoice_lines.

create type sesame.invoice_status as enum ('draft', 'open', 'uncollectible', 'void', 'paid');

create table sesame.invoices (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.invoice_status not null,
  amount_paid bigint not null,
  amount_credited bigint not null,
  total bigint,
  created_at timestamptz,
  paid_at timestamptz,
  due_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  subscription_user_ref text,
  subscription_user_ref_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  lines_at timestamptz not null,
  lines_status sesame.invoice_status not null,
  lines_complete boolean not null,
  lines_are_fetched boolean not null,
  lines_digest text not null,
  subscription_id text,
  payment_intent_id text,
  charge_id text,
  customer_id text,
  email text,
  primary key (id, account, livemode)
);

create index invoices_subscription_id_idx on sesame.invoices (subscription_id) where subscription_id is not null;
create index invoices_payment_intent_id_idx on sesame.invoices (payment_intent_id)
  where payment_intent_id is not null;
create index invoices_charge_id_idx on sesame.invoices (charge_id) where charge_id is not null;
create index invoices_customer_id_idx on sesame.invoices (customer_id)
  where customer_id is not null;
create index invoices_module_ref_idx on sesame.invoices (module_ref) where module_ref is not null;

alter table sesame.invoices enable row level security;

comment on table sesame.invoices is
  'The facts of each Invoice. Private: no policy, written by process_stripe_events only.';
comment on column sesame.invoices.amount_credited is 'The amount that credit notes took off before the invoice was paid.';
comment on column sesame.invoices.total is
  'From the snapshot that its lines came from, like due_at. Negative where credits exceed the other lines.';
comment on column sesame.invoices.paid_at is
  'When it was paid: the time on the invoice, else that of the earliest event that says paid.';
comment on column sesame.invoices.due_at is 'The due date of an invoice that is sent to the customer.';
comment on column sesame.invoices.user_ref is 'Its own metadata.user_id as first written.';
comment on column sesame.invoices.unnamed_at is 'The earliest snapshot without a user_ref.';
comment on column sesame.invoices.subscription_user_ref is
  'The user that its subscription named when the invoice was finalized.';
comment on column sesame.invoices.lines_at is
  'The stamp of the snapshot whose lines are kept. lines_status, lines_complete and lines_are_fetched describe that '
  'snapshot.';
comment on column sesame.invoices.lines_complete is 'False: Stripe has more lines, and none of them counts yet.';
comment on column sesame.invoices.lines_digest is 'A digest of its lines, so that equal lines are not written again.';
comment on column sesame.invoices.email is
  'The customer''s address on a paid invoice, where it is frozen; tidied, never verified.';
