-- Attacks on outgoing webhooks: by other roles, by strange URLs and names, by a change that is rolled back.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/outbox.psql
select plan(53);

create temporary table crm as select pg_temp.endpoint('crm') as id;
grant select on crm to anon, authenticated, service_role, sesame_webhook;

-- Roles.
select is(pg_temp.refusal_as(persona, call), '42501', format('%s cannot call %s', persona, call))
from unnest(array['anon', 'ada', 'sesame_webhook']) as persona
cross join unnest(array[
  $$ select public.sesame_create_webhook_endpoint('https://eve.example.com') $$,
  $$ select public.sesame_webhook_endpoints() $$,
  $$ select public.sesame_claim_webhook_deliveries('ep_1') $$,
  $$ select public.sesame_rotate_webhook_secret('ep_1') $$,
  $$ select public.sesame_replay_webhooks('ep_1', now()) $$,
  $$ select public.sesame_webhook_log() $$
]) as call;
select is(pg_temp.refusal_as('service_role', 'select secret from sesame.webhook_endpoints'), '42501', 'service_role cannot read the secrets');
select is(pg_temp.refusal_as('service_role', $$ select * from public.sesame_create_webhook_endpoint('https://a.example.com') $$), '', 'service_role can create an endpoint');
select is((select count(*) from public.sesame_webhook_endpoints() as listed where to_jsonb(listed)::text ~ 'whsec_'), 0::bigint, 'the list of endpoints shows no secret');

-- URLs.
select throws_ok(format($$ select public.sesame_create_webhook_endpoint(%L) $$, url), '23514', null, format('the URL %s is refused', left(replace(url, e'\n', ' '), 40)))
from unnest(array['http://example.com/hook', 'ftp://example.com', 'example.com', '', 'https://', 'https://user:password@example.com/', 'http://localhost.example.com/',
  'http://127.0.0.1@example.com/', e'https://example.com/\nx', 'https://' || repeat('a', 2000), 'javascript:alert(1)']) as url;
select lives_ok(format($$ select public.sesame_create_webhook_endpoint(%L) $$, url), format('the URL %s is accepted', url))
from unnest(array['https://example.com', 'https://example.com:8443/hook?key=1', 'http://127.0.0.1:3000/hook', 'http://localhost/', 'http://[::1]:3000/']) as url;
select throws_ok($$ select public.sesame_create_webhook_endpoint('https://a.example.com', '', '{access.stolen}') $$, '23514', null, 'an unknown type is refused');
select throws_ok($$ select public.sesame_create_webhook_endpoint('https://a.example.com', '', '{}') $$, '23514', null, 'no type at all is refused');

-- Names of nothing.
select throws_ok(call, 'SE080', 'there is no such webhook endpoint', call || ' is refused')
from unnest(array[$$ select public.sesame_rotate_webhook_secret('ep_1') $$, $$ select public.sesame_enable_webhook_endpoint('ep_1') $$,
  $$ select public.sesame_remove_webhook_endpoint('ep_1') $$]) as call;
select throws_ok(format($$ select public.sesame_replay_webhooks(%L) $$, (select id from crm)), 'SE081', 'say what to replay', 'a replay of nothing is refused');
select is_empty($$ select public.sesame_claim_webhook_deliveries('ep_1') $$, 'nothing is claimed for an endpoint that was removed');
select is(public.sesame_record_webhook_attempts('ep_1', '[{"message_id": 1, "attempt": 1, "status": 200, "ms": 1, "error": null}]'), 0, 'a result for an endpoint that was removed changes nothing');

-- Two secrets.
select public.sesame_rotate_webhook_secret((select id from crm));
select is(cardinality(sesame.webhook_secrets(endpoint)), 2, 'after a rotation both secrets sign')
from sesame.webhook_endpoints as endpoint where id = (select id from crm);
select public.sesame_rotate_webhook_secret((select id from crm), '0');
select is(cardinality(sesame.webhook_secrets(endpoint)), 1, 'an overlap of 0 ends the former secret at once')
from sesame.webhook_endpoints as endpoint where id = (select id from crm);

-- A change that is rolled back.
do $$
begin
  perform public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a gift');
  raise sqlstate 'ZZZZZ';
exception when sqlstate 'ZZZZZ' then
  null;
end
$$;
select is(pg_temp.told('ada'), 'nothing', 'a change that is rolled back tells nothing');
select public.remap_price('price_stable_diffusion', 'llama', null, 'olga', 'x', dry_run => true);
select is_empty('select from sesame.webhook_messages', 'a dry run tells nothing');

-- Unicode. A slug has only plain letters; the level of a module may have any.
select pg_temp.become('service_role');
insert into public.access_tokens (created_by, module_id, access_level)
select pg_temp.user_id('ada'), id, 'été "☃" \' from public.modules where slug = 'llama';
select set_config('role', 'none', true);
select is(pg_temp.data('ada') ->> 'access_level', 'été "☃" \', 'a level with quotes and snow arrives as it is');

-- Erasure.
select public.grant_module_access(pg_temp.user_id('bob'), 'llama', 'olga', 'a gift');
select public.revoke_module_access(pg_temp.user_id('bob'), 'llama', 'olga', 'enough');
select public.erase_user(pg_temp.user_id('bob'), 'olga', 'asked for it');
select is(pg_temp.told('bob'), 'nothing', 'the messages about an erased user are deleted');

-- Retention.
update sesame.webhook_messages set at = now() - interval '31 days';
select sesame.purge();
select isnt(pg_temp.told('ada'), 'nothing', 'a message that still waits is not purged');
select pg_temp.send_due(endpoint_id) from public.sesame_webhook_endpoints();
select sesame.purge();
select is_empty('select from sesame.webhook_messages', 'a message that has arrived is purged after 30 days');

select * from finish();
rollback;
