-- :n paid sessions of one price, each of a buyer of its own, or all of one customer's. They wait: no module is mapped to
-- the price. It skips the foreign keys' own checks.

set session_replication_role = replica;

create temporary table sale as
select
  lpad(number::text, 24, '0') as digits,
  md5(':price ' || number)::uuid as user_id,
  case when :is_one_customer then ':price' else ':price' || number end as customer
from generate_series(1, :n) as number;

insert into sesame.checkout_sessions
  (livemode, account, id, mode, status, payment_status, async_failed, amount_total, has_optional_items,
   created_at, paid_at, user_ref, user_ref_at,
   price_ids, price_ids_at, price_ids_are_final, price_ids_are_fetched, payment_intent_id, customer_id)
select
  false, '', 'cs_:price' || digits, 'payment', 'complete', 'paid', false, 2900, false,
  now(), now(), case when not :is_one_customer then user_id end, now(),
  '{:price}', now(), true, true, 'pi_:price' || digits, 'cus_' || customer
from sale;

insert into sesame.payment_intents
  (livemode, account, id, status, amount_received, created_at, paid_at, customer_id)
select false, '', 'pi_:price' || digits, 'succeeded', 2900, now(), now(), 'cus_' || customer
from sale;

insert into sesame.charges (livemode, account, id, amount_captured, amount_refunded, payment_intent_id, customer_id)
select false, '', 'ch_:price' || digits, 2900, 0, 'pi_:price' || digits, 'cus_' || customer
from sale;

drop table sale;
reset session_replication_role;
