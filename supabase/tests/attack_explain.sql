-- Attacks on explain: many events that are not ours, escaped addresses in bodies, and a member with many
-- purchases.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
select plan(7);

create function pg_temp.cause_for(persona text) returns text
language sql as $$
  select code from public.explain_module_access(pg_temp.user_id(persona)::text, 'whisper') where state = 'broken' order by place limit 1
$$;

select pg_temp.account('ada', 'r&d@example.com');
select pg_temp.account('bob', 'zoé@example.com');
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload) values
  ('evt_ada', 'x', now(), false, '', 'failed', '22P02', '{"email": "R\u0026D@example.com"}'),
  ('evt_bob', 'x', now(), false, '', 'failed', '22P02', '{"email":"zo\u00e9@example.com", "broken": "\ud800"}');
select is(pg_temp.cause_for('ada'), 'event_failed', 'explain finds an address with & that is escaped as \u0026');
select is(pg_temp.cause_for('bob'), 'event_failed', 'explain finds an address with é that is escaped as \u00e9');
select pg_temp.account('cleo', 'd@example.com');
select is(pg_temp.cause_for('cleo'), 'no_purchase_known', 'explain does not confuse an address with a longer one that ends the same');
delete from sesame.stripe_events where id = 'evt_ada';

select count(*) from public.process_stripe_events((
  select jsonb_agg(pg_temp.event('evt_' || number, 'x', 0, pg_temp.session('cs_' || number))) from generate_series(1, 500) as number));
insert into sesame.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload)
select 'evt_live_' || number, 'x', now(), true, '', 'cs_live_' || number, 'quarantined', 'wrong_mode', format('{"id": "%s"}', repeat(md5(number::text), 100))
from generate_series(1, 5000) as number;
set local statement_timeout = '20s';
select is(pg_temp.cause_for('ada'), 'nothing_bought', 'explain looks through a thousand purchases and five thousand foreign events in time');
select is((select code from public.sesame_explain_reference('evt_live_1')), 'wrong_mode', 'explain finds a foreign event by its id');
select is((select code from public.sesame_explain_reference('cs_live_1')), 'wrong_mode', 'explain finds a foreign event by its object''s id');

select pg_temp.send(0, pg_temp.session('cs_bought', jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'module_ref', 'whisper')));
delete from sesame.grants where source_id = 'cs_bought';
alter table public.module_access disable trigger user;  -- past the fold
delete from public.module_access where user_id = pg_temp.user_id('cleo');
alter table public.module_access enable trigger user;
select is(pg_temp.cause_for('cleo'), 'grants_stale', 'a buyer whose grant is missing gets grants_stale');

select * from finish();
rollback;
