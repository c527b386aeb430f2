-- What `module-token` asks of the database: who gets a token, whether it is valid, and how many uses are left.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(44);

create function pg_temp.issued(persona text, module text default 'stable-diffusion') returns text
language sql as $$
  select concat_ws(' ', reason, case when token_id is not null then 'token' end, access_level, max_usage, uses_left)
  from public.sesame_issue_module_token(pg_temp.user_id(persona), module)
$$;

create function pg_temp.created(payment text, max_usage integer default null, hours integer default null) returns text
language sql as $$
  select concat_ws(' ', reason, token_id, max_usage, uses_left, round(extract(epoch from expires_at - now()) / 3600) || 'h')
  from public.sesame_create_access_token(pg_temp.user_id('ada')::text, 'llama', payment, 'standard', hours, max_usage)
$$;

create function pg_temp.verified(token uuid, consume boolean default false, request text default null, module text default 'llama', persona text default 'ada')
returns text
language sql as $$
  select concat_ws(' ', coalesce(reason, 'active'), detail, uses_left)
  from public.sesame_verify_module_token(token, pg_temp.user_id(persona), module, consume, request)
$$;

create function pg_temp.the_token() returns uuid
language sql as $$ select id from public.access_tokens order by created_at, id limit 1 $$;

-- For a member.
select is(pg_temp.issued('ada'), 'no_access', 'a user without access gets no_access');
select is(pg_temp.issued('ada', 'nothing'), 'no_such_module', 'a token for an unknown module gets no_such_module');
select pg_temp.send(0, pg_temp.session('ada first'));
select is(pg_temp.issued('ada'), 'token standard', 'a user who paid gets a token');
select is(pg_temp.issued('ada', (select id::text from public.modules where slug = 'stable-diffusion')), 'token standard', 'a module''s id gets the same token');
select is(pg_temp.issued('bob'), 'no_access', 'another user gets no_access');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'stable-diffusion'), 'active', 'a token is active while access is open');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'llama'), 'no_access', 'a token for another module gets no_access');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'stable-diffusion', 'bob'), 'no_access', 'a token of another user gets no_access');
select pg_temp.send(1, pg_temp.dispute('ada first', 'ada first', 'needs_response'));
select is(pg_temp.issued('ada'), 'disputed', 'after a dispute no token is issued');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'stable-diffusion'), 'suspended disputed', 'after a dispute a token is suspended');
select pg_temp.send(pg_temp.event(2, pg_temp.again(pg_temp.dispute('ada first', 'ada first', 'won'))), pg_temp.event(2, pg_temp.refund('ada first', 'ada first', 1000)));
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'stable-diffusion'), 'revoked refunded', 'after a refund a token is revoked');

-- A purchase that is limited: two day passes of 100 uses each.
select pg_temp.send(0, pg_temp.session('day pass', '{"module_ref": null, "price_ids": ["price_stable_diffusion_day"]}'));
select is(pg_temp.issued('ada'), 'token standard 100 100', 'a token has the uses of its price');
select is((select count(*) from generate_series(1, 99) as n where pg_temp.verified('ada00000-0000-4000-8000-00000000000f', true, 'r' || n, 'stable-diffusion') like 'active%'), 99::bigint, 'each use is counted');
select is(pg_temp.issued('ada'), 'token standard 100 1', 'a new token has the uses that are left');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r1', 'stable-diffusion'), 'active 1', 'a request that is repeated with a new token is counted once');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r100', 'stable-diffusion'), 'active 0', 'the last use leaves none');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r101', 'stable-diffusion'), 'exhausted 0', 'a use after the last gets exhausted');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r100', 'stable-diffusion'), 'active 0', 'a counted request that is repeated stays active');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', false, null, 'stable-diffusion'), 'exhausted 0', 'a check without a use says exhausted');
select is(pg_temp.issued('ada'), 'exhausted', 'after the last use no token is issued');
select pg_temp.send(0, pg_temp.session('second day pass', '{"module_ref": null, "price_ids": ["price_stable_diffusion_day"]}'));
select is(pg_temp.issued('ada'), 'token standard 100 100', 'a second purchase adds its uses');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r101', 'stable-diffusion'), 'active 99', 'a request refused before the second purchase is accepted after it');

-- For the site's server.
select matches(pg_temp.created('pay_1', 2, 72), '^[0-9a-f-]{36} 2 2 72h$', 'a server can create a token for a payment');
select is(pg_temp.created('pay_1', 2, 72), pg_temp.created('pay_1', 9, 1), 'a second call for the same payment answers the same token and terms');
select is((select count(*) from public.access_tokens), 1::bigint, 'two calls for one payment make one row');
select pg_temp.access_is('ada', 'llama', 'open until 3', 'a token that a server created opens the module');
select is(pg_temp.issued('ada', 'llama'), 'token standard 2 2', 'a user gets a token with the uses of the server''s token');
select is((select token_id from public.sesame_issue_module_token(pg_temp.user_id('ada'), 'llama')), pg_temp.the_token(), 'the user''s token is the server''s token');
select is(pg_temp.verified(pg_temp.the_token()), 'active 2', 'the server''s token is active');
select is(pg_temp.verified(pg_temp.the_token(), true), 'active 1', 'a use without a request id is counted');
select is(pg_temp.verified(pg_temp.the_token(), true), 'active 0', 'a second use without a request id is counted');
select is(pg_temp.verified(pg_temp.the_token(), true), 'exhausted 0', 'a use after the last without a request id gets exhausted');
select is((select usage_count from public.access_tokens), 2, 'the counted uses stay within the limit');
select is(pg_temp.verified(pg_temp.the_token(), false, null, 'whisper'), 'no_access', 'a token is not accepted for another module');
select is(pg_temp.verified(pg_temp.the_token(), false, null, 'llama', 'bob'), 'no_access', 'a token is not accepted for another user');
update public.access_tokens set is_active = false;
select is(pg_temp.verified(pg_temp.the_token()), 'revoked revoked', 'a revoked token gets revoked');
select matches(pg_temp.created('pay_1', 2, 72), '^revoked [0-9a-f-]{36} ', 'a second call for the payment of a revoked token says revoked');
update public.access_tokens set is_active = true, max_usage = null, expires_at = now() - interval '1 minute';
select is(pg_temp.verified(pg_temp.the_token()), 'expired expired', 'an expired token gets expired');
update public.access_tokens set expires_at = null;
select public.revoke_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'abuse', deny => true);
select is(pg_temp.verified(pg_temp.the_token(), true), 'suspended denied', 'a token of a user who was denied gets suspended');
select is(pg_temp.issued('ada', 'llama'), 'denied', 'a user who was denied gets no token');
select pg_temp.send(0, pg_temp.session('unlimited', '{"module_ref": "whisper"}'));
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r1', 'whisper'), 'active', 'a use of a module without a limit is active');
select is_empty($$ select from sesame.uses where module_id = (select id from public.modules where slug = 'whisper') $$, 'a use of a module without a limit stores no row');
insert into public.access_tokens (created_by, module_id, max_usage, usage_count) select pg_temp.user_id('ada'), id, 1, 1 from public.modules where slug = 'whisper';
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', false, null, 'whisper'), 'active', 'a used token beside a purchase without a limit closes nothing');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r2', 'whisper'), 'active', 'a use of a purchase without a limit is not counted on the token');

select * from finish();
rollback;
