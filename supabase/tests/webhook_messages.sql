-- Outgoing webhooks: each change of access writes its message, in the same transaction, for the endpoints that want it.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/outbox.psql
select plan(31);

-- Without an endpoint.
select pg_temp.send(0, pg_temp.session('ada early'));
select is_empty('select from sesame.webhook_messages', 'without an endpoint nothing is written');
select is_empty('select from sesame.awaited_ends', 'without an endpoint no end is awaited');
select pg_temp.send(0, pg_temp.refund('ada early', 'ada early', 1000));
select public.grant_module_access(pg_temp.user_id('cleo'), 'llama', 'olga', 'a gift', now() + interval '9 days');

create temporary table crm as select endpoint_id as id, secret from public.sesame_create_webhook_endpoint('https://crm.example.com/hook?a=1');
select matches((select secret from crm), '^whsec_[A-Za-z0-9+/]{43}=$', 'an endpoint gets a secret of Standard Webhooks');
select results_eq($$ select user_id, expires_at from sesame.awaited_ends $$,
  $$ values (pg_temp.user_id('cleo'), now() + interval '9 days') $$, 'the first endpoint awaits the ends of access that is open already');

-- A purchase and its refund.
select pg_temp.send(1, pg_temp.session('ada later'));
select is(pg_temp.told('ada'), 'opened stable-diffusion purchase', 'a purchase tells that access has opened');
select is(pg_temp.data('ada')::jsonb - 'former', jsonb_build_object(
    'user_id', pg_temp.user_id('ada'), 'module', 'stable-diffusion',
    'module_id', (select id from public.modules where slug = 'stable-diffusion'),
    'is_active', true, 'expires_at', null, 'reason', 'purchase', 'access_level', 'standard', 'max_usage', null),
  'a message says who has which module, until when and why');
select is(pg_temp.data('ada') #>> '{former,reason}', 'refunded', 'a message says what was before');
select matches((select body::json ->> 'timestamp' from sesame.webhook_messages limit 1), '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$', 'a time is in UTC');
select is((select string_agg(key, ' ') from json_object_keys((select body::json from sesame.webhook_messages limit 1)) as key), 'type timestamp data', 'a body has the shape of Standard Webhooks');
select pg_temp.send(1, pg_temp.payment('ada later'));
select pg_temp.deliver(pg_temp.event('evt_twice', 'x', 2, pg_temp.refund('ada later', 'ada later', 1000)));
select pg_temp.deliver(pg_temp.event('evt_twice', 'x', 2, pg_temp.again(pg_temp.refund('ada later', 'ada later', 1000))));
select is(pg_temp.told('ada'), 'opened stable-diffusion purchase, closed stable-diffusion refunded', 'a refund tells once that access has closed, a duplicate tells nothing');
select is(pg_temp.data('ada') #>> '{former,is_active}', 'true', 'a closing says that it was open before');

-- Changes.
select public.grant_module_access(pg_temp.user_id('bob'), 'llama', 'olga', 'a gift', now() + interval '30 days');
select public.grant_module_access(pg_temp.user_id('bob'), 'llama', 'olga', 'a longer one', now() + interval '60 days');
select public.revoke_module_access(pg_temp.user_id('bob'), 'llama', 'olga', 'enough');
select is(pg_temp.told('bob'), 'opened llama manual, changed llama manual, closed llama revoked', 'a new end of open access is a change');
select is((select body::json #>> '{data,former,expires_at}' from sesame.webhook_messages where type = 'access.changed'),
  to_char(now() at time zone 'utc' + interval '30 days', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'a change names the former end');
select is_empty($$ select from sesame.awaited_ends where user_id = pg_temp.user_id('bob') $$, 'the end of access that was closed is no longer awaited');

-- What never was open.
select pg_temp.send(0, pg_temp.session('cleo unpaid', jsonb_build_object(
  'user_ref', pg_temp.user_id('cleo'), 'module_ref', 'whisper', 'payment_status', 'unpaid')));
select is(pg_temp.told('cleo'), 'nothing', 'a payment that is on its way tells nothing');

-- The server's own writes.
delete from sesame.webhook_messages where true;
select pg_temp.become('service_role');
insert into public.module_access (user_id, module_id, metadata) select 'b0b00000-0000-4000-8000-000000000002', id, '{"note": "bob@example.com"}' from public.modules where slug = 'whisper';
delete from public.module_access where user_id = 'b0b00000-0000-4000-8000-000000000002' and module_id = (select id from public.modules where slug = 'whisper');
select set_config('role', 'none', true);
select is(pg_temp.told('bob'), 'opened whisper purchase, closed whisper', 'a server''s own writes to module_access are told');
select is_empty($$ select from sesame.webhook_messages where body ~ '@' $$, 'what a server wrote into metadata is not told');
select is(pg_temp.data('bob') ->> 'is_active', 'false', 'access whose row is gone is not active');

-- Types.
delete from sesame.webhook_messages where true;
create temporary table bot as select pg_temp.endpoint('bot', '{access.closed}') as id;
select public.grant_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'a gift');
select public.revoke_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'enough');
select is((select count(*) from sesame.webhook_deliveries), 3::bigint, 'a message goes to each endpoint that wants its type');
select is((select string_agg(type, ' ') from sesame.webhook_deliveries join sesame.webhook_messages on id = message_id
  where endpoint_id = (select id from bot)), 'access.closed', 'an endpoint gets only the types that it wants');
select public.sesame_remove_webhook_endpoint((select id from crm));
delete from sesame.webhook_messages where true;
select public.grant_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'a gift');
select is(pg_temp.told('ada'), 'nothing', 'a type that no endpoint wants is not written');
select public.revoke_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'enough');

-- A disabled endpoint.
select public.sesame_enable_webhook_endpoint((select id from bot), false);
select public.grant_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'a gift');
select public.revoke_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'enough');
select is((select count(*) from sesame.webhook_deliveries), 1::bigint, 'nothing is addressed to a disabled endpoint');
select public.sesame_enable_webhook_endpoint((select id from bot));
select is(public.sesame_replay_webhooks((select id from bot), now()), 2::bigint, 'what was missed is replayed once it is enabled again');

-- The end of the feature.
select is(pg_temp.told('ada'), 'closed whisper revoked, closed whisper revoked', 'messages wait in their order');
select public.sesame_remove_webhook_endpoint((select id from bot));
select is_empty('select from sesame.webhook_deliveries', 'a removed endpoint takes its deliveries along');
select is_empty('select from sesame.awaited_ends', 'without an endpoint no end is awaited any more');
delete from sesame.webhook_messages where true;
select public.grant_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'a gift');
select is(pg_temp.told('ada'), 'nothing', 'without an endpoint nothing is written any more');

-- A large change.
create temporary table all_of as select pg_temp.endpoint('all') as id;
insert into public.access_tokens (created_by, module_id, access_level)
select gen_random_uuid(), (select id from public.modules where slug = 'llama'), 'standard' from generate_series(1, 300);
select is((select count(*) from sesame.webhook_messages), 300::bigint, 'many changes of one statement write one message each');
select is((select count(distinct webhook_id) from sesame.webhook_messages), 300::bigint, 'each message has an id of its own');
select lives_ok('select body::json from sesame.webhook_messages', 'each body is JSON');

select pg_temp.grants_are_derived();

select * from finish();
rollback;
