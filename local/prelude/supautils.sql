-- What the extension supautils lets postgres do on a hosted project although it is no superuser.
-- supautils exists in Supabase's image alone, so each right is given here by other means.

-- It may skip triggers and foreign keys.
grant set on parameter session_replication_role to postgres;

-- It may create extensions such as pg_cron. Here they are there from the start, with the hosted grants.
do $$
begin
  if current_setting('shared_preload_libraries') like '%pg_cron%'
    and current_setting('cron.database_name') = current_database()
  then
    create extension if not exists pg_cron with schema pg_catalog;
    grant usage on schema cron to postgres with grant option;
    grant all on all functions in schema cron to postgres with grant option;
    grant all on cron.job_run_details to postgres with grant option;
    revoke trigger on cron.job_run_details from postgres;
    grant select on cron.job to postgres with grant option;
  end if;
end
$$;

-- It may make and drop policies, and drop triggers, on tables of Auth, Storage and Realtime. Only an owner may, so
-- here postgres belongs to the owners, and the event triggers below refuse everything else an owner may do.
-- They do not see a grant on such a table, which hosted only warns about; nor, on 15, set role to an owner.
do $$
begin
  execute 'grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres' || case
    when current_setting('server_version_num')::integer >= 160000 then ' with inherit true, set false' else ''
  end;
end
$$;

create or replace function extensions.refuse_change_of_platform() returns event_trigger
language plpgsql as $$
declare
  v_object text;
begin
  if current_user <> 'postgres' then
    return;
  end if;
  if tg_event = 'sql_drop' then
    select object_identity into v_object
    from pg_event_trigger_dropped_objects()
    join pg_catalog.pg_namespace on nspname = schema_name
    where nspowner = 'supabase_admin'::regrole and nspname !~ '^pg_' and object_type not in ('policy', 'trigger');
  else
    select object_identity into v_object
    from pg_event_trigger_ddl_commands()
    join pg_catalog.pg_namespace on nspname = schema_name
    where nspowner = 'supabase_admin'::regrole and nspname !~ '^pg_' and object_type not in ('policy', 'trigger');
  end if;
  if v_object is not null then
    raise insufficient_privilege using message = format('must be owner of %s', v_object);
  end if;
end
$$;

do $$
begin
  if not exists (select from pg_catalog.pg_event_trigger where evtname = 'platform_is_not_changed') then
    create event trigger platform_is_not_changed on ddl_command_end
      execute function extensions.refuse_change_of_platform();
    create event trigger platform_is_not_dropped on sql_drop
      execute function extensions.refuse_change_of_platform();
  end if;
end
$$;
