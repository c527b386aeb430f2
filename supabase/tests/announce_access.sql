-- A change of access sends a Realtime message to the member. A project without Realtime works without messages.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(13);

create temporary table project as select to_regnamespace('realtime') is not null as has_realtime;

select case when has_realtime then skip('this project has Realtime', 2) else
  is(sesame.admit_to_realtime(), false, 'a project without Realtime is left unchanged')
  || E'\n' || lives_ok(
    $$ select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a gift') $$,
    'access changes on a project without Realtime')
end
from project;

-- A project without Realtime gets a stand-in that stores the messages.
do $do$
begin
  if (select has_realtime from project) then
    return;
  end if;
  create schema realtime;
  create table realtime.messages (extension text default 'broadcast', topic text, event text, payload jsonb, private boolean);
  alter table realtime.messages enable row level security;
  create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
  language sql as $$ insert into realtime.messages (payload, event, topic, private) values (payload, event, topic, private) $$;
  create function realtime.topic() returns text
  language sql stable as $$ select current_setting('realtime.topic', true) $$;
  grant usage on schema realtime to authenticated;
  grant select on realtime.messages to authenticated;
  grant execute on function realtime.topic() to authenticated;
end
$do$;

-- A project has policies and messages of its own there.
do $$
declare
  v_policy text;
begin
  for v_policy in
    select policyname from pg_catalog.pg_policies
    where (schemaname, tablename) = ('realtime', 'messages') and policyname <> 'messages_select_own_access'
  loop
    execute format('drop policy %I on realtime.messages', v_policy);
  end loop;
end
$$;
delete from realtime.messages where true;

create view pg_temp.messages_to_ada as
select topic, event, payload::text, private from realtime.messages where topic = 'user:' || pg_temp.user_id('ada');

-- Sent.
select pg_temp.send(pg_temp.event('evt_1', 'x', 0, pg_temp.session('ada first')));
select results_eq(
  'table pg_temp.messages_to_ada',
  $$ values ('user:' || pg_temp.user_id('ada'), 'access_changed', '{}', true) $$,
  'a purchase sends an empty message to its buyer''s private channel');
select pg_temp.deliver(pg_temp.event('evt_1', 'x', 0, pg_temp.session('ada first')));
select is((select count(*) from pg_temp.messages_to_ada), 1::bigint, 'a duplicate event sends no message');
select pg_temp.send(1, pg_temp.refund('ada first', 'ada first', 1000));
select is((select count(*) from pg_temp.messages_to_ada), 2::bigint, 'a refund sends a message');

-- Who may listen.
select is(sesame.admit_to_realtime(), true, 'a project with Realtime gets a policy that admits members');
select is(sesame.admit_to_realtime(), true, 'admitting members twice works');
select set_config('realtime.topic', 'user:' || pg_temp.user_id('ada'), true);
select is(pg_temp.answer_as('ada', 'select count(*) from realtime.messages'), '2', 'members may listen to their own channel');
select is(pg_temp.answer_as('bob', 'select count(*) from realtime.messages'), '0', 'members may not listen to another member''s channel');

-- remap_price sends messages, its dry run does not.
select pg_temp.send(0, pg_temp.session('bob remapped', jsonb_build_object(
  'user_ref', pg_temp.user_id('bob'), 'module_ref', null, 'price_ids', '["price_stable_diffusion"]'::jsonb)));
create view pg_temp.messages_to_bob as select from realtime.messages where topic = 'user:' || pg_temp.user_id('bob');
select public.remap_price('price_stable_diffusion', 'llama', null, 'olga', 'x', dry_run => true);
select is((select count(*) from pg_temp.messages_to_bob), 1::bigint, 'a dry run of remap_price announces nothing');
select public.remap_price('price_stable_diffusion', 'llama', null, 'olga', 'x');
select is((select count(*) from pg_temp.messages_to_bob), 2::bigint, 'a real run of remap_price sends a message');

-- Realtime fails.
create function pg_temp.refuse_message() returns trigger
language plpgsql as $$ begin raise exception 'realtime is down'; end $$;
create trigger refuse_message before insert on realtime.messages
  for each row execute function pg_temp.refuse_message();
select pg_temp.send(2, pg_temp.session('ada whisper', '{"module_ref": "whisper"}'));
select pg_temp.access_is('ada', 'whisper', 'open', 'a purchase opens its module even if Realtime fails');
select is((select count(*) from pg_temp.messages_to_ada), 2::bigint, 'while Realtime fails no message is sent');

select * from finish();
rollback;
