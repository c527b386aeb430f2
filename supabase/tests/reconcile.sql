-- What `reconcile` asks: missing events, failed events, and objects to fetch.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(28);

select pg_temp.send(pg_temp.event('evt_here', 'x', 0, pg_temp.session('cs_1')));
insert into sesame.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload) values
  ('evt_broken', 'invoice.paid', now(), false, '', 'in_1', 'failed', '22P02', '{"id": "evt_broken"}'),
  ('evt_other', 'invoice.paid', now(), true, '', 'in_2', 'quarantined', 'wrong_mode', '{}');

select results_eq($$ select public.sesame_missing_events('{evt_never,evt_here,evt_broken,evt_other}') $$,
  $$ values ('evt_never'), ('evt_broken') $$, 'missing are the events that never came and those that failed');
select is_empty($$ select public.sesame_missing_events('{}') $$, 'of no events none are missing');
select results_eq($$ select id, payload from public.sesame_failed_events('', 10, false, '{}') $$,
  $$ values ('evt_broken', '{"id": "evt_broken"}') $$, 'a failed event is answered with its body');
select is_empty($$ select id from public.sesame_failed_events('evt_broken', 10, false, '{}') $$, 'failed events are answered page by page');
select results_eq($$ select id from public.sesame_failed_events('', 10, true, '{}') $$,
  $$ values ('evt_broken'), ('evt_other') $$, 'events of the other mode are answered when that mode is ours');
insert into sesame.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload) values
  ('evt_partner', 'invoice.paid', now(), false, 'acct_1', 'in_3', 'quarantined', 'foreign_account', '{}');
select results_eq($$ select id, account from public.sesame_failed_events('evt_broken', 10, false, '{acct_1}') $$,
  $$ values ('evt_partner', 'acct_1') $$, 'events of another account are answered when that account is ours');

select pg_temp.send(pg_temp.event(0, pg_temp.session('cs_2', '{"module_ref": null, "price_ids": null}')), pg_temp.event(0, pg_temp.session('cs_3', '{"module_ref": null, "price_ids": null}')));
select results_eq($$ select public.sesame_pending_reads('', 1) $$, $$ values ('cs_2') $$, 'pending reads are answered in order');
select results_eq($$ select public.sesame_pending_reads('cs_2', 2) $$, $$ values ('cs_3'), ('price_stable_diffusion') $$,
  'pending reads are answered page by page, and mapped prices of which nothing is known are among them');

select is(pg_temp.refusal_as('ada', $$ select public.sesame_missing_events('{evt_1}') $$), '42501', 'members cannot ask for missing events');
select is(pg_temp.refusal_as('ada', $$ select public.sesame_failed_events('', 9, false, '{}') $$), '42501', 'members cannot read failed events');
select is(pg_temp.refusal_as('service_role', $$ select public.sesame_pending_reads('', 9) $$), '', 'service_role can ask for pending reads');

-- The report of a run.
create function pg_temp.run(n integer) returns uuid
language sql immutable as $$ select ('00000000-0000-4000-8000-00000000000' || n)::uuid $$;

create function pg_temp.reconcile(n integer, variadic events jsonb[]) returns text
language sql as $$
  select string_agg(outcome, ' ') from public.sesame_reconcile_events(to_jsonb(events), pg_temp.run(n))
$$;

create function pg_temp.report(n integer, after bigint default 0, most integer default 9) returns setof text
language sql as $$
  select concat_ws(' ', left(user_id::text, 3), module, change, reason)
  from public.sesame_reconciled_access(pg_temp.run(n), after, most)
$$;

select is(pg_temp.reconcile(1, pg_temp.event('evt_4', 'x', 0, pg_temp.session('cs_4', jsonb_build_object('user_ref', pg_temp.user_id('bob'))))),
  'applied', 'an event brought by a run is applied');
select is(pg_temp.reconcile(1, pg_temp.event('evt_4', 'x', 0, pg_temp.session('cs_4'))), 'duplicate', 'an event brought twice by a run is a duplicate');
select results_eq('select pg_temp.report(1)', $$ values ('b0b stable-diffusion opened purchase') $$, 'a run''s report lists the access it opened, and why');
select pg_temp.send(0, pg_temp.session('cs_5', '{"module_ref": "whisper"}'));
select results_eq('select pg_temp.report(1)', $$ values ('b0b stable-diffusion opened purchase') $$, 'a run''s report leaves out events that came by webhook');
select is((select cause from sesame.access_log order by id desc limit 1), 'stripe', 'access opened by webhook keeps its cause');

select pg_temp.reconcile(2, pg_temp.event(0, pg_temp.refund('re_4', 'pi_4', 1000)));
select results_eq('select pg_temp.report(2)', $$ values ('b0b stable-diffusion closed refunded') $$, 'another run''s report lists the access it closed');
select pg_temp.reconcile(3, pg_temp.event(0, pg_temp.session('cs_7', jsonb_build_object('user_ref', pg_temp.user_id('cleo')))));
select pg_temp.reconcile(3, pg_temp.event(0, pg_temp.refund('re_7', 'pi_7', 1000)));
select is_empty('select pg_temp.report(3)', 'access that a run opens and closes is not in its report');
select is_empty('select pg_temp.report(1, (select max(id) from sesame.access_log))', 'a report is answered page by page');

-- The position of a rebuild.
select results_eq('select * from public.sesame_begin_rebuild(pg_temp.run(1))', $$ values (pg_temp.run(1), '') $$, 'a rebuild begins at the start');
select public.sesame_keep_rebuild(pg_temp.run(1), 'refund/re_1');
select results_eq('select * from public.sesame_begin_rebuild(pg_temp.run(2))', $$ values (pg_temp.run(1), 'refund/re_1') $$, 'a second rebuild continues the open one');
select public.sesame_keep_rebuild(pg_temp.run(1), null);
select public.sesame_keep_rebuild(pg_temp.run(1), 'refund/re_0');
select results_eq('select * from public.sesame_begin_rebuild(pg_temp.run(1))', $$ values (pg_temp.run(1), null::text) $$, 'a rebuild that is done stays done when an older position is stored');
select results_eq('select * from public.sesame_begin_rebuild(pg_temp.run(2))', $$ values (pg_temp.run(2), '') $$, 'after a rebuild that is done a new one begins at the start');
update sesame.rebuilds set begun_at = now() - interval '2 days', after = 'refund/re_1' where ended_at is null;
select results_eq('select * from public.sesame_begin_rebuild(pg_temp.run(3))', $$ values (pg_temp.run(3), '') $$, 'a rebuild left for two days is not continued');

select is(pg_temp.refusal_as('ada', $$ select public.sesame_reconcile_events('[]', pg_temp.run(1)) $$), '42501', 'members cannot reconcile events');
select is(pg_temp.refusal_as('ada', $$ select public.sesame_reconciled_access(pg_temp.run(1), 0, 9) $$), '42501', 'members cannot read a run''s report');
select is(pg_temp.refusal_as('ada', $$ select public.sesame_keep_rebuild(pg_temp.run(1), '') $$), '42501', 'members cannot store a rebuild''s position');

select is(sesame.schedule_reconcile(), to_regclass('cron.job') is not null and to_regnamespace('net') is not null,
  'reconcile is scheduled where pg_cron and pg_net exist, and nowhere else');

select * from finish();
rollback;
