-- Outgoing webhooks: messages are claimed, recorded, tried again, given up and replayed, in order for each member.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/outbox.psql
select plan(36);

create temporary table crm as select pg_temp.endpoint('crm') as id;

create function pg_temp.give(persona text, variadic modules text[]) returns void
language sql as $$
  select public.grant_module_access(pg_temp.user_id(persona), module, 'olga', 'a gift') from unnest(modules) as module
$$;

create function pg_temp.claim(endpoint text, most integer default 16) returns text
language sql as $$
  select coalesce(string_agg(concat_ws(' ', body::json #>> '{data,module}', attempt), ', ' order by message_id), 'nothing')
  from public.sesame_claim_webhook_deliveries(endpoint, most)
$$;

-- In order.
select is_empty('select public.sesame_due_webhook_endpoints()', 'without a message no endpoint is due');
select pg_temp.give('ada', 'llama', 'whisper');
select pg_temp.give('bob', 'whisper');
select results_eq('select public.sesame_due_webhook_endpoints()', 'select id from crm', 'an endpoint with a message is due');
select is(pg_temp.claim((select id from crm)), 'llama 1, whisper 1', 'the first message of each member is claimed');
select is(pg_temp.claim((select id from crm)), 'nothing', 'what is claimed is not claimed again');
select is_empty('select public.sesame_due_webhook_endpoints()', 'while a sender holds the first messages, nothing is due');
select pg_temp.let_pass('31 seconds');
select is(pg_temp.claim((select id from crm), 1), 'llama 2', 'a claim ends after 30 seconds');
select is(public.sesame_record_webhook_attempts((select id from crm), (
  select jsonb_agg(jsonb_build_object('message_id', message_id, 'attempt', 1, 'status', 200, 'ms', 1, 'error', null)) from sesame.webhook_deliveries
  where user_id = pg_temp.user_id('ada') and attempts = 2)), 0, 'a result of a claim that has ended does not count');
select pg_temp.let_pass('31 seconds');
select is(pg_temp.send_due((select id from crm)), 'access.opened llama, access.opened whisper', 'what nobody recorded is sent again');
select is(pg_temp.send_due((select id from crm)), 'access.opened whisper', 'the next message of a member follows once the first has arrived');
select is(pg_temp.send_due((select id from crm)), 'nothing', 'then nothing is left');
select is((select count(*) from sesame.webhook_deliveries where delivered_at is not null and next_try is null), 3::bigint, 'all messages are delivered');

-- Failures.
select pg_temp.give('ada', 'stable-diffusion', 'playground');
select is(pg_temp.send_due((select id from crm), 500), 'access.opened stable-diffusion', 'a message is sent to an endpoint that fails');
select is(pg_temp.send_due((select id from crm)), 'nothing', 'a message that failed waits, and so do the later ones of the member');
select pg_temp.give('bob', 'llama');
select is(pg_temp.send_due((select id from crm)), 'access.opened llama', 'another member''s message does not wait');
select pg_temp.let_pass('5 seconds');
select is(pg_temp.send_due((select id from crm), 500), 'access.opened stable-diffusion', 'a message that failed is sent again after 5 seconds');
select pg_temp.let_pass('29 seconds');
select is(pg_temp.send_due((select id from crm)), 'nothing', 'the second pause is longer');
select pg_temp.let_pass('1 second');
select is(pg_temp.send_due((select id from crm)), 'access.opened stable-diffusion', 'then it is sent again');
select is((select string_agg(concat_ws(' ', attempt, status, error), ', ' order by attempt) from public.sesame_webhook_log()
    where user_id = pg_temp.user_id('ada') and webhook_id = (select webhook_id from sesame.webhook_messages where body ~ 'stable-diffusion')),
  '1 500 http, 2 500 http, 3 200', 'the log has each attempt with its result');
select is(pg_temp.send_due((select id from crm)), 'access.opened playground', 'then the later message follows');

-- Given up.
select public.revoke_module_access(pg_temp.user_id('ada'), module, 'olga', 'enough') from unnest(array['playground', 'llama']) as module;
update sesame.webhook_deliveries set since = since - interval '3 days' where delivered_at is null;
select is(pg_temp.send_due((select id from crm), 500), 'access.closed playground', 'a message is tried for three days');
select is((select count(*) from sesame.webhook_deliveries where given_up_at is not null), 1::bigint, 'then it is given up');
select is(pg_temp.send_due((select id from crm)), 'access.closed llama', 'and the later message follows');

-- Replayed.
select is(public.sesame_replay_webhooks((select id from crm), webhook_id => (select webhook_id from sesame.webhook_messages where body ~ 'access.closed.*playground')), 1::bigint, 'one message is replayed by its id');
select is(pg_temp.send_due((select id from crm)), 'access.closed playground', 'a replayed message is sent');
select is(public.sesame_replay_webhooks((select id from crm), '-infinity'), 8::bigint, 'all messages since a time are replayed');
select is(pg_temp.send_due((select id from crm)), 'access.opened llama, access.opened whisper', 'replayed messages are sent in order, too');
delete from sesame.webhook_messages where true;

-- An endpoint that fails all the time.
insert into public.access_tokens (created_by, module_id, access_level)
select gen_random_uuid(), (select id from public.modules where slug = 'llama'), 'standard' from generate_series(1, 30);
select pg_temp.send_due((select id from crm), 503, 25);
select is((select failures from sesame.webhook_endpoints), 25, 'failures of an endpoint are counted');
select is(pg_temp.send_due((select id from crm), 200, 25), 'access.opened llama', 'one that fails all the time is asked with one message');
select is((select failing_since from sesame.webhook_endpoints), null, 'and counts as well again once that has arrived');
select is_empty('select code from sesame.failing_endpoints()', 'an endpoint that is well raises no alert');
select pg_temp.send_due((select id from crm), 503, 25);
update sesame.webhook_endpoints set failing_since = now() - interval '2 hours';
select is((select code from sesame.failing_endpoints()), 'deliveries_failing', 'an endpoint that has failed for an hour raises an alert');
update sesame.webhook_endpoints set failing_since = now() - interval '3 days';
select pg_temp.let_pass('1 minute');
select pg_temp.send_due((select id from crm), 503, 25);
select is((select disabled_why from sesame.webhook_endpoints), 'failing', 'an endpoint that has failed for three days is disabled');
select is(pg_temp.send_due((select id from crm)), 'nothing', 'a disabled endpoint is sent nothing');
select is((select code from sesame.failing_endpoints()), 'deliveries_failing', 'an endpoint that was disabled raises an alert');
select is(sesame.webhooks_now() - 'waiting_seconds', '{"endpoints": 1, "disabled": 1, "failing": 0, "waiting": 0}', 'health counts it');
select public.sesame_enable_webhook_endpoint((select id from crm));
select pg_temp.send_due((select id from crm), 410);
select is((select disabled_why from sesame.webhook_endpoints), 'gone', 'an endpoint that answers 410 is disabled');

select * from finish();
rollback;
