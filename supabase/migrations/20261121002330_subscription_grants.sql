-- The grants of subscriptions: the status decides, and the period limits.

create view sesame.sold_subscriptions as
select
  subscription.*,
  coalesce(subscription.module_ref, (
    select session.module_ref from sesame.checkout_sessions as session
    where session.subscription_id = subscription.id
      and (session.account, session.livemode) = (subscription.account, subscription.livemode)
    order by session.user_ref_at, session.id
    limit 1
  )) as sold_module_ref
from sesame.subscriptions as subscription;

comment on view sesame.sold_subscriptions is
  'Each subscription with the module that its metadata, or that of the session that sold it, names.';

create view sesame.subscription_grants as
select
  subscription.livemode, subscription.account, subscription.id as source_id, sold.module_id,
  'subscription' as source,
  buyer.user_id,
  why.reason,
  case
    when why.reason <> 'subscription' then why.reason
    when paid.paid_until <= least(period.ends_at, period.grace_ends_at, 'infinity') then paid.block
    when period.grace_ends_at <= coalesce(period.ends_at, 'infinity') then 'past_due_expired'
    else 'expired'
  end::sesame.reason as reason_after,
  case when why.reason = 'subscription' then least(paid.paid_until, period.ends_at, period.grace_ends_at) end as expires_at,
  sold.price_id, sold.access_level, sold.max_usage,
  buyer.waits_for, buyer.by_address,
  null::timestamptz as pass_from, null::interval as pass_duration, null::text as payment_root
from sesame.sold_subscriptions as subscription
join sesame.settings on settings.id
cross join lateral (
  select * from sesame.buyers
  where source = 'subscription'
    and (source_id, account, livemode) = (subscription.id, subscription.account, subscription.livemode)
  offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
) as buyer
cross join lateral sesame.sold_modules(subscription.price_ids, subscription.sold_module_ref) as sold
cross join lateral (
  select one as item, one.price_id, one.quantity, one.period_end
  from sesame.subscription_items as one
  where (subscription_id, account, livemode) = (subscription.id, subscription.account, subscription.livemode)
  offset 0
) as sold_item
cross join lateral (
  select
    case subscription.status
      when 'canceled' then 'canceled'
      when 'incomplete_expired' then 'canceled'
      when 'unpaid' then 'unpaid'
      when 'paused' then 'paused'
      when 'incomplete' then 'pending_payment'
      when 'unknown' then 'unknown_status'
      else case when subscription.is_paused and settings.pause_collection_closes then 'paused' end
    end::sesame.reason as reason
) as closed
-- Evaluated once per row, and only where the status leaves it open.
left join lateral (
  select found.block, found.paid_until, found.is_paid
  from sesame.period_payment(sold_item.item, sold.module_id) as found
  offset 0
) as paid on closed.reason is null
cross join lateral (
  select coalesce(
    closed.reason,
    case when paid.paid_until is null then paid.block end,
    case
      when subscription.collection_method = 'send_invoice' and subscription.status in ('active', 'past_due')
        and not settings.send_invoice_opens_unpaid
        and not paid.is_paid then 'unpaid'
      else 'subscription'
    end::sesame.reason
  ) as reason
) as why
-- Graces are added in UTC, so that the length of a day does not depend on the time zone of the caller.
cross join lateral (
  select
    case
      when subscription.cancel_at is not null then subscription.cancel_at
      when subscription.cancel_at_period_end then sold_item.period_end
      else (
        case when subscription.status = 'trialing' and subscription.trial_end is not null
          then subscription.trial_end else sold_item.period_end
        end at time zone 'utc' + settings.renewal_grace
      ) at time zone 'utc'
    end as ends_at,
    case when subscription.status = 'past_due' and why.reason = 'subscription' then
      (
        sesame.unpaid_since(sold_item.item, case when sold.price_id is not null then sold.module_id end)
          at time zone 'utc' + settings.past_due_grace
      ) at time zone 'utc'
    end as grace_ends_at
  offset 0
) as period
where sold_item.quantity > 0
  and (sold_item.price_id = sold.price_id or sold.price_id is null and sesame.is_unmapped(sold_item.price_id));

comment on view sesame.subscription_grants is
  'One row for each module of each item of each subscription, open or closed, with the reason.';
