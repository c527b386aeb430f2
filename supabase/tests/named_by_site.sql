-- The site's server names a module and a user as it did before, also by ids of its old database.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(60);

-- Asks for a token for this user, and answers whose it is or that it waits.
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

-- By user id.
select is(pg_temp.ordered(pg_temp.user_id('ada')::text), 'open ada', 'a user id gets a token');
select is(pg_temp.ordered(pg_temp.user_id('ada')::text), 'open ada', 'the same request gets the same answer');
select is(pg_temp.tokens(), 1::bigint, 'two requests for one payment make one token');
select is((select (max_usage, uses_left, access_level)::text from public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'whisper', 'test-payment', 'basic', 1, 1)), '(100,100,premium)', 'a second request does not change the terms');
select pg_temp.access_is('ada', 'whisper', 'open until 3', 'the token opens the module for 72 hours');

-- By a verified address.
select is(pg_temp.ordered(' Ada@Example.com '), 'open ada', 'a verified address in any case finds its user');
select is(pg_temp.tokens(), 1::bigint, 'an address and a user id of one user share the token of a payment');
select is(pg_temp.ordered('bob@example.com', 'pay_bob'), 'open bob', 'another address gets a token of its own');
select is((select user_ref from public.access_tokens where payment_id = 'pay_bob'), 'bob@example.com', 'the token keeps the address that named the user');
update sesame.settings set verified_email_claims = false;
select is(pg_temp.ordered('bob@example.com', 'pay_off'), 'waits', 'while address claims are off an address waits');
update sesame.settings set verified_email_claims = true;
select is(pg_temp.ordered('bob@example.com', 'pay_off'), 'open bob', 'once address claims are on the next request gets the token');
select is(pg_temp.tokens('pay_off'), 1::bigint, 'a token that waited stays one token');

-- By an address that is not verified yet.
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'waits', 'an address without an account waits');
select is(pg_temp.ordered('CLEO@example.com', 'pay_cleo'), 'waits', 'an address in another case waits');
select is(pg_temp.tokens('pay_cleo'), 1::bigint, 'two spellings of a waiting address make one token');
select pg_temp.sign_up('cleo', 'cleo@example.com', false);
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'waits', 'attack: an account with the address unverified gets no token');
select pg_temp.access_is('cleo', 'whisper', 'none', 'attack: an account with the address unverified gets no access');
update auth.users set email_confirmed_at = now() where id = pg_temp.user_id('cleo');
select pg_temp.access_is('cleo', 'whisper', 'open until 3', 'verifying the address opens the module');
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'open cleo', 'after verifying the next request gets the token');
select is(pg_temp.ordered(pg_temp.user_id('cleo')::text, 'pay_cleo'), 'open cleo', 'the user id gets the same token');
select is(pg_temp.tokens('pay_cleo'), 1::bigint, 'the address and the user id of one user make one token');
update auth.users set email = 'cleo@elsewhere.example' where id = pg_temp.user_id('cleo');
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'open cleo', 'a token stays with its owner when the address changes');
update auth.users set email = 'cleo@example.com' where id = pg_temp.user_id('bob');
select is(pg_temp.ordered('cleo@example.com', 'pay_cleo'), 'open bob', 'attack: the next user of an address does not get the token of the former one');
select is(pg_temp.tokens('pay_cleo'), 2::bigint, 'the next user of an address gets a token of their own');
select is(pg_temp.ordered('dora@example.com', 'pi_dora'), 'waits', 'an unknown address with a payment waits');
select pg_temp.send(pg_temp.event(0, pg_temp.payment('pi_dora')), pg_temp.event(1, pg_temp.refund('re_1', 'pi_dora', 1000)));
select is(pg_temp.ordered('dora@example.com', 'pi_dora'), 'refunded', 'a refund closes a token that waits');
update public.access_tokens set is_active = false where payment_id = 'pi_dora';
select is(pg_temp.ordered('dora@example.com', 'pi_dora'), 'revoked', 'a token that waits can be revoked');

-- By another id of an old database.
select is(pg_temp.ordered('test-user-id'), 'no_such_user', 'an unknown old id gets no_such_user');
select is(pg_temp.ordered('', 'pay_none') || ' ' || pg_temp.tokens('pay_none'), 'no_such_user 0', 'an empty id gets no_such_user and writes nothing');
select pg_temp.came('tok-1', 'test-user-id');
select is(pg_temp.ordered('test-user-id', 'pay_old'), 'waits', 'an old id of rows that wait for a user waits');
select is(pg_temp.tokens('pay_old'), 1::bigint, 'an old id that waits makes one token');
update public.access_tokens set created_by = pg_temp.user_id('ada') where user_ref = 'test-user-id' and payment_id is null;
select is(pg_temp.ordered('test-user-id', 'pay_old'), 'open ada', 'an old id gets the token once an operator names its user');
select is(pg_temp.tokens('pay_old'), 1::bigint, 'an old id with a known user keeps its one token');
select is(pg_temp.ordered('test-user-id'), 'open ada', 'the guide''s request with an old id gets the token');
select is(pg_temp.ordered('Test-User-Id'), 'no_such_user', 'an old id is compared exactly');
select is(pg_temp.ordered('tok-1', 'pay_tok'), 'open ada', 'the id of an old token finds its owner');
select pg_temp.came('7', 'user-7', 'ada');
select is(pg_temp.ordered('7', 'pay_7'), 'no_such_user', 'a number is not read as the id of an old token');
select pg_temp.came('8', '7', 'bob');
select is(pg_temp.ordered('7', 'pay_7'), 'open bob', 'a number is read as an old user id');
select pg_temp.came('tok-9', 'shared', 'ada');
select pg_temp.came('tok-10', 'shared', 'bob');
select is(pg_temp.ordered('shared', 'pay_shared') || ' ' || pg_temp.tokens('pay_shared'), 'ambiguous_user 0', 'an old id of two members gets ambiguous_user');
select pg_temp.came('tok-11', 'Mia@Example.com');
select is(pg_temp.ordered('tok-11', 'pay_11'), 'waits', 'the id of an old token for an address waits');
select is((select user_ref from public.access_tokens where payment_id = 'pay_11'), 'mia@example.com', 'the id of an old token is stored as its address');

-- The module.
select is(pg_temp.ordered(pg_temp.user_id('ada')::text, 'pay_m', (select id::text from public.modules where slug = 'whisper')), 'open ada', 'a module is found by its id');
insert into sesame.moved_modules (old_id, module_id) select old_id, id from public.modules, (values ('mod-whisper'), ('llama'), ('4711')) as old (old_id) where slug = 'whisper';
select is((select module from public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'mod-whisper', 'pay_m', 'x', 1, 1)), 'whisper', 'a module is found by its old id');
select is((select module from public.sesame_create_access_token(pg_temp.user_id('ada')::text, '4711', 'pay_m', 'x', 1, 1)), 'whisper', 'a module is found by its old numeric id');
select is((select module from public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'llama', 'pay_m', 'x', 1, 1)), 'llama', 'a module''s slug counts before another module''s old id');
select is((select module from public.sesame_issue_module_token(pg_temp.user_id('ada'), 'mod-whisper')), 'whisper', 'a member''s token finds the module by its old id');
select is((select string_agg(pg_temp.ordered(pg_temp.user_id('ada')::text, 'pay_odd', odd), ',') from unnest(array['1e0', ' 1', '+1', '１', '0x1', '__proto__', 'constructor', '99999999999999999999']) as odd), repeat('no_such_module,', 7) || 'no_such_module', 'text that only looks like an id gets no_such_module');

-- After a move: the site sends the same requests as before.
create schema legacy;
comment on schema legacy is 'Old tables that Sesame took over. sesame.move_in = now';
create table legacy.modules (id varchar(50) primary key, title text);
create table legacy.access_tokens (id text primary key, created_by varchar(255), module_id varchar(50), is_active boolean);
insert into legacy.modules values ('old-image', 'Image'), ('900', 'Voice');
insert into legacy.access_tokens values ('token_1754_ab', 'old-user', 'old-image', true), ('token_1754_cd', 'Bob@Example.com', '900', true);
update auth.users set email = 'bob@example.com' where id = pg_temp.user_id('bob');
select sesame.move_in();
select is(pg_temp.ordered('old-user', 'pay_moved', 'old-image'), 'waits', 'after a move an old user id and an old module id are known, and wait');
update public.access_tokens set created_by = pg_temp.user_id('ada') where user_ref = 'old-user' and created_by is null;
select is(pg_temp.ordered('old-user', 'pay_moved', 'old-image'), 'open ada', 'after a move an old user id gets the token once an operator names its user');
select pg_temp.access_is('ada', 'image', 'open', 'naming the user opens the old rows');
select is(pg_temp.ordered('bob@example.com', 'pay_voice', '900'), 'open bob', 'after a move an old address finds its verified user');
select is(pg_temp.ordered('token_1754_cd', 'pay_voice', '900'), 'open bob', 'after a move the id of an old token finds its owner');
select is(pg_temp.tokens('pay_voice'), 1::bigint, 'an address and an old token''s id make one token for one payment');

-- Modules whose servers verify with the shared secret.
select is((select alg from public.sesame_issue_module_token(pg_temp.user_id('ada'), 'whisper')), 'ES256', 'a token is signed with ES256 by default');
update public.modules set metadata = '{"token_alg": "HS256"}' where slug = 'whisper';
select is((select alg from public.sesame_issue_module_token(pg_temp.user_id('ada'), 'whisper')) || pg_temp.ordered(pg_temp.user_id('ada')::text), 'HS256open ada', 'a token is signed with HS256 where its module says so');
select is((select (slug, issued)::text from sesame.legacy_modules), '(whisper,2)', 'tokens signed with HS256 are counted');
insert into sesame.legacy_tokens (module_id, day, issued)
select id, (now() at time zone 'utc')::date - days, 7 from public.modules, unnest(array[29, 30, 91]) as days where slug = 'whisper';
select is((select (slug, issued)::text from sesame.legacy_modules), '(whisper,9)', 'tokens signed with HS256 are counted for 30 days');
select sesame.purge();
select is((select count(*) from sesame.legacy_tokens), 3::bigint, 'counts of HS256 tokens are deleted after 90 days');
update public.modules set metadata = '{}' where slug = 'whisper';
select is_empty($$ select from sesame.legacy_modules $$, 'a module that no longer uses HS256 is not listed');
select throws_ok($$ update public.modules set metadata = '{"token_alg": "none"}' $$, '23514', null, 'attack: alg none is refused');

select * from finish();
rollback;
