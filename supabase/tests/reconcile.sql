-- What `reconcile` asks: what never came, what failed, what only Stripe can settle.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
select plan(9);

select pg_temp.deliver(pg_temp.event('evt_here', 'x', 0, pg_temp.session('cs_1')));
insert into billing.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload) values
  ('evt_broken', 'invoice.paid', now(), false, '', 'in_1', 'failed', '22P02', '{"id": "evt_broken"}'),
  ('evt_other', 'invoice.paid', now(), true, '', 'in_2', 'quarantined', 'wrong_mode', '{}');

select results_eq($$ select public.missing_events('{evt_never,evt_here,evt_broken,evt_other}') $$,
  $$ values ('evt_never'), ('evt_broken') $$, 'missing is what never came, and what failed');
select is_empty($$ select public.missing_events('{}') $$, 'of nothing nothing is missing');
select results_eq($$ select id, payload from public.failed_events('', 10) $$,
  $$ values ('evt_broken', '{"id": "evt_broken"}') $$, 'what failed is given as it was stored');
select is_empty($$ select id from public.failed_events('evt_broken', 10) $$, 'page by page');

select pg_temp.deliver(pg_temp.event('evt_2', 'x', 0, pg_temp.session('cs_2', '{"module_ref": null}')), pg_temp.event('evt_3', 'x', 0, pg_temp.session('cs_3', '{"module_ref": null}')));
select results_eq($$ select public.pending_reads('', 1) $$, $$ values ('cs_2') $$, 'what is to be read again comes in order');
select results_eq($$ select public.pending_reads('cs_2', 9) $$, $$ values ('cs_3') $$, 'page by page');

select is(pg_temp.refusal_as('ada', $$ select public.missing_events('{evt_1}') $$), '42501', 'no member asks');
select is(pg_temp.refusal_as('ada', $$ select public.failed_events('', 9) $$), '42501', 'or reads what Stripe sent');
select is(pg_temp.refusal_as('service_role', $$ select public.pending_reads('', 9) $$), '', 'a server does');

select * from finish();
rollback;
