-- What a subscription opens, and until when: status decides, the period bounds.

create view sesame.subscription_grants as
select
  subscription.livemode, subscription.account, subscription.id as source_id, sold.module_id,
  'subscription' as source,
  buyer.user_id,
  why.reason,
  case
    when why.reason <> 'subscription' then why.reason
    when period.grace_ends_at <= coalesce(period.ends_at, 'infinity') then 'past_due_expired'
    else 'expired'
  end::sesame.reason as reason_after,
  case when why.reason = 'subscription' then least(period.ends_at, period.grace_ends_at) end as expires_at,
  sold.price_id, sold.access_level, sold.max_usage,
  buyer.waits_for, buyer.by_address
from sesame.subscriptions as subscription
join sesame.settings on settings.id
left join lateral (
  select created_at, email from sesame.invoices
  where (id, account, livemode) = (subscription.latest_invoice_id, subscription.account, subscription.livemode)
  offset 0
) as latest_invoice on true
left join lateral (
  select user_ref, user_ref_at from sesame.invoices
  where subscription_id = subscription.id and user_ref is not null
    and (account, livemode) = (subscription.account, subscription.livemode)
  order by user_ref_at, id
  limit 1
) as invoice on true
left join lateral (
  select user_ref, user_ref_at, email from sesame.customers
  where (id, account, livemode) = (subscription.customer_id, subscription.account, subscription.livemode)
  offset 0
) as customer on true
-- The session that sold it knows the buyer best; where several did, the first.
left join lateral (
  select
    session.user_ref, session.user_ref_at, session.module_ref, session.client_reference_id, session.created_at,
    session.email
  from sesame.checkout_sessions as session
  where session.subscription_id = subscription.id
    and (session.account, session.livemode) = (subscription.account, subscription.livemode)
  order by session.user_ref_at, session.id
  limit 1
) as session on true
cross join lateral sesame.find_buyer(
  array[
    session.user_ref, subscription.user_ref, invoice.user_ref, customer.user_ref,
    case when settings.client_reference_id_names_buyer then session.client_reference_id end
  ],
  array[
    session.user_ref_at, subscription.user_ref_at, invoice.user_ref_at, customer.user_ref_at, session.created_at
  ],
  array[subscription.id], coalesce(session.email, customer.email, latest_invoice.email),
  subscription.account, subscription.livemode
) as buyer
cross join lateral sesame.sold_modules(
  subscription.price_ids, coalesce(subscription.module_ref, session.module_ref)
) as sold
join lateral jsonb_to_recordset(subscription.items)
  as item (price_id text, quantity bigint, current_period_start bigint, current_period_end bigint)
  on item.quantity > 0 and (item.price_id = sold.price_id or sold.price_id is null)
cross join lateral (
  select coalesce(
    case when subscription.status in ('active', 'trialing', 'past_due') then coalesce(
      case when subscription.is_paused and settings.pause_collection_closes then 'paused'::sesame.reason end,
      sesame.period_block(
        subscription.id, subscription.account, subscription.livemode, to_timestamp(item.current_period_start)
      )
    ) end,
    case subscription.status
      when 'active' then 'subscription'
      when 'trialing' then 'subscription'
      when 'past_due' then 'subscription'
      when 'canceled' then 'canceled'
      when 'incomplete_expired' then 'canceled'
      when 'unpaid' then 'unpaid'
      when 'paused' then 'paused'
      when 'incomplete' then 'pending_payment'
      else 'unknown_status'
    end::sesame.reason
  ) as reason
  offset 0  -- asked once a row, not once for each column that reads it
) as why
-- Graces are added in UTC, so that the length of a day does not depend on who asks.
cross join lateral (
  select
    case
      when subscription.cancel_at is not null then subscription.cancel_at
      when subscription.cancel_at_period_end then to_timestamp(item.current_period_end)
      else (
        case when subscription.status = 'trialing' and subscription.trial_end is not null
          then subscription.trial_end else to_timestamp(item.current_period_end)
        end at time zone 'utc' + settings.renewal_grace
      ) at time zone 'utc'
    end as ends_at,
    case when subscription.status = 'past_due' then
      (
        greatest(to_timestamp(item.current_period_start), latest_invoice.created_at) at time zone 'utc'
        + settings.past_due_grace
      ) at time zone 'utc'
    end as grace_ends_at
) as period;

comment on view sesame.subscription_grants is
  'One row for each module of each item of each subscription, open or closed, with the reason.';
