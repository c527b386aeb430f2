-- :rows members with one access each, every second one bought, the others by subscription: accounts, inbox,
-- facts, grants, access and its log as the fold would leave them. Every twentieth purchase is refunded, and
-- every fifth member holds a token as well. It skips the foreign keys' own checks.

set session_replication_role = replica;

create temporary table member as
select
  number,
  md5('member ' || number)::uuid as user_id,
  -- As Stripe's ids: the time, the account, and something random. The last part hardly compresses.
  lpad(number::text, 9, '0') || 'accounts' || left(md5('id ' || number), 7) as digits,
  number % 2 = 0 as subscribes,
  number % 20 = 1 as is_refunded,
  number % 10 <= 1 as has_token,
  'member' || lpad(number::text, 24, '0') || '@example.com' as address,
  timestamptz '2026-01-01 00:00:00Z' + number * interval '1 second' as paid_at
from generate_series(1, :rows) as number;

insert into auth.users (id, aud, role, email, email_confirmed_at)
select user_id, 'authenticated', 'authenticated', address, paid_at from member;

insert into sesame.stripe_events
  (id, type, created, livemode, account, object_id, outcome, payload)
select 'evt_' || kind.prefix || digits, kind.type, paid_at, false, '', kind.prefix || digits, 'applied', '{}'
from member
join (values
  (false, 'cs_', 'checkout.session.completed'),
  (false, 'pi_', 'payment_intent.succeeded'),
  (true, 'sub_', 'customer.subscription.created'),
  (true, 'in_', 'invoice.paid')
) as kind (subscribes, prefix, type) using (subscribes);

insert into sesame.checkout_sessions
  (livemode, account, id, mode, status, payment_status, async_failed, amount_total, amount_subtotal,
   has_optional_items, created_at, paid_at, user_ref, user_ref_at, module_ref, module_ref_at, client_reference_id,
   price_ids, price_ids_at, price_ids_are_final, price_ids_are_fetched, payment_intent_id, customer_id, email)
select
  false, '', 'cs_' || digits, 'payment', 'complete', 'paid', false, 2900, 2900,
  false, paid_at, paid_at, user_id, paid_at, 'stable-diffusion', paid_at, user_id,
  '{}', paid_at, true, true, 'pi_' || digits, 'cus_' || digits, address
from member where not subscribes;

insert into sesame.payment_intents
  (livemode, account, id, status, amount_received, created_at, paid_at,
   user_ref, user_ref_at, module_ref, module_ref_at, customer_id)
select
  false, '', 'pi_' || digits, 'succeeded', 2900, paid_at, paid_at,
  user_id, paid_at, 'stable-diffusion', paid_at, 'cus_' || digits
from member where not subscribes;

insert into sesame.charges
  (livemode, account, id, amount_captured, amount_refunded, created_at, paid_at,
   user_ref, user_ref_at, module_ref, module_ref_at, payment_intent_id, customer_id)
select
  false, '', 'ch_' || digits, 2900, case when is_refunded then 2900 else 0 end, paid_at, paid_at,
  user_id, paid_at, 'stable-diffusion', paid_at, 'pi_' || digits, 'cus_' || digits
from member where not subscribes;

insert into sesame.refunds (livemode, account, id, status, amount, charge_id, payment_intent_id)
select false, '', 're_' || digits, 'succeeded', 2900, 'ch_' || digits, 'pi_' || digits
from member where is_refunded;

-- A snapshot is the whole fact of an event.
insert into sesame.subscriptions
  (livemode, account, id, snapshots, is_settled, status, is_paused, cancel_at_period_end,
   latest_invoice_id, collection_method, items, items_complete, price_ids, user_ref, user_ref_at, created_at,
   customer_id)
select
  false, '', 'sub_' || digits,
  jsonb_build_array(jsonb_build_object(
    'kind', 'subscription', 'id', 'sub_' || digits, 'livemode', false, 'account', '',
    'stamp', stamp, 'event_id', 'evt_sub_' || digits, 'created', stamp,
    'is_final', false, 'is_fetch', false, 'type_rank', 0, 'changed_from', jsonb_build_object(),
    'status', 'active', 'is_paused', false, 'cancel_at', null, 'cancel_at_period_end', false,
    'ended_at', null, 'trial_end', null, 'latest_invoice_id', 'in_' || digits,
    'collection_method', 'charge_automatically', 'items', items, 'items_complete', true,
    'user_ref', user_id, 'module_ref', null, 'customer_id', 'cus_' || digits
  )),
  true, 'active', false, false, 'in_' || digits, 'charge_automatically', items,
  true, '{price_whisper_monthly}', user_id, paid_at, paid_at, 'cus_' || digits
from member
cross join lateral (select extract(epoch from paid_at)::bigint as stamp) as paid
cross join lateral (
  select jsonb_build_array(jsonb_build_object(
    'id', 'si_' || digits, 'price_id', 'price_whisper_monthly', 'quantity', 1,
    'current_period_start', stamp,
    'current_period_end', extract(epoch from paid_at + interval '1000 days')::bigint
  )) as items
) as billed
where subscribes;

insert into sesame.prices (livemode, account, id, is_recurring)
select false, '', 'price_whisper_monthly', true from member limit 1;

insert into sesame.invoices
  (livemode, account, id, status, amount_paid, amount_credited, total, created_at, paid_at,
   unnamed_at, subscription_user_ref, subscription_user_ref_at,
   lines_at, lines_status, lines_complete, lines_are_fetched, lines_digest, subscription_id, customer_id, email)
select
  false, '', 'in_' || digits, 'paid', 900, 0, 900, paid_at, paid_at,
  paid_at, user_id, paid_at,
  paid_at, 'paid', true, false, md5(digits), 'sub_' || digits, 'cus_' || digits, address
from member where subscribes;

insert into sesame.invoice_lines
  (livemode, account, invoice_id, position, kind, subscription_id, subscription_item_id, price_id,
   period_start, period_end, amount, discount_amount, quantity, is_proration)
select
  false, '', 'in_' || digits, 1, 'subscription', 'sub_' || digits, 'si_' || digits, 'price_whisper_monthly',
  paid_at, paid_at + interval '1000 days', 900, 0, 1, false
from member where subscribes;

insert into public.access_tokens (id, created_by, module_id, payment_id, blocked_by)
select
  md5('token ' || number)::uuid, user_id, module.id, case when not subscribes then 'pi_' || digits end,
  case when is_refunded then 'refunded' end
from member
join public.modules as module
  on module.slug = case when subscribes then 'whisper' else 'stable-diffusion' end
where has_token;

insert into sesame.grants
  (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at,
   price_id, access_level, by_address, payment_root)
select
  false, '', case when subscribes then 'sub_' else 'cs_' end || digits, module.id,
  case when subscribes then 'subscription' else 'checkout_session' end, user_id,
  why.reason::sesame.reason, case when is_refunded then 'refunded' else 'expired' end::sesame.reason,
  case when subscribes then paid_at + interval '1000 days' + settings.renewal_grace end,
  case when subscribes then 'price_whisper_monthly' end, 'standard', false,
  case when not subscribes then 'pi_' || digits end
from member
cross join sesame.settings
cross join lateral (
  select case when subscribes then 'subscription' when is_refunded then 'refunded' else 'purchase' end as reason
) as why
join public.modules as module
  on module.slug = case when subscribes then 'whisper' else 'stable-diffusion' end;

set work_mem = '256MB';
select sesame.project_access(array(select user_id from member));
reset work_mem;

drop table member;
reset session_replication_role;
