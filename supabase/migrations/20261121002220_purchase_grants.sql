-- The grants of one-time purchases.

create view sesame.purchase_grants as
select
  purchase.livemode, purchase.account, purchase.source_id, sold.module_id, purchase.source,
  buyer.user_id,
  why.reason,
  case when why.reason = 'purchase' then 'expired' else why.reason end as reason_after,
  case when why.reason = 'purchase' then
    -- In UTC, so that the length of a month does not depend on the time zone of the caller.
    (purchase.paid_at at time zone 'utc' + sold.access_duration) at time zone 'utc'
  end as expires_at,
  sold.price_id, sold.access_level, sold.max_usage,
  buyer.waits_for, buyer.by_address,
  case when why.reason = 'purchase' and sold.access_duration is not null then purchase.paid_at end as pass_from,
  case when why.reason = 'purchase' then sold.access_duration end as pass_duration,
  coalesce((
    select paying.id from unnest(purchase.payment_ids) as paying (id)
    order by left(paying.id, 3) in ('ch_', 'py_'), paying.id
    limit 1
  ), purchase.source_id) as payment_root
from sesame.purchases as purchase
cross join lateral (
  select * from sesame.buyers
  where (source, source_id, account, livemode)
    = (purchase.source, purchase.source_id, purchase.account, purchase.livemode)
  offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
) as buyer
cross join lateral sesame.sold_modules(purchase.price_ids, purchase.module_ref) as sold
cross join lateral (
  select coalesce(
    case when purchase.source = 'invoice'
      then sesame.block_of_invoice(purchase.invoice_id, purchase.account, purchase.livemode)
      else sesame.block_of_payments(
        purchase.payment_ids, purchase.invoice_id, purchase.account, purchase.livemode, purchase.amount)
    end,
    case
      when purchase.paid_at is not null then 'purchase'
      when purchase.has_failed then 'payment_failed'
      else 'pending_payment'
    end::sesame.reason
  ) as reason
  offset 0  -- evaluated once per row, not once for each column that reads it
) as why
-- A price that recurs is never sold once.
where not exists (
  select from sesame.prices as price
  where (price.id, price.account, price.livemode) = (sold.price_id, purchase.account, purchase.livemode)
    and price.is_recurring
  offset 0
);

comment on view sesame.purchase_grants is
  'One row for each module of each one-time sale, open or closed, with the reason. A pass is a purchase with an end. '
  'payment_root is the same for everything that one payment sold.';
