-- :rows accesses, every second one bought, the others by subscription: inbox, facts, grants and
-- access as the fold would leave them. It skips the foreign keys' own checks.

set session_replication_role = replica;

create temporary table member as
select
  number,
  md5('member ' || number)::uuid as user_id,
  lpad(number::text, 24, '0') as name,
  number % 2 = 0 as subscribes,
  timestamptz '2026-01-01 00:00:00Z' + number * interval '1 second' as paid_at
from generate_series(1, :rows) as number;

insert into sesame.stripe_events
  (id, type, created, livemode, account, object_id, outcome, payload)
select 'evt_' || kind.prefix || name, kind.type, paid_at, false, '', kind.prefix || name, 'applied', '{}'
from member
join (values
  (false, 'cs_', 'checkout.session.completed'),
  (false, 'pi_', 'payment_intent.succeeded'),
  (true, 'sub_', 'customer.subscription.created'),
  (true, 'in_', 'invoice.paid')
) as kind (subscribes, prefix, type) using (subscribes);

insert into sesame.checkout_sessions
  (livemode, account, id, mode, status, payment_status, async_failed, amount_total, paid_at,
   user_ref, user_ref_at, module_ref, module_ref_at, payment_intent_id, customer_id)
select
  false, '', 'cs_' || name, 'payment', 'complete', 'paid', false, 2900, paid_at,
  user_id, paid_at, 'stable-diffusion', paid_at, 'pi_' || name, 'cus_' || name
from member where not subscribes;

insert into sesame.payment_intents
  (livemode, account, id, status, amount_received, paid_at,
   user_ref, user_ref_at, module_ref, module_ref_at, customer_id)
select
  false, '', 'pi_' || name, 'succeeded', 2900, paid_at,
  user_id, paid_at, 'stable-diffusion', paid_at, 'cus_' || name
from member where not subscribes;

insert into sesame.charges
  (livemode, account, id, amount_captured, amount_refunded, payment_intent_id, customer_id)
select false, '', 'ch_' || name, 2900, 0, 'pi_' || name, 'cus_' || name
from member where not subscribes;

insert into sesame.subscriptions
  (livemode, account, id, snapshots, is_settled, status, is_paused, cancel_at_period_end,
   latest_invoice_id, items, items_complete, price_ids, user_ref, user_ref_at, created_at,
   customer_id)
select
  false, '', 'sub_' || name,
  jsonb_build_array(jsonb_build_object(
    'stamp', extract(epoch from paid_at)::bigint, 'event_id', 'evt_sub_' || name,
    'is_final', false, 'is_fetch', false, 'type_rank', 0, 'status', 'active'
  )),
  true, 'active', false, false, 'in_' || name,
  jsonb_build_array(jsonb_build_object(
    'price_id', 'price_whisper_monthly', 'quantity', 1,
    'current_period_start', extract(epoch from paid_at)::bigint,
    'current_period_end', extract(epoch from paid_at + interval '1000 days')::bigint
  )),
  true, '{price_whisper_monthly}', user_id, paid_at, paid_at, 'cus_' || name
from member where subscribes;

insert into sesame.invoices
  (livemode, account, id, status, amount_paid, created_at, paid_at, lines, lines_at, lines_complete,
   price_ids, subscription_id, customer_id)
select
  false, '', 'in_' || name, 'paid', 900, paid_at, paid_at, '[]', paid_at, true, '{}',
  'sub_' || name, 'cus_' || name
from member where subscribes;

insert into sesame.grants
  (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at,
   price_id, access_level, by_address)
select
  false, '', case when subscribes then 'sub_' else 'cs_' end || name, module.id,
  case when subscribes then 'subscription' else 'checkout_session' end, user_id,
  case when subscribes then 'subscription' else 'purchase' end::sesame.reason, 'expired',
  case when subscribes then paid_at + interval '1000 days' + settings.renewal_grace end,
  case when subscribes then 'price_whisper_monthly' end, 'standard', false
from member
cross join sesame.settings
join public.modules as module
  on module.slug = case when subscribes then 'whisper' else 'stable-diffusion' end;

insert into public.module_access
  (user_id, module_id, access_type, expires_at, is_active, metadata)
select
  user_id, module_id, case when source = 'subscription' then 'subscription' else 'purchase' end,
  expires_at, is_active,
  jsonb_build_object(
    'source', source, 'source_id', source_id, 'reason', reason, 'reason_after', reason_after,
    'access_level', access_level, 'max_usage', max_usage
  )
from sesame.decided_access
where user_id in (select user_id from member);

drop table member;
reset session_replication_role;
vacuum analyze;
