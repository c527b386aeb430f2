-- Events that are stored while the fold is busy. The busy way is taken by its inner functions: one session cannot hold the
-- lock against itself.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(34);

create function pg_temp.receive(variadic events jsonb[]) returns void
language sql as $$ select sesame.receive_events(to_jsonb(events)) $$;

create function pg_temp.fold(variadic ids text[]) returns text
language sql as $$ select string_agg(event_id || ' ' || outcome, ', ') from public.fold_received_events(ids) $$;

create function pg_temp.inbox(variadic ids text[]) returns text
language sql stable as $$
  select string_agg(concat_ws(' ', id, outcome, attempts, detail), ', ' order by id)
  from sesame.stripe_events where id = any (ids)
$$;

create function pg_temp.waiting() returns text
language sql stable as $$ select string_agg(event_id, ' ' order by place) from sesame.waiting_events $$;

-- Stored.
select pg_temp.receive(
  pg_temp.event('evt_b', 'x', 0, pg_temp.session('cs_b')),
  pg_temp.event('evt_a', 'x', 0, pg_temp.session('cs_a', '{"module_ref": "whisper"}')),
  pg_temp.event('evt_silent', 'product.updated', 0, null),
  pg_temp.event('evt_wrong', 'x', 0, null) || '{"quarantine": "wrong_mode", "livemode": true}');
select is(pg_temp.inbox('evt_a', 'evt_b', 'evt_silent', 'evt_wrong'),
  'evt_a received 1, evt_b received 1, evt_silent ignored 1, evt_wrong quarantined 1 wrong_mode',
  'an event with facts is received; one without gets its outcome at once');
select is(pg_temp.waiting(), 'evt_a evt_b', 'only what is received waits');
select pg_temp.access_is('ada', 'stable-diffusion', 'none', 'what is only received opens nothing');
select ok(bool_and(event ? 'facts' and not event ? 'payload'), 'what waits has its facts, and leaves its body to the inbox')
from sesame.waiting_events;
select isnt((select payload from sesame.stripe_events where id = 'evt_a'), '', 'the inbox has the body of what waits');

-- Folded by the second call.
select is(pg_temp.fold('evt_b'), 'evt_b applied', 'the second call answers the outcome of its events');
select is(pg_temp.waiting(), null, 'the second call folds all that waits');
select is(pg_temp.inbox('evt_a', 'evt_b'), 'evt_a applied 1, evt_b applied 1', 'an event that waited is applied at its first attempt');
select pg_temp.access_is('ada', 'whisper', 'open', 'an event that waited opens its module');
select isnt((select payload from sesame.stripe_events where id = 'evt_a'), '', 'an event that waited keeps its body');
select is(pg_temp.fold('evt_a'), 'evt_a applied', 'a second call whose events were folded meanwhile answers their outcome');
select is(pg_temp.fold(variadic '{}'), null, 'a second call for no event answers no row');
select is(pg_temp.fold('evt_none'), null, 'a second call for an unknown event answers no row');

-- Folded by the next first call.
create function pg_temp.process(variadic events jsonb[]) returns text
language sql as $$
  select string_agg(event_id || ' ' || outcome, ', ') from public.process_stripe_events(to_jsonb(events), true)
$$;
select pg_temp.receive(pg_temp.event('evt_c', 'x', 0, pg_temp.session('cs_c', '{"module_ref": "llama"}')));
select is(pg_temp.process(pg_temp.event('evt_d', 'x', 0, pg_temp.session('cs_d'))), 'evt_d applied', 'a call answers its own events only');
select is(pg_temp.inbox('evt_c'), 'evt_c applied 1', 'a call that may wait folds what waits, too');
select pg_temp.receive(pg_temp.event('evt_e', 'x', 0, pg_temp.session('cs_e')));
select is(pg_temp.deliver(pg_temp.event('evt_f', 'x', 0, pg_temp.session('cs_f'))), 'applied', 'a call that may not wait is folded at once');
select is(pg_temp.waiting(), 'evt_e', 'a call that may not wait folds its own events only: its time is its own');

-- Delivered again while it waits.
select pg_temp.receive(pg_temp.event('evt_e', 'x', 0, pg_temp.session('cs_e')));
select is(pg_temp.waiting() || ' ' || pg_temp.inbox('evt_e'), 'evt_e evt_e received 1', 'an event that comes again while it waits does not wait twice');
select is(pg_temp.process(pg_temp.event('evt_e', 'x', 0, pg_temp.session('cs_e'))), 'evt_e applied', 'an event that waits is folded when it comes again');
select is(concat_ws(' ', pg_temp.waiting(), pg_temp.inbox('evt_e')), 'evt_e applied 1', 'an event that came again waits no more');
select pg_temp.receive(pg_temp.event('evt_e', 'x', 0, pg_temp.session('cs_e')));
select is(concat_ws(' ', pg_temp.waiting(), pg_temp.inbox('evt_e')), 'evt_e applied 1', 'an event that is applied is not received again');
select pg_temp.receive(pg_temp.event('evt_g', 'x', 0, pg_temp.session('cs_g')));
select is(pg_temp.process(pg_temp.event('evt_g', 'x', 0, null)), 'evt_g received', 'a copy that says nothing does not settle what waits');
select is(pg_temp.deliver(pg_temp.event('evt_g', 'x', 0, pg_temp.session('cs_g'))), 'applied', 'a call that may not wait folds an own event that waits');
select is(pg_temp.waiting(), null, 'an own event of a call that may not wait waits no more');

-- Failures.
select pg_temp.deliver(pg_temp.event('evt_h', 'x', 0, pg_temp.refund('re_h', 'pi_h', 1, 'no such status')));
select pg_temp.receive(
  pg_temp.event('evt_h', 'x', 0, pg_temp.refund('re_h', 'pi_h', 1, 'no such status')),
  pg_temp.event('evt_i', 'x', 0, pg_temp.session('cs_i', '{"module_ref": "playground"}')));
select is(pg_temp.inbox('evt_h'), 'evt_h received 2', 'an event that failed is received when it comes again');
select is(pg_temp.fold('evt_i', 'evt_h'), 'evt_i applied, evt_h failed', 'an event that cannot be applied leaves those that wait with it');
select is(pg_temp.inbox('evt_h', 'evt_i'), 'evt_h failed 2 22P02, evt_i applied 1', 'an event that waited and failed keeps its SQLSTATE');
select is(pg_temp.waiting(), null, 'an event that failed waits no more');

-- More than one fold takes.
select pg_temp.receive(variadic array(
  select pg_temp.event('evt_many_' || n, 'x', 0, pg_temp.refund('re_many_' || n, 'pi_many', 1)) from generate_series(1, 600) as n));
select is(pg_temp.fold((select max(event_id) from sesame.waiting_events where place = (select max(place) from sesame.waiting_events)))
  ~ 'received$', true, 'an event behind 500 others is still received after a fold');
select is((select count(*) from sesame.waiting_events), 100::bigint, 'a fold takes 500 of those that wait');
select is(pg_temp.fold((select max(event_id) from sesame.waiting_events where place = (select max(place) from sesame.waiting_events)))
  ~ 'applied$', true, 'and the next fold takes the rest');

-- Erasure.
select pg_temp.receive(pg_temp.event('evt_late', 'x', 0, pg_temp.session('cs_late', '{"email": "ada@example.com"}')) || '{"payload": "ada@example.com"}');
select public.erase_user(pg_temp.user_id('ada'), 'olga', 'asked');
select is((select event.payload || coalesce(session.email, '') from sesame.stripe_events as event
  join sesame.checkout_sessions as session on session.id = event.object_id where event.id = 'evt_late'),
  '', 'an event that waits while its user is erased is folded first, and then its body and facts are erased');
select is(pg_temp.waiting(), null, 'no event about an erased user waits');

-- Rights.
select is(pg_temp.refusal_as('sesame_webhook', $$ select public.fold_received_events('{}') $$), '', 'the role of the direct door may make the second call');

select * from finish();
rollback;
