-- Access tokens are a source of access: each opens its module, and closing one closes no other source.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(65);

create function pg_temp.token(n integer, fields jsonb default '{}') returns uuid
language sql as $$
  insert into public.access_tokens (id, created_by, user_ref, module_id, access_type, expires_at, max_usage, payment_id)
  select
    ('70000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    case when not fields ? 'user_ref' then pg_temp.user_id(coalesce(fields ->> 'owner', 'ada')) end,
    fields ->> 'user_ref', id, coalesce(fields ->> 'access_type', 'token'),
    now() + (fields ->> 'days')::integer * interval '1 day', (fields ->> 'max_usage')::integer,
    fields ->> 'payment_id'
  from public.modules where slug = coalesce(fields ->> 'module', 'stable-diffusion')
  returning id
$$;

create function pg_temp.revoke(n integer) returns void
language sql as $$
  update public.access_tokens set is_active = false where id = ('70000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
$$;

-- A token is a source.
select pg_temp.token(1);
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a token opens its module in the same transaction');
select is((select (access_type, token_id)::text from public.module_access), '(token,70000000-0000-4000-8000-000000000001)', 'access names the token that opened it');
select is((select cause from sesame.access_log), 'token', 'the access log names the token as the cause');
select pg_temp.token(2, '{"days": 30}');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'of two tokens the one that lasts longer counts');
select pg_temp.revoke(1);
select pg_temp.access_is('ada', 'stable-diffusion', 'open until 30', 'revoking one token leaves the other open');
select pg_temp.send(0, pg_temp.session('ada first'));
select pg_temp.revoke(2);
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'revoking a token does not close a purchase');
select is((select access_type from public.module_access), 'purchase', 'after that the purchase decides access');
select pg_temp.send(1, pg_temp.refund('ada first', 'ada first', 1000));
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'refunding the purchase does not open a revoked token');
update public.access_tokens set is_active = true, expires_at = now() + interval '3 days' where id::text like '%1';
select pg_temp.access_is('ada', 'stable-diffusion', 'open until 3', 'a token that is made active again opens its module until its end');
delete from public.access_tokens where id::text like '%1';
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'a deleted token opens nothing');
select pg_temp.token(3, '{"owner": "bob", "access_type": "purchase"}');
select is((select access_type from public.module_access where user_id = pg_temp.user_id('bob')), 'purchase', 'a token may stand for a purchase');
update public.access_tokens set created_by = pg_temp.user_id('ada') where id::text like '%3';
select is(pg_temp.access_of('bob') || ' ' || pg_temp.access_of('ada'), 'none open', 'a token moved to another user closes for the first and opens for the second');
select is_empty($$ select user_id, module_id, is_active, expires_at from public.module_access
  except select user_id, module_id, is_active, case when is_active then expires_at end from sesame.decided_access $$, 'access is what the sources decide');

-- A use of a token.
create temporary table writes as select n_tup_ins + n_tup_upd as n from pg_catalog.pg_stat_xact_user_tables where relid = 'public.module_access'::regclass;
update public.access_tokens set usage_count = usage_count + 1 where id::text like '%3';
select is((select n_tup_ins + n_tup_upd from pg_catalog.pg_stat_xact_user_tables where relid = 'public.module_access'::regclass), (select n from writes), 'counting a use of a token writes no access');

-- A token and its payment.
select pg_temp.send(0, pg_temp.payment('token'));
select pg_temp.token(4, '{"module": "llama", "payment_id": "pi_token"}');
select pg_temp.access_is('ada', 'llama', 'open', 'a token that names its payment opens its module');
select pg_temp.send(1, pg_temp.refund('token part', 'token', 400));
select pg_temp.access_is('ada', 'llama', 'open', 'a partial refund of its payment leaves the token open');
select pg_temp.send(1, pg_temp.refund('token rest', 'token', 600));
select pg_temp.access_is('ada', 'llama', 'refunded', 'a full refund of its payment closes the token');
select pg_temp.send(2, pg_temp.again(pg_temp.refund('token rest', 'token', 600, 'failed')));
select pg_temp.access_is('ada', 'llama', 'open', 'a failed refund opens the token again');
select pg_temp.send(3, pg_temp.dispute('token', 'token', 'needs_response'));
select pg_temp.access_is('ada', 'llama', 'disputed', 'a dispute of its payment closes the token');
select pg_temp.send(4, pg_temp.again(pg_temp.dispute('token', 'token', 'won')));
select pg_temp.access_is('ada', 'llama', 'open', 'a dispute that is won opens the token again');
select pg_temp.send(pg_temp.event(0, pg_temp.refund('refunded', 'refunded', 1000)), pg_temp.event(0, pg_temp.payment('refunded')));
select pg_temp.token(5, '{"module": "whisper", "payment_id": "pi_refunded"}');
select pg_temp.access_is('ada', 'whisper', 'refunded', 'a token whose payment is refunded already opens nothing');
select pg_temp.token(6, '{"module": "whisper", "payment_id": "cs_unknown_yet"}');
select pg_temp.access_is('ada', 'whisper', 'open', 'a token whose payment is not known yet is open');
select pg_temp.send(pg_temp.event(0, pg_temp.refund('unknown yet', 'unknown yet', 1000)), pg_temp.event(0, pg_temp.session('unknown yet', '{"module_ref": null}')));
select pg_temp.access_is('ada', 'whisper', 'refunded', 'a refund reaches a token through the session that it names');
select pg_temp.token(9, '{"module": "whisper", "owner": "bob", "payment_id": "py_charge"}');
select pg_temp.send(1, pg_temp.charge('py_charge', null, 1000));
select pg_temp.access_is('bob', 'whisper', 'refunded', 'a refunded charge closes the token that names the charge');
select pg_temp.token(10, '{"module": "llama", "owner": "bob", "payment_id": "pi_by_charge"}');
select pg_temp.send(1, pg_temp.dispute('by charge', null, 'needs_response') || '{"charge_id": "ch_by_charge"}');
select pg_temp.access_is('bob', 'llama', 'open', 'a dispute that names only an unknown charge closes nothing yet');
select pg_temp.send(2, pg_temp.charge('by charge', 'by charge', 0));
select pg_temp.access_is('bob', 'llama', 'disputed', 'the dispute closes the token once the charge names its payment');
select pg_temp.send(3, pg_temp.again(pg_temp.dispute('by charge', null, 'won')) || '{"charge_id": "ch_by_charge"}');
select pg_temp.access_is('bob', 'llama', 'open', 'a dispute that is won by its charge opens the token again');
select pg_temp.send(4, pg_temp.refund('by charge', null, 1000) || '{"charge_id": "ch_by_charge"}');
select pg_temp.access_is('bob', 'llama', 'refunded', 'a refund that names only the charge closes the token');

-- Owners without an account yet.
select pg_temp.token(7, '{"user_ref": " Cleo@Example.com", "module": "llama"}');
select pg_temp.token(8, '{"user_ref": "BOB@example.com", "module": "llama"}');
select pg_temp.access_is('bob', 'llama', 'open', 'a token for a verified address belongs to that user, whatever its case');
select is((select count(*) from sesame.waiting_tokens where owner like '%Cleo%'), 1::bigint, 'a token for an address that no user has waits');
insert into auth.users (id, email) values ('c1e00000-0000-4000-8000-000000000003', 'cleo@example.com');
select is((select created_by from public.access_tokens where id::text like '%7'), null, 'a user with the address unverified does not get the token');
update auth.users set email_confirmed_at = now() where email = 'cleo@example.com';
select is((select is_active from public.module_access where user_id = 'c1e00000-0000-4000-8000-000000000003'), true, 'once the address is verified the user gets the token');
select is_empty($$ select from sesame.waiting_tokens where owner like '%Cleo%' $$, 'a token that has found its user no longer waits');

-- The setting about addresses.
update sesame.settings set verified_email_claims = false;
select pg_temp.token(11, '{"user_ref": "ada@example.com", "module": "whisper"}');
select is((select created_by from public.access_tokens where id::text like '%11'), null, 'while address claims are off a token named by an address waits');
update sesame.settings set verified_email_claims = true;
select is((select created_by from public.access_tokens where id::text like '%11'), pg_temp.user_id('ada'), 'once address claims are on the token finds its user');
select pg_temp.access_is('ada', 'whisper', 'open', 'a token that found its user opens its module');

-- Attack: a restore writes past the triggers.
select pg_temp.token(12, '{"owner": "bob", "module": "whisper", "days": -1}');
alter table public.access_tokens disable trigger user;
select pg_temp.token(13, '{"owner": "bob", "module": "whisper"}');
select pg_temp.token(14, '{"user_ref": "ada@example.com", "module": "playground"}');
select pg_temp.token(15, '{"owner": "bob", "module": "playground", "payment_id": "pi_refunded"}');
alter table public.access_tokens enable trigger user;
select sesame.carry_missed_tokens();
select pg_temp.access_is('bob', 'whisper', 'open', 'a token restored without triggers is carried beside an expired one');
select is((select created_by from public.access_tokens where id::text like '%14'), pg_temp.user_id('ada'), 'a restored token that names an address finds its user');
select is((select blocked_by from public.access_tokens where id::text like '%15'), 'refunded', 'a restored token whose payment is refunded opens nothing');

-- Attack: rows written to module_access directly.
insert into public.module_access (user_id, module_id, access_type, token_id)
select created_by, module_id, 'free', id from public.access_tokens where id::text like '%13';
select is((select count(*) from public.access_tokens where access_type = 'free'), 0::bigint, 'access inserted with a token''s id makes no second token');
insert into public.module_access (user_id, module_id, access_type, expires_at, metadata)
select pg_temp.user_id('cleo'), id, 'gift', now() + interval '5 days', '{"by": "olga"}' from public.modules where slug = 'whisper';
select pg_temp.access_is('cleo', 'whisper', 'open until 5', 'access that is inserted by hand opens');
select is((select access_type || (metadata ->> 'by') from public.access_tokens where created_by = pg_temp.user_id('cleo') and expires_at is not null), 'manualolga', 'access that is inserted by hand becomes a token');
select pg_temp.access_is_derived();
grant insert on public.module_access to authenticated;
select is(pg_temp.refusal_as('ada', $$ insert into public.module_access (user_id, module_id, access_type, is_active) select pg_temp.user_id('ada'), id, 'purchase', true from public.modules $$), '42501', 'a member who cannot write tokens cannot write them through module_access either');
revoke insert on public.module_access from authenticated;

-- Rights.
select is(pg_temp.answer_as('ada', $$ select count(*) from public.access_tokens $$), (select count(*)::text from public.access_tokens where created_by = pg_temp.user_id('ada')), 'members read their own tokens');
select is(pg_temp.refusal_as('ada', $$ update public.access_tokens set expires_at = null $$), '42501', 'members cannot change their tokens');
select is(pg_temp.refusal_as('service_role', $$ update public.access_tokens set is_active = false $$), '', 'a server may change tokens');
select is(pg_temp.refusal_as('service_role', $$ update public.access_tokens set blocked_by = null $$), '42501', 'a server cannot change what a refund has blocked');
select is(pg_temp.refusal_as('service_role', $$ insert into public.access_tokens (user_ref, module_id) select 'Zoë@Exämple.com', min(id) from public.modules $$), '', 'a server may give a token to an address');

-- A token that names a subscription is open while that is open.
delete from public.access_tokens where created_by = pg_temp.user_id('cleo');
select pg_temp.token(21, '{"owner": "cleo", "module": "llama", "payment_id": "sub_old"}');
select pg_temp.access_is('cleo', 'llama', 'open', 'a token that names an unknown subscription is open');
select pg_temp.send(0, pg_temp.subscription('sub_old', 'active', 1, '{"user_ref": null, "customer_id": "cus_old", "latest_invoice_id": "in_old"}'));
select pg_temp.access_is('cleo', 'llama', 'open', 'a token that names a running subscription for another module is open');
select pg_temp.send(1,
  pg_temp.invoice('in_old', '{"customer_id": "cus_old", "subscription_id": "sub_old", "payment_intent_id": "pi_old"}'), pg_temp.refund('re_old', 'pi_old', 1000));
select pg_temp.access_is('cleo', 'llama', 'refunded', 'a refund of the subscription''s period closes the token');
select pg_temp.send(2, pg_temp.again(pg_temp.refund('re_old', 'pi_old', 1000, 'failed')));
select pg_temp.access_is('cleo', 'llama', 'open', 'a failed refund of the period opens the token again');
select pg_temp.send(2,
  pg_temp.again(pg_temp.subscription('sub_old', 'active', 1, '{"user_ref": null, "customer_id": "cus_old", "latest_invoice_id": "in_other"}')),
  pg_temp.invoice('in_other', '{"customer_id": "cus_old", "subscription_id": "sub_other", "payment_intent_id": "pi_other"}'), pg_temp.refund('re_other', 'pi_other', 1000));
select pg_temp.access_is('cleo', 'llama', 'open', 'a refund of another subscription''s invoice closes no token');
select pg_temp.send(3, pg_temp.again(pg_temp.subscription('sub_old', 'unpaid', 1, '{"user_ref": null, "customer_id": "cus_old"}')));
select pg_temp.access_is('cleo', 'llama', 'unpaid', 'an unpaid subscription closes the token');
select pg_temp.send(4, pg_temp.again(pg_temp.subscription('sub_old', 'canceled', 1, '{"user_ref": null, "customer_id": "cus_old"}')));
select pg_temp.access_is('cleo', 'llama', 'canceled', 'a canceled subscription closes the token for good');
select pg_temp.token(22, '{"owner": "cleo", "module": "whisper", "payment_id": "cs_sub"}');
select pg_temp.send(0,
  pg_temp.subscription('sub_own', 'active', 1, jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'customer_id', 'cus_own')),
  pg_temp.session('cs_sub', '{"user_ref": null, "module_ref": null, "customer_id": "cus_own", "subscription_id": "sub_own", "payment_intent_id": null, "price_ids": []}'));
select is((select blocked_by from public.access_tokens where payment_id = 'cs_sub'), 'expired', 'a token is closed where its subscription opens the same module');
select is((select metadata ->> 'source' from public.module_access where user_id = pg_temp.user_id('cleo') and is_active and metadata ->> 'source_id' = 'sub_own'), 'subscription', 'the subscription opens that module once');
select pg_temp.send(5, pg_temp.again(pg_temp.subscription('sub_own', 'canceled', 1, jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'customer_id', 'cus_own'))));
select pg_temp.access_is('cleo', 'whisper', 'canceled', 'access ends with that subscription');
select pg_temp.access_is_derived();

-- Refused.
select throws_ok($$ insert into public.access_tokens (module_id) select min(id) from public.modules $$, '23514', null, 'a token without an owner is refused');
select throws_ok($$ update public.access_tokens set usage_count = 3, max_usage = 2 $$, '23514', null, 'more uses than max_usage are refused');
select throws_ok($$ update public.access_tokens set access_type = 'denied' $$, '23514', null, 'a token of type denied is refused');
select throws_ok('truncate public.access_tokens cascade', 'SE008', 'access tokens are not truncated', 'access tokens cannot be truncated');
select is_empty($$ select from sesame.access_log where cause = 'unknown' $$, 'every change of access has a known cause');

select * from finish();
rollback;
