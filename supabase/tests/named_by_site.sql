-- What the site's own server names: a module and a user as it has always named them, by ids of an old database too.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql

-- As where Auth asks before it confirms an address.
update sesame.settings set verified_email_claims = true;
select plan(60);

-- What a server orders for this user: whose it is, or what it waits for.
create function pg_temp.ordered(user_ref text, payment text default 'test-payment', module text default 'whisper')
returns text
language sql as $$
  select concat_ws(' ', coalesce(terms.reason, 'open'), persona.name)
  from public.sesame_create_access_token(user_ref, module, payment, 'premium', 72, 100) as terms
  left join (values ('ada'), ('bob'), ('cleo')) as persona (name) on pg_temp.user_id(persona.name) = terms.user_id
$$;

create function pg_temp.tokens(payment text default 'test-payment') returns bigint
language sql as $$ select count(*) from public.access_tokens where payment_id = payment $$;

-- A row that came from an old database.
create function pg_temp.came(old_id text, owner text, persona text default null) returns void
language sql as $$
  insert into public.access_tokens (id, created_by, user_ref, module_id, metadata)
  select sesame.old_token_id(old_id), pg_temp.user_id(persona), owner, id,
    jsonb_build_object('legacy', jsonb_build_object('table', 'access_tokens', 'id', old_id))
  from public.modules where slug = 'llama'
$$;

create function pg_temp.sign_up(persona text, address text, is_verified boolean default true) returns void
language sql as $$
  insert into auth.users (id, aud, role, email, email_confirmed_at)
  values (pg_temp.user_id(persona), 'authenticated', 'authenticated', address, case when is_verified then now() end)
$$;

-- By a uuid.
select is(pg_temp.ordered(pg_temp.user_id('ada')::text), 'open ada', 'a uuid is the user''s');
select is(pg_temp.ordered(pg_temp.user_id('ada')::text), 'open ada', 'asked again');
select is(pg_temp.tokens(), 1::bigint, 'it is one token for one payment');
select is((select (max_usage, uses_left, access_level)::text from public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'whisper', 'test-payment', 'basic', 1, 1)), '(100,100,premium)', 'on the terms it had first');
select pg_temp.access_is('ada', 'whisper', 'open until 3', 'and opens the module for 72 hours');

-- By an address that somebody has verified.
select is(pg_temp.ordered(' Ada@Example.com '), 'open ada', 'an address is who has verified it, however it is written');
select is(pg_temp.tokens(), 1::bigint, 'and the same payment the same token');
select is(pg_temp.ordered('bob@example.com', 'pay_bob'), 'open bob', 'each address its own');
select is((select user_ref from public.access_tokens where payment_id = 'pay_bob'), 'bob@example.com', 'how the user was named is kept');
update sesame.settings set verified_email_claims = false;
select is(pg_temp.ordered('bob@example.com', 'pay_off'), 'waits', 'where addresses prove nothing, it waits');
update sesame.settings set verified_email_claims = true;
select is(pg_temp.ordered('bob@example.com', 'pay_off'), 'open bob', 'and is given at the next call once they do');
select is(pg_temp.tokens('pay_off'), 1::bigint, 'as the one token that it was');

-- By an address that nobody has verified yet.
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'waits', 'what is for somebody who is not there yet waits');
select is(pg_temp.ordered('CLEO@example.com', 'pay_cleo'), 'waits', 'asked again in another spelling');
select is(pg_temp.tokens('pay_cleo'), 1::bigint, 'it is one token');
select pg_temp.sign_up('cleo', 'cleo@example.com', false);
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'waits', 'address of somebody else: an account that has not verified it gets nothing');
select pg_temp.access_is('cleo', 'whisper', 'none', 'not even access');
update auth.users set email_confirmed_at = now() where id = pg_temp.user_id('cleo');
select pg_temp.access_is('cleo', 'whisper', 'open until 3', 'verifying it opens the module');
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'open cleo', 'and there is a token at the next call');
select is(pg_temp.ordered(pg_temp.user_id('cleo')::text, 'pay_cleo'), 'open cleo', 'by the uuid too');
select is(pg_temp.tokens('pay_cleo'), 1::bigint, 'the same one');
update auth.users set email = 'cleo@elsewhere.example' where id = pg_temp.user_id('cleo');
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'open cleo', 'a payment that was handed out stays with its owner when the address changes');
update auth.users set email = 'cleo@example.com' where id = pg_temp.user_id('bob');
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'open bob', 'address of somebody else: who has it now gets no token of the one before');
select is(pg_temp.tokens('pay_cleo'), 2::bigint, 'but one of their own');
select is(pg_temp.ordered('dora@example.com', 'pi_dora'), 'waits', 'what waits');
select pg_temp.tell(pg_temp.event(0, pg_temp.payment('pi_dora')), pg_temp.event(1, pg_temp.refund('re_1', 'pi_dora', 1000)));
select is(pg_temp.ordered('dora@example.com', 'pi_dora'), 'refunded', 'is closed by a refund');
update public.access_tokens set is_active = false where payment_id = 'pi_dora';
select is(pg_temp.ordered('dora@example.com', 'pi_dora'), 'revoked', 'or by hand, as what somebody has');

-- By an id of an old database that is neither.
select is(pg_temp.ordered('test-user-id'), 'no_such_user', 'an id that no row came with is nobody''s');
select is(pg_temp.ordered('', 'pay_none') || ' ' || pg_temp.tokens('pay_none'), 'no_such_user 0', 'nor is none, and nothing is written');
select pg_temp.came('tok-1', 'test-user-id');
select is(pg_temp.ordered('test-user-id', 'pay_old'), 'waits', 'one that old rows wait for waits with them');
select is(pg_temp.tokens('pay_old'), 1::bigint, 'in one token');
update public.access_tokens set created_by = pg_temp.user_id('ada') where user_ref = 'test-user-id' and payment_id is null;
select is(pg_temp.ordered('test-user-id', 'pay_old'), 'open ada', 'until somebody says who it is');
select is(pg_temp.tokens('pay_old'), 1::bigint, 'still in one token');
select is(pg_temp.ordered('test-user-id'), 'open ada', 'the exact body of the guide');
select is(pg_temp.ordered('Test-User-Id'), 'no_such_user', 'an old id is compared to the letter');
select is(pg_temp.ordered('tok-1', 'pay_tok'), 'open ada', 'the id of an old token is its owner');
select pg_temp.came('7', 'user-7', 'ada');
select is(pg_temp.ordered('7', 'pay_7'), 'no_such_user', 'a number is never the id of a token: it may be a user''s');
select pg_temp.came('8', '7', 'bob');
select is(pg_temp.ordered('7', 'pay_7'), 'open bob', 'as here');
select pg_temp.came('tok-9', 'shared', 'ada');
select pg_temp.came('tok-10', 'shared', 'bob');
select is(pg_temp.ordered('shared', 'pay_shared') || ' ' || pg_temp.tokens('pay_shared'), 'ambiguous_user 0', 'an old id of two members is neither''s');
select pg_temp.came('tok-11', 'Mia@Example.com');
select is(pg_temp.ordered('tok-11', 'pay_11'), 'waits', 'an old token that waits for an address');
select is((select user_ref from public.access_tokens where payment_id = 'pay_11'), 'mia@example.com', 'is that address');

-- The module.
select is(pg_temp.ordered(pg_temp.user_id('ada')::text, 'pay_m', (select id::text from public.modules where slug = 'whisper')), 'open ada', 'a module is named by our id');
insert into sesame.moved_modules (old_id, module_id) select old_id, id from public.modules, (values ('mod-whisper'), ('llama'), ('4711')) as old (old_id) where slug = 'whisper';
select is((select module from public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'mod-whisper', 'pay_m', 'x', 1, 1)), 'whisper', 'by the id that it had');
select is((select module from public.sesame_create_access_token(pg_temp.user_id('ada')::text, '4711', 'pay_m', 'x', 1, 1)), 'whisper', 'be it a number');
select is((select module from public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'llama', 'pay_m', 'x', 1, 1)), 'llama', 'but a slug of ours comes first');
select is((select module from public.sesame_issue_module_token(pg_temp.user_id('ada'), 'mod-whisper')), 'whisper', 'for a member too');
select is((select string_agg(pg_temp.ordered(pg_temp.user_id('ada')::text, 'pay_odd', odd), ',') from unnest(array['1e0', ' 1', '+1', '１', '0x1', '__proto__', 'constructor', '99999999999999999999']) as odd), repeat('no_such_module,', 7) || 'no_such_module', 'what merely looks like an id names no module');

-- All of it after a move: what the site sent before, it sends now.
create schema legacy;
comment on schema legacy is 'Old tables that Sesame took over. sesame.move_in = now';
create table legacy.modules (id varchar(50) primary key, title text);
create table legacy.access_tokens (id text primary key, created_by varchar(255), module_id varchar(50), is_active boolean);
insert into legacy.modules values ('old-image', 'Image'), ('900', 'Voice');
insert into legacy.access_tokens values ('token_1754_ab', 'old-user', 'old-image', true), ('token_1754_cd', 'Bob@Example.com', '900', true);
update auth.users set email = 'bob@example.com' where id = pg_temp.user_id('bob');
select sesame.move_in();
select is(pg_temp.ordered('old-user', 'pay_moved', 'old-image'), 'waits', 'a user and a module of old rows are known, and it waits with them');
update public.access_tokens set created_by = pg_temp.user_id('ada') where user_ref = 'old-user' and created_by is null;
select is(pg_temp.ordered('old-user', 'pay_moved', 'old-image'), 'open ada', 'until an operator says who that is');
select pg_temp.access_is('ada', 'image', 'open', 'for the old rows as well');
select is(pg_temp.ordered('bob@example.com', 'pay_voice', '900'), 'open bob', 'an address that came is who has verified it');
select is(pg_temp.ordered('token_1754_cd', 'pay_voice', '900'), 'open bob', 'and the id of an old token its owner');
select is(pg_temp.tokens('pay_voice'), 1::bigint, 'with one token for the payment');

-- Modules whose servers verify with the shared secret.
select is((select alg from public.sesame_issue_module_token(pg_temp.user_id('ada'), 'whisper')), 'ES256', 'a token is signed by the site''s own key');
update public.modules set metadata = '{"token_alg": "HS256"}' where slug = 'whisper';
select is((select alg from public.sesame_issue_module_token(pg_temp.user_id('ada'), 'whisper')) || pg_temp.ordered(pg_temp.user_id('ada')::text), 'HS256open ada', 'unless its module verifies with the secret');
select is((select (slug, issued)::text from sesame.legacy_modules), '(whisper,2)', 'each of these is counted');
insert into sesame.legacy_tokens (module_id, day, issued)
select id, (now() at time zone 'utc')::date - days, 7 from public.modules, unnest(array[29, 30, 91]) as days where slug = 'whisper';
select is((select (slug, issued)::text from sesame.legacy_modules), '(whisper,9)', 'those of the last 30 days');
select sesame.purge();
select is((select count(*) from sesame.legacy_tokens), 3::bigint, 'and forgotten after 90');
update public.modules set metadata = '{}' where slug = 'whisper';
select is_empty($$ select from sesame.legacy_modules $$, 'a module that is switched over is no longer told');
select throws_ok($$ update public.modules set metadata = '{"token_alg": "none"}' $$, '23514', null, 'alg none: another word is refused');

select * from finish();
rollback;
