-- Drops what is Sesame's. Nothing else depends on it any more.
do $$
declare
  v_surface oid[];
  v_object oid;
  v_title text;
begin
  if to_regnamespace('sesame') is null then
    return;
  end if;
  if to_regclass('cron.job') is not null then
    execute $q$ select cron.unschedule(jobid) from cron.job
      where jobname = any (array['sesame-reconcile', 'sesame-alerts', 'sesame-purge', 'sesame-fold']) $q$;
  end if;
  begin
    if exists (
      select from pg_catalog.pg_policies
      where (schemaname, tablename, policyname) = ('realtime', 'messages', 'messages_select_own_access')
    ) then
      execute 'drop policy messages_select_own_access on realtime.messages';
    end if;
  exception when insufficient_privilege then
    raise warning 'policy messages_select_own_access on realtime.messages stays: %', sqlerrm;
  end;

  select array_agg(id) into v_surface
  from (
    select id from sesame.surface((case when sesame.is_aside() then 'sesame_aside' else 'public' end)::regnamespace)
    union
    select oid from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace
      and proname in ('process_stripe_events', 'fold_received_events') and prosrc ~ '\msesame\.'
  ) as surface (id);
  -- With its functions go their triggers on auth.users.
  drop schema sesame cascade;
  foreach v_object in array v_surface loop
    select coalesce(
      (select case relkind when 'v' then 'view ' else 'table ' end || oid::regclass from pg_catalog.pg_class where oid = v_object),
      (select 'routine ' || oid::regprocedure from pg_catalog.pg_proc where oid = v_object)
    ) into v_title;
    if v_title is not null then
      execute format('drop %s cascade', v_title);
    end if;
  end loop;
  -- Where old tables were in Sesame's place. They are in schema public by now.
  drop schema if exists sesame_aside cascade;
  if not exists (select from pg_catalog.pg_class where relnamespace = to_regnamespace('sesame_legacy')) then
    drop schema if exists sesame_legacy;
  end if;
end
$$;

-- A role belongs to the whole cluster. It stays where another database uses it, or an operator created it.
do $$
begin
  if to_regrole('sesame_webhook') is null then
    return;
  end if;
  revoke usage on schema public from sesame_webhook;
  drop role sesame_webhook;
exception when insufficient_privilege or dependent_objects_still_exist then
  raise warning 'role sesame_webhook stays: %', sqlerrm;
end
$$;
