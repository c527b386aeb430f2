-- What `module-token` asks of the database: who gets a token, whether it still holds, and what is used up.
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
select is(pg_temp.issued('ada'), 'no_access', 'who has nothing gets no token');
select is(pg_temp.issued('ada', 'nothing'), 'no_such_module', 'nor is there one for a module that is not there');
select pg_temp.tell(0, pg_temp.session('cs_1'));
select is(pg_temp.issued('ada'), 'token standard', 'who paid gets one');
select is(pg_temp.issued('ada', (select id::text from public.modules where slug = 'stable-diffusion')), 'token standard', 'by the module''s id too');
select is(pg_temp.issued('bob'), 'no_access', 'and nobody else');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'stable-diffusion'), 'active', 'it verifies while the access is open');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'llama'), 'no_access', 'for this module');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'stable-diffusion', 'bob'), 'no_access', 'and this user');
select pg_temp.tell(1, pg_temp.dispute('dp_1', 'pi_1', 'needs_response'));
select is(pg_temp.issued('ada'), 'disputed', 'a dispute ends that');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'stable-diffusion'), 'suspended disputed', 'at once');
select pg_temp.tell(pg_temp.event(2, pg_temp.again(pg_temp.dispute('dp_1', 'pi_1', 'won'))), pg_temp.event(2, pg_temp.refund('re_1', 'pi_1', 1000)));
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000f', false, null, 'stable-diffusion'), 'revoked refunded', 'so does a refund');

-- A purchase that is limited: two day passes of 100 uses each.
select pg_temp.tell(0, pg_temp.session('cs_2', '{"module_ref": null, "price_ids": ["price_stable_diffusion_day"]}'));
select is(pg_temp.issued('ada'), 'token standard 100 100', 'a price may limit the uses');
select is((select count(*) from generate_series(1, 99) as n where pg_temp.verified('ada00000-0000-4000-8000-00000000000f', true, 'r' || n, 'stable-diffusion') like 'active%'), 99::bigint, 'each use counts, whichever token it comes with');
select is(pg_temp.issued('ada'), 'token standard 100 1', 'and the next token knows');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r1', 'stable-diffusion'), 'active 1', 'a request that comes again is counted once, with a new token too');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r100', 'stable-diffusion'), 'active 0', 'the last one');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r101', 'stable-diffusion'), 'exhausted 0', 'there is none after it');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r100', 'stable-diffusion'), 'active 0', 'but what was counted stays counted');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', false, null, 'stable-diffusion'), 'exhausted 0', 'a look says so too');
select is(pg_temp.issued('ada'), 'exhausted', 'and there is no new token');
select pg_temp.tell(0, pg_temp.session('cs_3', '{"module_ref": null, "price_ids": ["price_stable_diffusion_day"]}'));
select is(pg_temp.issued('ada'), 'token standard 100 100', 'who buys again has as many again');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r101', 'stable-diffusion'), 'active 99', 'and the request that was refused goes through');

-- For the site's server.
select matches(pg_temp.created('pay_1', 2, 72), '^[0-9a-f-]{36} 2 2 72h$', 'a server hands out a token for a payment');
select is(pg_temp.created('pay_1', 2, 72), pg_temp.created('pay_1', 9, 1), 'once for each payment, on its first terms');
select is((select count(*) from public.access_tokens), 1::bigint, 'in one row');
select pg_temp.access_is('ada', 'llama', 'open until 3', 'which opens the module');
select is(pg_temp.issued('ada', 'llama'), 'token standard 2 2', 'for its member too');
select is((select token_id from public.sesame_issue_module_token(pg_temp.user_id('ada'), 'llama')), pg_temp.the_token(), 'whose tokens are its faces');
select is(pg_temp.verified(pg_temp.the_token()), 'active 2', 'it verifies');
select is(pg_temp.verified(pg_temp.the_token(), true), 'active 1', 'a use without a request is counted each time');
select is(pg_temp.verified(pg_temp.the_token(), true), 'active 0', 'as it was not told apart');
select is(pg_temp.verified(pg_temp.the_token(), true), 'exhausted 0', 'to the end');
select is((select usage_count from public.access_tokens), 2, 'and never above it');
select is(pg_temp.verified(pg_temp.the_token(), false, null, 'whisper'), 'no_access', 'a token opens no other module');
select is(pg_temp.verified(pg_temp.the_token(), false, null, 'llama', 'bob'), 'no_access', 'nor for anybody else');
update public.access_tokens set is_active = false;
select is(pg_temp.verified(pg_temp.the_token()), 'revoked revoked', 'revoked is revoked');
select matches(pg_temp.created('pay_1', 2, 72), '^revoked [0-9a-f-]{36} ', 'asking again does not bring it back');
update public.access_tokens set is_active = true, max_usage = null, expires_at = now() - interval '1 minute';
select is(pg_temp.verified(pg_temp.the_token()), 'expired expired', 'over is over');
update public.access_tokens set expires_at = null;
select public.revoke_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'abuse', deny => true);
select is(pg_temp.verified(pg_temp.the_token(), true), 'suspended denied', 'who is denied the module is denied its tokens');
select is(pg_temp.issued('ada', 'llama'), 'denied', 'and new ones');
select pg_temp.tell(0, pg_temp.session('cs_4', '{"module_ref": "whisper"}'));
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r1', 'whisper'), 'active', 'what has no limit is used');
select is_empty($$ select from sesame.uses where module_id = (select id from public.modules where slug = 'whisper') $$, 'and nobody can fill the database with it');
insert into public.access_tokens (created_by, module_id, max_usage, usage_count) select pg_temp.user_id('ada'), id, 1, 1 from public.modules where slug = 'whisper';
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', false, null, 'whisper'), 'active', 'a token that is used up beside it takes nothing away');
select is(pg_temp.verified('ada00000-0000-4000-8000-00000000000e', true, 'r2', 'whisper'), 'active', 'nor is a use then one of the token''s');

select * from finish();
rollback;
