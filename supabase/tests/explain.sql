-- Why is my module not there: every way in which the chain may break, and which link says so first.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/guests.psql
select plan(35);

create function pg_temp.cause(persona text, module text default 'stable-diffusion') returns text
language sql as $$
  select coalesce((
    select told.link || ' ' || told.code
    from public.explain_module_access(coalesce(pg_temp.user_id(persona)::text, persona), module) as told
    where told.state = 'broken' order by told.place limit 1
  ), 'open')
$$;

create function pg_temp.found(reference text) returns text
language sql as $$
  select string_agg(concat_ws(' ', case when user_ref = pg_temp.user_id('ada')::text then 'ada' else user_ref end, module, code), '; ')
  from public.explain_reference(reference)
$$;

-- Nothing bought, nothing known.
select is(pg_temp.cause('nobody@example.com'), 'account no_account', 'who has no account is told so first');
select is(pg_temp.cause('bob'), 'delivered nothing_delivered', 'where no event ever came, that is the cause');
select pg_temp.deliver(pg_temp.event('evt_0', 'x', 0, pg_temp.customer('cus_zoe', 'zoe')));
select is(pg_temp.cause('bob'), 'delivered no_purchase_known', 'where others'' came, none was about him');
select is(pg_temp.cause('ada', 'nothing'), 'module no_such_module', 'a module that is not there is told first of all');

-- Paid, and open.
select pg_temp.deliver(pg_temp.event('evt_1', 'x', 0, pg_temp.session('cs_1')));
select is(pg_temp.cause('ada'), 'open', 'who paid has it, and nothing is broken');
select is((select count(*) from public.explain_module_access('ADA@example.com', 'stable-diffusion') where state = 'holds'), 10::bigint, 'link by link, also asked by his address');
select is(pg_temp.found('pi_1'), 'ada stable-diffusion', 'from the payment one finds who and what');
select is(pg_temp.found('evt_1'), 'ada stable-diffusion', 'from the event too');
select is(pg_temp.found('cus_ada'), 'ada stable-diffusion', 'and from the customer');
select is(pg_temp.found('pi_other'), 'not_delivered', 'of what never came nothing is known');

-- Events that were kept and not applied.
insert into billing.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload)
values ('evt_bad', 'invoice.paid', now(), false, '', 'in_bad', 'failed', '22P02', '{"metadata": {"user_id": "' || pg_temp.user_id('bob') || '"}}');
select is(pg_temp.cause('bob'), 'understood event_failed', 'an event that failed is the cause');
select is(pg_temp.found('in_bad'), 'event_failed', 'from either end');
update billing.stripe_events set outcome = 'quarantined', detail = 'wrong_mode' where id = 'evt_bad';
select is(pg_temp.cause('bob'), 'understood wrong_mode', 'so is one of the other mode');
delete from billing.stripe_events where id = 'evt_bad';

-- Sold by what nobody mapped.
select pg_temp.deliver(pg_temp.event('evt_2', 'x', 0, pg_temp.session('cs_2', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', null, 'price_ids', '["price_new"]'::jsonb, 'customer_id', 'cus_bob'))));
select is(pg_temp.cause('bob'), 'mapped price_unmapped', 'a price that opens nothing is the cause');
select matches(pg_temp.found('cs_2'), 'price_unmapped$', 'from either end');
select matches((select detail from public.explain_module_access(pg_temp.user_id('bob')::text, 'llama') where code = 'price_unmapped'), 'cs_2 sold price_new', 'and it is named');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'stable-diffusion';
select is(pg_temp.cause('bob'), 'open', 'mapped, it is open');
select pg_temp.deliver(pg_temp.event('evt_3', 'x', 0, pg_temp.session('cs_3', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', 'ghost', 'customer_id', 'cus_bob'))));
select is(pg_temp.cause('bob', 'llama'), 'mapped module_unknown', 'a module nobody knows is named');
select is((select state from public.explain_module_access(pg_temp.user_id('bob')::text, 'stable-diffusion') where code = 'module_unknown'), 'beside', 'but does not close what is open');

-- Decided against.
select pg_temp.deliver(pg_temp.event('evt_4', 'x', 1, pg_temp.refund('re_1', 'pi_1', 1000)));
select is(pg_temp.cause('ada'), 'decision refunded', 'refunded');
select pg_temp.deliver(pg_temp.event('evt_5', 'x', 1, pg_temp.dispute('dp_1', 'pi_1', 'needs_response')));
select is(pg_temp.cause('ada'), 'decision disputed', 'disputed');
select pg_temp.deliver(pg_temp.event('evt_6', 'x', 0, pg_temp.session('cs_6', '{"module_ref": "whisper", "payment_status": "unpaid"}')));
select is(pg_temp.cause('ada', 'whisper'), 'decision pending_payment', 'not paid yet');
select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a day', now() - interval '1 hour');
select is(pg_temp.cause('ada', 'llama'), 'decision expired', 'over');
select public.revoke_module_access(pg_temp.user_id('bob'), 'stable-diffusion', 'olga', 'abuse', deny => true);
select is(pg_temp.cause('bob'), 'decision denied', 'denied');
select public.grant_module_access(pg_temp.user_id('bob'), 'stable-diffusion', 'olga', 'forgiven');
select is(pg_temp.cause('bob', 'playground'), 'mapped module_unknown', 'the first link that is broken is told first');

-- Bought by whom?
insert into auth.users (id, email) values ('c1e00000-0000-4000-8000-000000000009', 'dora@example.com');
select pg_temp.deliver(pg_temp.event('evt_8', 'x', 0, pg_temp.session('cs_8', '{"user_ref": null, "customer_id": null, "email": "dora@example.com"}')));
select is(pg_temp.cause('dora@example.com'), 'buyer email_unverified', 'a guest whose address is not verified');
update auth.users set email_confirmed_at = now() where email = 'dora@example.com';
select is(pg_temp.cause('dora@example.com'), 'open', 'verified, it is his');
select public.move_purchase('cs_8', pg_temp.user_id('bob'), 'olga', 'sold on');
select is(pg_temp.cause('dora@example.com'), 'buyer belongs_to_another', 'moved to somebody else');

-- Written and read.
update public.module_access set is_active = false, expires_at = null where user_id = pg_temp.user_id('bob');
select is(pg_temp.cause('bob'), 'access access_drifted', 'a row that was tampered with');
select billing.project_access(array[pg_temp.user_id('bob')]);
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

-- Used up.
select public.create_access_token(pg_temp.user_id('ada'), 'whisper', 'pay_1', 'standard', null, 1);
select public.verify_module_token((select id from public.access_tokens), pg_temp.user_id('ada'), 'whisper', true);
select is(pg_temp.cause('ada', 'whisper'), 'uses exhausted', 'open, but used up');
select is(pg_temp.refusal_as('ada', $$ select * from public.explain_module_access('ada@example.com', 'llama') $$), '42501', 'and members explain nothing');

select * from finish();
rollback;
