-- What a one-time purchase opens.

create view sesame.purchase_grants as
select
  purchase.livemode, purchase.account, purchase.source_id, sold.module_id, purchase.source,
  buyer.user_id,
  why.reason,
  case when why.reason = 'purchase' then 'expired' else why.reason end as reason_after,
  case when why.reason = 'purchase' then
    -- In UTC, so that the length of a month does not depend on who asks.
    (purchase.paid_at at time zone 'utc' + sold.access_duration) at time zone 'utc'
  end as expires_at,
  sold.price_id, sold.access_level, sold.max_usage,
  buyer.waits_for, buyer.by_address
from sesame.purchases as purchase
cross join lateral sesame.find_buyer(
  purchase.names, purchase.named_at, purchase.object_ids, purchase.email, purchase.account, purchase.livemode
) as buyer
cross join lateral sesame.sold_modules(purchase.price_ids, purchase.module_ref) as sold
cross join lateral (
  select coalesce(
    sesame.payment_block(
      purchase.payment_intent_ids, purchase.charge_ids, purchase.account, purchase.livemode,
      purchase.amount
    ),
    case
      when purchase.paid_at is not null then 'purchase'
      when purchase.has_failed then 'payment_failed'
      else 'pending_payment'
    end::sesame.reason
  ) as reason
  offset 0  -- asked once a row, not once for each column that reads it
) as why;

comment on view sesame.purchase_grants is
  'One row for each module of each one-time sale, open or closed, with the reason.';
