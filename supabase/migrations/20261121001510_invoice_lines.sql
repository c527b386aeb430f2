-- Facts of invoice lines: price, amount, period, and item of the subscription. A line has no id here, because
-- Stripe's ids differ between API versions, and so does the order.

create type sesame.invoice_line_kind as enum ('subscription', 'invoice_item');

create table sesame.invoice_lines (
  livemode boolean not null,
  account text not null,
  invoice_id text not null,
  position integer not null,
  kind sesame.invoice_line_kind not null,
  subscription_id text,
  subscription_item_id text,
  price_id text,
  period_start timestamptz,
  period_end timestamptz,
  amount bigint not null,
  discount_amount bigint not null,
  quantity bigint,
  is_proration boolean not null,
  is_credit boolean not null generated always as (amount < 0 or coalesce(quantity, 0) < 0) stored,
  stands_alone boolean not null generated always as (
    kind = 'invoice_item' and subscription_item_id is null and price_id is not null
    and not is_proration and amount >= 0 and coalesce(quantity, 0) >= 0
  ) stored,
  primary key (invoice_id, position, account, livemode)
);

create index invoice_lines_subscription_id_period_end_idx on sesame.invoice_lines (subscription_id, period_end)
  where subscription_id is not null;
create index invoice_lines_price_id_idx on sesame.invoice_lines (price_id) where price_id is not null;
create index invoice_lines_credits_idx on sesame.invoice_lines (subscription_id, period_end)
  where is_credit and subscription_id is not null;
create index invoice_lines_standing_alone_idx on sesame.invoice_lines (subscription_id)
  where stands_alone and subscription_id is not null;

alter table sesame.invoice_lines enable row level security;

comment on table sesame.invoice_lines is
  'The lines of the newest snapshot of each Invoice. Private: no policy, written by merge_invoices only.';
comment on column sesame.invoice_lines.position is
  'The place of the line in that snapshot, from 1. It does not identify a line.';
comment on column sesame.invoice_lines.subscription_id is
  'The subscription of the line itself, else that of the invoice.';
comment on column sesame.invoice_lines.amount is 'Before discounts, in the smallest unit of the currency.';
comment on column sesame.invoice_lines.is_credit is 'A credit: a negative amount or quantity.';
comment on column sesame.invoice_lines.stands_alone is
  'Billed by itself, for no item of a subscription: a one-time sale, unless its price recurs.';

create view sesame.billed_lines as
select
  line.livemode, line.account, line.invoice_id, line.subscription_id, line.subscription_item_id, line.price_id,
  line.period_start, line.period_end, line.amount - line.discount_amount as cost, line.is_credit,
  line.stands_alone and not coalesce(price.is_recurring, false) as is_sale,
  invoice.status, coalesce(invoice.created_at, '-infinity') as created_at,
  -- Usage is billed when its period is over, and not owed before.
  coalesce(invoice.due_at, case when line.period_end <= invoice.created_at then invoice.created_at end, line.period_start)
    as owed_from
from sesame.invoice_lines as line
-- Look-ups, see docs/decisions/0007_plans_are_fixed.md: a join may read all invoices there are.
cross join lateral (
  select status, created_at, due_at, lines_complete from sesame.invoices
  where (id, account, livemode) = (line.invoice_id, line.account, line.livemode)
  offset 0
) as invoice
left join lateral (
  select is_recurring from sesame.prices
  where line.stands_alone and (id, account, livemode) = (line.price_id, line.account, line.livemode)
  offset 0
) as price on true
where invoice.lines_complete;

comment on view sesame.billed_lines is
  'The lines that count: those of complete lists. A sale is one-time; any other line bills an item of a '
  'subscription. owed_from: the day from which an unpaid one is owed.';
