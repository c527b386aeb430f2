-- Stepping aside, 2: Sesame falls asleep. Its public tables and functions lie in schema sesame_aside. Every writer
-- raises SE011, so that Stripe keeps its events meanwhile.

create function sesame.fall_asleep() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_function record;
begin
  for v_function in
    select
      routine.oid, routine.proname, routine.pronamespace::regnamespace,
      case
        when routine.prorettype = 'trigger'::regtype then 'begin return null; end'
        -- Policies of the site's own may call it: it answers as of now.
        when routine.proname = 'has_module_access' then replace(routine.prosrc, 'public.', 'sesame_aside.')
        else $body$begin
  raise sqlstate 'SE011' using
    message = 'Sesame stands aside: the old tables are in its place',
    hint = 'The command backfill --redo brings it back. Stripe keeps its events for three days; the command reconcile fetches the rest.';
end$body$
      end as body
    from pg_catalog.pg_proc as routine
    where routine.pronamespace = 'sesame'::regnamespace
      and routine.proname in ('lock_fold', 'project_access', 'tg_welcome_user', 'tg_welcome_back')
      or routine.oid = 'public.has_module_access(text)'::regprocedure
  loop
    insert into sesame.sleeping_functions (name, definition)
    values (v_function.proname, pg_get_functiondef(v_function.oid));
    execute format(
      'create or replace function %s.%I(%s) returns %s language plpgsql volatile %s set search_path = '''' as %L',
      v_function.pronamespace, v_function.proname, pg_get_function_arguments(v_function.oid), pg_get_function_result(v_function.oid),
      case when (select prosecdef from pg_catalog.pg_proc where oid = v_function.oid) then 'security definer' else '' end,
      v_function.body
    );
  end loop;
end
$$;

comment on function sesame.fall_asleep is
  'From now on every writer of access raises SE011, and a new account is ignored. has_module_access answers from '
  'schema sesame_aside.';

create function sesame.wake_up() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_definition text;
begin
  for v_definition in select definition from sesame.sleeping_functions loop
    execute v_definition;
  end loop;
  delete from sesame.sleeping_functions where true;
end
$$;

create function sesame.switch_cron(is_on boolean) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is not null then
    execute $q$ select cron.alter_job(jobid, active := $1) from cron.job where jobname like 'sesame-%' $q$ using is_on;
  end if;
end
$$;

-- Access that an operator has to enter into the old tables by hand, or may leave to Stripe, in the words of the old
-- tables.
create function sesame.export_new_access() returns void
language plpgsql volatile set search_path = '' as $$
begin
  create table sesame_aside.new_access as
  with came as (
    select old.created_by as user_id, old.module_id, array_agg(old.id::text) as ids, bool_or(old.is_active) as is_active,
      max(coalesce(old.expires_at, 'infinity')) filter (where old.is_active) as ends
    from (
      select * from sesame.read_old_tokens('access_tokens') union all select * from sesame.read_old_tokens('module_access')
    ) as old
    where old.problem is null and old.created_by is not null
    group by 1, 2
  )
  select
    access.user_id, coalesce(moved.old_id, access.module_id::text) as module_id, module.slug as module,
    access.access_type, access.is_active, access.expires_at, access.created_at, access.metadata,
    case when came.user_id is null then 'new' else 'changed' end as what
  from public.module_access as access
  join public.modules as module on module.id = access.module_id
  left join sesame.moved_modules as moved on moved.module_id = access.module_id
  left join came on (came.user_id, came.module_id) = (access.user_id, access.module_id)
  where (came.is_active, case when came.is_active then came.ends end)
      is distinct from (access.is_active, case when access.is_active then coalesce(access.expires_at, 'infinity') end)
    or (access.metadata ->> 'source_id' = any (came.ids)) is not true;
  alter table sesame_aside.new_access enable row level security;
  revoke all on sesame_aside.new_access from anon, authenticated;
  comment on table sesame_aside.new_access is
    'Access that was opened, bought again, prolonged or closed since the old tables moved to schema legacy. It has the '
    'module''s old id, and metadata holds the id at Stripe.';
end
$$;
