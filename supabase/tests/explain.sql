-- Why is my module not there: every way in which the chain may break, and which link says so first.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql

-- As where Auth asks before it confirms an address.
update sesame.settings set verified_email_claims = true;
select plan(53);

-- The people of this file, each with an account.
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
    select told.link || ' ' || told.code
    from public.explain_module_access(coalesce(pg_temp.user_id(persona)::text, persona), module) as told
    where told.state = 'broken' order by told.place limit 1
  ), 'open')
$$;

-- Nothing bought, nothing known.
select is(pg_temp.cause('nobody@example.com'), 'account no_account', 'who has no account is told so first');
select is(pg_temp.cause('bob'), 'delivered nothing_delivered', 'where no event ever came, that is the cause');
select pg_temp.tell(0, pg_temp.customer('cus_zoe', 'zoe'));
select is(pg_temp.cause('bob'), 'delivered no_purchase_known', 'where others'' came, none was about him');
select is(pg_temp.cause('ada', 'nothing'), 'module no_such_module', 'a module that is not there is told first of all');

-- Paid, and open.
select pg_temp.tell(0, pg_temp.session('cs_1'));
select is(pg_temp.cause('ada'), 'open', 'who paid has it, and nothing is broken');
select is((select count(*) from public.explain_module_access('ADA@example.com', 'stable-diffusion') where state = 'holds'), 10::bigint, 'link by link, also asked by his address');

-- Events that were kept and not applied.
insert into sesame.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload)
values ('evt_bad', 'invoice.paid', now(), false, '', 'in_bad', 'failed', '22P02', '{"metadata": {"user_id": "' || pg_temp.user_id('bob') || '"}}');
select is(pg_temp.cause('bob'), 'understood event_failed', 'an event that failed is the cause');
update sesame.stripe_events set outcome = 'quarantined', detail = 'wrong_mode' where id = 'evt_bad';
select is(pg_temp.cause('bob'), 'understood wrong_mode', 'so is one of the other mode');
update sesame.stripe_events set detail = 'foreign_account' where id = 'evt_bad';
select is(pg_temp.cause('bob'), 'understood foreign_account', 'and one of somebody else''s account');
update sesame.stripe_events set payload = '{"email": "bigbob@example.com"}' where id = 'evt_bad';
select is(pg_temp.cause('bob'), 'delivered no_purchase_known', 'but not one about a longer address that ends like his');
update sesame.stripe_events set (outcome, detail, object_id, payload) = ('failed', 'XX000', 'sub_bad', '{"customer": "cus_bob"}') where id = 'evt_bad';
select pg_temp.tell(0, pg_temp.customer('cus_bob', 'bob'));
select is(pg_temp.cause('bob'), 'understood event_failed', 'nor need it name him, where it names his customer');
delete from sesame.stripe_events where id = 'evt_bad';

-- Sold by what nobody mapped.
select pg_temp.tell(0, pg_temp.session('cs_2', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', null, 'price_ids', '["price_new"]'::jsonb, 'customer_id', 'cus_bob')));
select is(pg_temp.cause('bob'), 'mapped price_unmapped', 'a price that opens nothing is the cause');
select matches((select detail from public.explain_module_access(pg_temp.user_id('bob')::text, 'llama') where code = 'price_unmapped'), 'cs_2 sold price_new', 'and it is named');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'stable-diffusion';
select is(pg_temp.cause('bob'), 'open', 'mapped, it is open');
select pg_temp.tell(0, pg_temp.session('cs_3', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', 'ghost', 'customer_id', 'cus_bob')));
select is(pg_temp.cause('bob', 'llama'), 'mapped module_unknown', 'a module nobody knows is named');
select is((select state from public.explain_module_access(pg_temp.user_id('bob')::text, 'stable-diffusion') where code = 'module_unknown'), 'beside', 'but does not close what is open');

-- Bought, says the customer alone, or the payment, or the invoice.
select pg_temp.tell(
  pg_temp.event(0, pg_temp.customer('cus_cleo', 'cleo')),
  pg_temp.event(0, pg_temp.session('cs_21', '{"user_ref": null, "module_ref": null, "price_ids": ["price_odd"], "customer_id": "cus_cleo"}'))
);
select is(pg_temp.cause('cleo'), 'mapped price_unmapped', 'a sale that only its customer ties to him');
select pg_temp.tell(0, pg_temp.payment('pi_21', '{"module_ref": "stable-diffusion", "customer_id": null}'));
select is(pg_temp.cause('cleo'), 'open', 'the payment names the module: it is open');
select pg_temp.tell(0, pg_temp.invoice('in_23', '{"customer_id": "cus_cleo", "module_ref": "soon"}'));
select is(pg_temp.cause('cleo', 'llama'), 'mapped module_unknown', 'an invoice that was sent by hand');
select pg_temp.tell(0, pg_temp.session('cs_24', jsonb_build_object('user_ref', pg_temp.user_id('dina'), 'module_ref', null, 'customer_id', null)));
select is(pg_temp.cause('dina'), 'mapped line_items_unknown', 'sold by price, and the prices could not be read yet');
select pg_temp.tell(0, pg_temp.session('cs_25', jsonb_build_object('user_ref', pg_temp.user_id('emil'), 'module_ref', null, 'customer_id', null, 'mode', 'subscription', 'subscription_id', 'sub_25', 'payment_intent_id', null)));
select is(pg_temp.cause('emil', 'whisper'), 'delivered subscription_missing', 'a subscription was begun, and has not come');
select pg_temp.tell(0, pg_temp.session('cs_26', jsonb_build_object('user_ref', pg_temp.user_id('fay'), 'status', 'expired', 'payment_status', 'unpaid', 'customer_id', null)));
select is(pg_temp.cause('fay'), 'decision not_bought', 'a session that was left');
select is(pg_temp.cause('fay', 'llama'), 'decision nothing_bought', 'for another module');

-- Decided against.
select pg_temp.tell(1, pg_temp.refund('re_1', 'pi_1', 1000));
select is(pg_temp.cause('ada'), 'decision refunded', 'refunded');
select pg_temp.tell(1, pg_temp.dispute('dp_1', 'pi_1', 'needs_response'));
select is(pg_temp.cause('ada'), 'decision disputed', 'disputed');
select pg_temp.tell(0, pg_temp.session('cs_6', '{"module_ref": "whisper", "payment_status": "unpaid"}'));
select is(pg_temp.cause('ada', 'whisper'), 'decision pending_payment', 'not paid yet');
select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a day', now() - interval '1 hour');
select is(pg_temp.cause('ada', 'llama'), 'decision expired', 'over');
select public.revoke_module_access(pg_temp.user_id('bob'), 'stable-diffusion', 'olga', 'abuse', deny => true);
select is(pg_temp.cause('bob'), 'decision denied', 'denied');
select public.grant_module_access(pg_temp.user_id('bob'), 'stable-diffusion', 'olga', 'forgiven');
select is(pg_temp.cause('bob', 'playground'), 'mapped module_unknown', 'the first link that is broken is told first');

-- Stripe's and the operators' words, one by one.
select pg_temp.tell(0, pg_temp.session('cs_30', jsonb_build_object('user_ref', pg_temp.user_id('gina'), 'customer_id', null, 'payment_status', 'unpaid', 'async_failed', true)));
select is(pg_temp.cause('gina'), 'decision payment_failed', 'the delayed payment failed');
create function pg_temp.subscribed(id text, persona text, status text, period integer default 1, fields jsonb default '{}') returns text
language sql as $$
  select pg_temp.deliver(pg_temp.event('evt_' || id, 'x', 0, pg_temp.subscription(id, status, period, jsonb_build_object('user_ref', pg_temp.user_id(persona), 'customer_id', null) || fields)));
  select pg_temp.cause(persona, 'whisper')
$$;
select is(pg_temp.subscribed('sub_1', 'hugo', 'canceled'), 'decision canceled', 'the subscription has ended');
select is(pg_temp.subscribed('sub_2', 'ida', 'unpaid'), 'decision unpaid', 'Stripe gave up on the renewal');
select is(pg_temp.subscribed('sub_3', 'jan', 'paused'), 'decision paused', 'the subscription is paused');
select is(pg_temp.subscribed('sub_4', 'kim', 'past_due', 0), 'decision past_due_expired', 'the renewal failed, and grace is over');
select is(pg_temp.subscribed('sub_5', 'leo', 'unknown'), 'decision unknown_status', 'a status of which nobody knows what it means');
select public.sesame_create_access_token(pg_temp.user_id('mia')::text, 'whisper', 'pay_2', 'standard', null, null);
update public.access_tokens set is_active = false where created_by = pg_temp.user_id('mia');
select is(pg_temp.cause('mia', 'whisper'), 'decision revoked', 'a token that was taken back');

-- Bought by whom?
select pg_temp.tell(0, pg_temp.session('cs_40', '{"user_ref": "00000000-0000-4000-8000-000000000040", "customer_id": null}'));
select is(pg_temp.cause('00000000-0000-4000-8000-000000000040'), 'account user_unknown', 'the site named a user that is nobody''s account');
select pg_temp.tell(0, pg_temp.session('cs_41', '{"user_ref": null, "customer_id": "cus_nia", "email": "other@example.com"}'), pg_temp.customer('cus_nia', 'zed') || '{"user_ref": null, "email": "nia@example.com"}');
select is(pg_temp.cause('nia'), 'buyer address_differs', 'his customer bought it with another address');
select pg_temp.tell(0, pg_temp.session('cs_42', jsonb_build_object('user_ref', 'user 42', 'client_reference_id', pg_temp.user_id('otto'), 'customer_id', null)));
select is(pg_temp.cause('otto'), 'buyer user_unreadable', 'the name that decides is neither a user nor an address');
insert into public.access_tokens (user_ref, module_id) select 'pia@example.com', id from public.modules where slug = 'whisper';
select is(pg_temp.cause('pia', 'whisper'), 'buyer token_waits', 'a token for an address that is not verified');
insert into auth.users (id, email) values ('c1e00000-0000-4000-8000-000000000009', 'dora@example.com');
select pg_temp.tell(0, pg_temp.session('cs_8', '{"user_ref": null, "customer_id": null, "email": "dora@example.com"}'));
select is(pg_temp.cause('dora@example.com'), 'buyer email_unverified', 'a guest whose address is not verified');
update auth.users set email_confirmed_at = now() where email = 'dora@example.com';
select is(pg_temp.cause('dora@example.com'), 'open', 'verified, it is his');
update sesame.grants set (user_id, waits_for) = (null, 'dora@example.com') where source_id = 'cs_8';
select is(pg_temp.cause('dora@example.com'), 'buyer claim_missed', 'verified, and the fold had no time for him');
select public.move_purchase('cs_8', pg_temp.user_id('bob'), 'olga', 'sold on');
select is(pg_temp.cause('dora@example.com'), 'buyer belongs_to_another', 'moved to somebody else');

-- Written and read.
alter table public.module_access disable trigger user;  -- past the fold
update public.module_access set is_active = false, expires_at = null where user_id = pg_temp.user_id('bob');
alter table public.module_access enable trigger user;
select is(pg_temp.cause('bob'), 'access access_drifted', 'a row that was tampered with');
select sesame.project_access(array[pg_temp.user_id('bob')]);
select is(pg_temp.cause('bob'), 'open', 'and mended');
alter table public.module_access disable row level security;
select is(pg_temp.cause('bob'), 'reading rls_off', 'row level security switched off');
alter table public.module_access enable row level security;
drop policy module_access_select_own on public.module_access;
select is(pg_temp.cause('bob'), 'reading policy_missing', 'a policy dropped');
create policy module_access_select_own on public.module_access for select to authenticated using (user_id = (select auth.uid()));
revoke select on public.module_access from authenticated;
select is(pg_temp.cause('bob'), 'reading grant_missing', 'a grant taken away');
grant select on public.module_access to authenticated;
revoke select on public.my_modules from authenticated;
select is(pg_temp.cause('bob'), 'reading grant_missing', 'that on the view');
grant select on public.my_modules to authenticated;
revoke execute on function public.has_module_access(text) from authenticated;
select is(pg_temp.cause('bob'), 'reading grant_missing', 'and that on the function');
grant execute on function public.has_module_access(text) to authenticated;

-- Used up.
select public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'whisper', 'pay_1', 'standard', null, 1);
select public.sesame_verify_module_token((select id from public.access_tokens where created_by = pg_temp.user_id('ada')), pg_temp.user_id('ada'), 'whisper', true);
select is(pg_temp.cause('ada', 'whisper'), 'uses exhausted', 'open, but used up');
select is(pg_temp.refusal_as('ada', $$ select * from public.explain_module_access('ada@example.com', 'llama') $$), '42501', 'and members explain nothing');

select * from finish();
rollback;
