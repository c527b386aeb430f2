-- Explain answers why a module is not open: each way the chain can break, and its first broken link.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(55);

-- The users of this file, each with an account.
create or replace function pg_temp.user_id(persona text) returns uuid
language sql immutable as $$
  select case persona
    when 'ada' then 'ada00000-0000-4000-8000-000000000001'
    when 'bob' then 'b0b00000-0000-4000-8000-000000000002'
    else ('00000000-0000-4000-8000-' || lpad(array_position(
      array['cleo', 'dina', 'emil', 'fay', 'gina', 'hugo', 'ida', 'jan', 'kim', 'leo', 'mia', 'nia', 'otto', 'pia'], persona
    )::text, 12, '0'))
  end::uuid
$$;
insert into auth.users (id, aud, role, email, email_confirmed_at)
select pg_temp.user_id(persona), 'authenticated', 'authenticated', persona || '@example.com',
  case when persona <> 'pia' then now() end
from unnest(array['cleo', 'dina', 'emil', 'fay', 'gina', 'hugo', 'ida', 'jan', 'kim', 'leo', 'mia', 'nia', 'otto', 'pia']) as persona;

create function pg_temp.cause(persona text, module text default 'stable-diffusion') returns text
language sql as $$
  select coalesce((
    select answer.link || ' ' || answer.code
    from public.explain_module_access(coalesce(pg_temp.user_id(persona)::text, persona), module) as answer
    where answer.state = 'broken' order by answer.place limit 1
  ), 'open')
$$;

-- Nothing bought, nothing known.
select is(pg_temp.cause('nobody@example.com'), 'account no_account', 'an unknown address gets no_account');
select is(pg_temp.cause('bob'), 'delivered nothing_delivered', 'a user in a project without events gets nothing_delivered');
select pg_temp.send(0, pg_temp.customer('cus_zoe', 'zoe'));
select is(pg_temp.cause('bob'), 'delivered no_purchase_known', 'a user about whom no event came gets no_purchase_known');
select is(pg_temp.cause('ada', 'nothing'), 'module no_such_module', 'an unknown module gets no_such_module');

-- Paid, and open.
select pg_temp.send(0, pg_temp.session('cs_1'));
select is(pg_temp.cause('ada'), 'open', 'a paid purchase is open');
select is((select count(*) from public.explain_module_access('ADA@example.com', 'stable-diffusion') where state = 'holds'), 10::bigint, 'a user named by an address holds all ten links');

-- Events that were kept and not applied.
insert into sesame.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload)
values ('evt_bad', 'invoice.paid', now(), false, '', 'in_bad', 'failed', '22P02', '{"metadata": {"user_id": "' || pg_temp.user_id('bob') || '"}}');
select is(pg_temp.cause('bob'), 'understood event_failed', 'an event that failed gets event_failed');
update sesame.stripe_events set outcome = 'quarantined', detail = 'wrong_mode' where id = 'evt_bad';
select is(pg_temp.cause('bob'), 'understood wrong_mode', 'an event of the other mode gets wrong_mode');
update sesame.stripe_events set detail = 'foreign_account' where id = 'evt_bad';
select is(pg_temp.cause('bob'), 'understood foreign_account', 'an event of another account gets foreign_account');
update sesame.stripe_events set payload = '{"email": "bigbob@example.com"}' where id = 'evt_bad';
select is(pg_temp.cause('bob'), 'delivered no_purchase_known', 'an event about a longer address that ends the same is not the user''s');
update sesame.stripe_events set (outcome, detail, object_id, payload) = ('failed', 'XX000', 'sub_bad', '{"customer": "cus_bob"}') where id = 'evt_bad';
select pg_temp.send(0, pg_temp.customer('cus_bob', 'bob'));
select is(pg_temp.cause('bob'), 'understood event_failed', 'an event that failed and names only the user''s customer gets event_failed');
delete from sesame.stripe_events where id = 'evt_bad';

-- Unmapped prices and unknown modules.
select pg_temp.send(0, pg_temp.session('cs_2', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', null, 'price_ids', '["price_new"]'::jsonb, 'customer_id', 'cus_bob')));
select is(pg_temp.cause('bob'), 'mapped price_unmapped', 'an unmapped price gets price_unmapped');
select matches((select detail from public.explain_module_access(pg_temp.user_id('bob')::text, 'llama') where code = 'price_unmapped'), 'cs_2 sold price_new', 'the answer names the sale and the unmapped price');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'stable-diffusion';
select is(pg_temp.cause('bob'), 'open', 'a purchase is open once its price is mapped');
select pg_temp.send(0, pg_temp.session('cs_3', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', 'ghost', 'customer_id', 'cus_bob')));
select is(pg_temp.cause('bob', 'llama'), 'mapped module_unknown', 'an unknown module in a sale gets module_unknown');
select is((select state from public.explain_module_access(pg_temp.user_id('bob')::text, 'stable-diffusion') where code = 'module_unknown'), 'beside', 'an unknown module in another sale is listed beside open access');

-- Sales that only the customer, the payment or the invoice links to the user.
select pg_temp.send(
  pg_temp.event(0, pg_temp.customer('cus_cleo', 'cleo')),
  pg_temp.event(0, pg_temp.session('cs_21', '{"user_ref": null, "module_ref": null, "price_ids": ["price_odd"], "customer_id": "cus_cleo"}'))
);
select is(pg_temp.cause('cleo'), 'mapped price_unmapped', 'a sale that only its customer links to the user gets price_unmapped');
select pg_temp.send(0, pg_temp.payment('pi_21', '{"module_ref": "stable-diffusion", "customer_id": null}'));
select is(pg_temp.cause('cleo'), 'open', 'a sale is open once its payment names the module');
select pg_temp.send(0, pg_temp.invoice('in_23', '{"customer_id": "cus_cleo", "module_ref": "soon"}'));
select is(pg_temp.cause('cleo', 'llama'), 'mapped module_unknown', 'an invoice that names an unknown module gets module_unknown');
select pg_temp.send(0, pg_temp.session('cs_24', jsonb_build_object('user_ref', pg_temp.user_id('dina'), 'module_ref', null, 'customer_id', null)));
select is(pg_temp.cause('dina'), 'mapped line_items_unknown', 'a sale without known line items gets line_items_unknown');
select pg_temp.send(0, pg_temp.session('cs_25', jsonb_build_object('user_ref', pg_temp.user_id('emil'), 'module_ref', null, 'customer_id', null, 'mode', 'subscription', 'subscription_id', 'sub_25', 'payment_intent_id', null)));
select is(pg_temp.cause('emil', 'whisper'), 'delivered subscription_missing', 'a session whose subscription never came gets subscription_missing');
select pg_temp.send(0, pg_temp.session('cs_26', jsonb_build_object('user_ref', pg_temp.user_id('fay'), 'status', 'expired', 'payment_status', 'unpaid', 'customer_id', null)));
select is(pg_temp.cause('fay'), 'decision not_bought', 'an expired session gets not_bought');
select is(pg_temp.cause('fay', 'llama'), 'decision nothing_bought', 'a session for another module gets nothing_bought');

-- Closed.
select pg_temp.send(1, pg_temp.refund('re_1', 'pi_1', 1000));
select is(pg_temp.cause('ada'), 'decision refunded', 'a refunded purchase gets refunded');
select pg_temp.send(1, pg_temp.dispute('dp_1', 'pi_1', 'needs_response'));
select is(pg_temp.cause('ada'), 'decision disputed', 'a disputed purchase gets disputed');
select pg_temp.send(0, pg_temp.session('cs_6', '{"module_ref": "whisper", "payment_status": "unpaid"}'));
select is(pg_temp.cause('ada', 'whisper'), 'decision pending_payment', 'an unpaid purchase gets pending_payment');
select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a day', now() - interval '1 hour');
select is(pg_temp.cause('ada', 'llama'), 'decision expired', 'access that has ended gets expired');
select public.revoke_module_access(pg_temp.user_id('bob'), 'stable-diffusion', 'olga', 'abuse', deny => true);
select is(pg_temp.cause('bob'), 'decision denied', 'access that an operator denied gets denied');
select public.grant_module_access(pg_temp.user_id('bob'), 'stable-diffusion', 'olga', 'forgiven');
select is(pg_temp.cause('bob', 'playground'), 'mapped module_unknown', 'the first broken link decides the answer');

-- Each reason of Stripe and of operators.
select pg_temp.send(0, pg_temp.session('cs_30', jsonb_build_object('user_ref', pg_temp.user_id('gina'), 'customer_id', null, 'payment_status', 'unpaid', 'async_failed', true)));
select is(pg_temp.cause('gina'), 'decision payment_failed', 'a delayed payment that failed gets payment_failed');
create function pg_temp.subscribed(id text, persona text, status text, period integer default 1, fields jsonb default '{}') returns text
language sql as $$
  select pg_temp.deliver(pg_temp.event('evt_' || id, 'x', 0, pg_temp.subscription(id, status, period, jsonb_build_object('user_ref', pg_temp.user_id(persona), 'customer_id', null) || fields)));
  select pg_temp.cause(persona, 'whisper')
$$;
select is(pg_temp.subscribed('sub_1', 'hugo', 'canceled'), 'decision canceled', 'a subscription that has ended gets canceled');
select is(pg_temp.subscribed('sub_2', 'ida', 'unpaid'), 'decision unpaid', 'a subscription that was never renewed gets unpaid');
select is(pg_temp.subscribed('sub_3', 'jan', 'paused'), 'decision paused', 'a paused subscription gets paused');
select is(pg_temp.subscribed('sub_4', 'kim', 'past_due', 0), 'decision past_due_expired', 'a subscription past due after the grace gets past_due_expired');
select is(pg_temp.subscribed('sub_5', 'leo', 'unknown'), 'decision unknown_status', 'a subscription with an unknown status gets unknown_status');
select public.sesame_create_access_token(pg_temp.user_id('mia')::text, 'whisper', 'pay_2', 'standard', null, null);
update public.access_tokens set is_active = false where created_by = pg_temp.user_id('mia');
select is(pg_temp.cause('mia', 'whisper'), 'decision revoked', 'a revoked token gets revoked');

-- Buyers.
select pg_temp.send(0, pg_temp.session('cs_40', '{"user_ref": "00000000-0000-4000-8000-000000000040", "customer_id": null}'));
select is(pg_temp.cause('00000000-0000-4000-8000-000000000040'), 'account user_unknown', 'a user id in a sale without an account gets user_unknown');
select pg_temp.send(0, pg_temp.session('cs_41', '{"user_ref": null, "customer_id": "cus_nia", "email": "other@example.com"}'), pg_temp.customer('cus_nia', 'zed') || '{"user_ref": null, "email": "nia@example.com"}');
select is(pg_temp.cause('nia'), 'buyer address_differs', 'a purchase by the user''s customer with another address gets address_differs');
select pg_temp.send(0, pg_temp.session('cs_42', jsonb_build_object('user_ref', 'user 42', 'client_reference_id', pg_temp.user_id('otto'), 'customer_id', null)));
select is(pg_temp.cause('otto'), 'buyer user_unreadable', 'a user reference that is neither a user nor an address gets user_unreadable');
insert into public.access_tokens (user_ref, module_id) select 'pia@example.com', id from public.modules where slug = 'whisper';
select is(pg_temp.cause('pia', 'whisper'), 'buyer token_waits', 'a token for an unverified address gets token_waits');
insert into auth.users (id, email) values ('c1e00000-0000-4000-8000-000000000009', 'dora@example.com');
select pg_temp.send(0, pg_temp.session('cs_8', '{"user_ref": null, "customer_id": null, "email": "dora@example.com"}'));
select is(pg_temp.cause('dora@example.com'), 'buyer email_unverified', 'a guest''s purchase with an unverified address gets email_unverified');
update auth.users set email_confirmed_at = now() where email = 'dora@example.com';
select is(pg_temp.cause('dora@example.com'), 'open', 'a guest''s purchase is open once the address is verified');
update sesame.grants set (user_id, waits_for) = (null, 'dora@example.com') where source_id = 'cs_8';
select is(pg_temp.cause('dora@example.com'), 'buyer claim_missed', 'a verified address whose purchase was not claimed gets claim_missed');
select public.move_purchase('cs_8', pg_temp.user_id('bob'), 'olga', 'sold on');
select is(pg_temp.cause('dora@example.com'), 'buyer belongs_to_another', 'a purchase moved to another user gets belongs_to_another');

-- Written and read.
alter table public.module_access disable trigger user;  -- past the fold
update public.module_access set is_active = false, expires_at = null where user_id = pg_temp.user_id('bob');
alter table public.module_access enable trigger user;
select is(pg_temp.cause('bob'), 'access access_drifted', 'access changed past the fold gets access_drifted');
select sesame.project_access(array[pg_temp.user_id('bob')]);
select is(pg_temp.cause('bob'), 'open', 'access that is derived again is open');
alter table public.module_access disable row level security;
select is(pg_temp.cause('bob'), 'reading rls_off', 'a table without row level security gets rls_off');
alter table public.module_access enable row level security;
drop policy module_access_select_own on public.module_access;
select is(pg_temp.cause('bob'), 'reading policy_missing', 'a missing policy gets policy_missing');
create policy module_access_select_own on public.module_access for select to authenticated using (user_id = (select auth.uid()));
revoke select on public.module_access from authenticated;
select is(pg_temp.cause('bob'), 'reading grant_missing', 'a missing grant on the table gets grant_missing');
grant select on public.module_access to authenticated;
revoke select on public.my_modules from authenticated;
select is(pg_temp.cause('bob'), 'reading grant_missing', 'a missing grant on the view gets grant_missing');
grant select on public.my_modules to authenticated;
revoke execute on function public.has_module_access(text) from authenticated;
select is(pg_temp.cause('bob'), 'reading grant_missing', 'a missing grant on the function gets grant_missing');
grant execute on function public.has_module_access(text) to authenticated;

-- A purchase that was claimed by its address, and whose row the site's server deleted.
select pg_temp.deliver(pg_temp.event('evt_gone', 'x', 0, pg_temp.guest('cs_gone', 'nia@example.com', '{"module_ref": "llama"}')));
select is(pg_temp.cause('nia', 'llama'), 'open', 'a purchase claimed by its address is open');
set local role service_role;
delete from public.module_access where user_id = '00000000-0000-4000-8000-000000000012';
reset role;
select is(pg_temp.cause('nia', 'llama'), 'decision revoked', 'until the server deletes the row');

-- Used up.
select public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'whisper', 'pay_1', 'standard', null, 1);
select public.sesame_verify_module_token((select id from public.access_tokens where created_by = pg_temp.user_id('ada')), pg_temp.user_id('ada'), 'whisper', true);
select is(pg_temp.cause('ada', 'whisper'), 'uses exhausted', 'a token without uses left gets exhausted');
select is(pg_temp.refusal_as('ada', $$ select * from public.explain_module_access('ada@example.com', 'llama') $$), '42501', 'members cannot call explain_module_access');

select * from finish();
rollback;
