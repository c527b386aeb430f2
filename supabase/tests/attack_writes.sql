-- Attack: every role without the right tries every write on every table and every function of ours. The list
-- comes from the catalogue, so a new table or function is in it at once.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql

-- Something to steal: ada owns a module.
select pg_temp.send(0, pg_temp.session('cs_1'));

create temporary table attacks as
with targets as (
  select relation.oid::regclass::text as name,
    (select quote_ident(attname) from pg_catalog.pg_attribute
     where attrelid = relation.oid and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''
     order by attnum limit 1) as a_column
  from our_relations as relation
  where relation.relkind in ('r', 'p', 'v')
)
select format(statement, name, a_column) as statement
from targets
cross join (values
  ('insert into %1$s default values'),
  ('update %1$s set %2$s = %2$s'),
  ('update %1$s set %2$s = default'),
  ('delete from %1$s'),
  ('truncate %1$s'),
  ('lock table %1$s in share mode'),
  ('drop table %1$s'),
  ('alter table %1$s disable row level security'),
  ('create trigger attack after insert on %1$s execute function sesame.tg_touch_updated_at()')
) as attack (statement)
union all
select format('select %s(%s)', routine.oid::regproc,
  (select string_agg('null::' || format_type(argument, null), ', ')
   from unnest(routine.proargtypes::oid[]) as argument))
from our_functions as routine
where routine.prorettype <> 'trigger'::regtype
  and not (has_function_privilege('authenticated', routine.oid, 'execute'))  -- those listed in house_rules
union all
select 'create table public.mine (id int)'
union all
select 'create table sesame.mine (id int)'
union all
select 'alter role authenticated bypassrls'
union all
select 'grant service_role to authenticated';

select plan(2 + 3 * count(*)::integer) from attacks;

select cmp_ok(count(*), '>', 100::bigint, 'there are more than a hundred statements to attack with') from attacks;

-- 42501 is no privilege; a view over several tables, or a thing that is not a table, may refuse first, and so
-- may safeupdate (21000), which hosted projects load: it wants a where clause.
select matches(pg_temp.refusal_as(persona, statement), '^(42501|42809|55000|21000)$', persona || ' is refused: ' || statement)
from attacks
cross join unnest(array['anon', 'ada', 'bob']) as persona
order by persona, statement;

select is(pg_temp.access_of('ada') || pg_temp.access_of('bob'), 'opennone', 'access is unchanged after all attacks');

select * from finish();
rollback;
