-- Refuses while an object of yours depends on one of Sesame's: it would be dropped too.
do $$
declare
  v_lines text;
  v_place regnamespace;
begin
  if to_regnamespace('sesame') is null then
    return;  -- Sesame was never pushed here, or is gone already
  end if;
  if coalesce(obj_description(to_regnamespace('sesame'), 'pg_namespace'), '') not like 'Sesame:%' then
    raise sqlstate 'SE010' using
      message = 'schema sesame is not Sesame''s; nothing was changed',
      hint = 'Sesame is not in this database.';
  end if;
  -- While old tables are in its place, Sesame's own are in another schema.
  v_place := case when sesame.is_aside() then 'sesame_aside' else 'public' end;

  -- All names below are written with their schema.
  perform set_config('search_path', '', true);
  with recursive ours (classid, objid) as (
    select classid, objid from (
      select 'pg_catalog.pg_namespace'::regclass, oid from pg_catalog.pg_namespace
      where nspname in ('sesame', 'sesame_aside')
      union all
      select 'pg_catalog.pg_class'::regclass, oid from pg_catalog.pg_class
      where relnamespace in ('sesame'::regnamespace, to_regnamespace('sesame_aside'))
      union all
      select 'pg_catalog.pg_proc'::regclass, oid from pg_catalog.pg_proc
      where pronamespace in ('sesame'::regnamespace, to_regnamespace('sesame_aside'))
      union all
      select 'pg_catalog.pg_type'::regclass, oid from pg_catalog.pg_type
      where typnamespace in ('sesame'::regnamespace, to_regnamespace('sesame_aside'))
      union all
      select 'pg_catalog.pg_class'::regclass, class.oid
      from pg_catalog.pg_class as class
      join sesame.surface(v_place) as surface on surface.id = class.oid
      union all
      select 'pg_catalog.pg_proc'::regclass, routine.oid
      from pg_catalog.pg_proc as routine
      where routine.oid in (select id from sesame.surface(v_place))
        or routine.pronamespace = 'public'::regnamespace
          and routine.proname in ('process_stripe_events', 'fold_received_events')
    ) as named (classid, objid)
    union
    -- Parts of them: indexes, constraints, triggers, policies, row types.
    select part.classid, part.objid
    from ours
    join pg_catalog.pg_depend as part
      on part.refclassid = ours.classid and part.refobjid = ours.objid and part.deptype in ('a', 'i', 'I', 'P', 'S')
  )
  select string_agg(distinct '- ' || line, e'\n') into v_lines
  from (
    select case
      when needed.classid = 'pg_catalog.pg_rewrite'::regclass then (
        select pg_describe_object('pg_catalog.pg_class'::regclass, ev_class, 0)
        from pg_catalog.pg_rewrite where oid = needed.objid
      )
      else pg_describe_object(needed.classid, needed.objid, needed.objsubid)
    end || ' depends on Sesame''s ' || pg_describe_object(needed.refclassid, needed.refobjid, 0) as line
    from ours
    join pg_catalog.pg_depend as needed
      on needed.refclassid = ours.classid and needed.refobjid = ours.objid and needed.deptype = 'n'
    where (needed.classid, needed.objid) not in (select classid, objid from ours)
      -- Sesame's own triggers on the accounts.
      and not exists (
        select from pg_catalog.pg_trigger
        where needed.classid = 'pg_catalog.pg_trigger'::regclass and oid = needed.objid
          and tgrelid = to_regclass('auth.users') and tgname in (
            'users_note_deleted', 'users_note_soft_deleted', 'users_welcome_back', 'users_welcome_user')
      )
      -- A foreign key needs a table and its index. The table is enough.
      and not exists (
        select from pg_catalog.pg_class
        where needed.refclassid = 'pg_catalog.pg_class'::regclass and oid = needed.refobjid and relkind in ('i', 'I')
      )
    union all
    select format('trigger %I on table %s calls your own function %s', tgname, tgrelid::regclass, tgfoid::regprocedure)
    from pg_catalog.pg_trigger
    join ours on ours.classid = 'pg_catalog.pg_class'::regclass and ours.objid = tgrelid
    where not tgisinternal
      and ('pg_catalog.pg_proc'::regclass::oid, tgfoid) not in (select classid, objid from ours)
      and tgfoid not in (select oid from pg_catalog.pg_proc where pronamespace = 'pg_catalog'::regnamespace)
    union all
    -- Postgres does not know what a body calls. Without these the function would fail when it runs. A function that names
    -- an old table means that table.
    select format('function %s calls Sesame''s %s', routine.oid::regprocedure, surface.name)
    from pg_catalog.pg_proc as routine
    join pg_catalog.pg_namespace as schema on schema.oid = routine.pronamespace
    cross join lateral (
      select distinct split_part(taken, '(', 1) as name, taken like '%(%' as is_routine from sesame.surface(v_place)
    ) as surface
    where v_place = 'public'::regnamespace and routine.prosrc ~* case
        when surface.is_routine then format('\m(public\.)?%s\s*\(', surface.name)
        else format('\m(from|join|into|update)\s+(public\.)?%s\M', surface.name)
      end
      and schema.nspname !~ '^pg_' and schema.nspname <> 'information_schema'
      and ('pg_catalog.pg_proc'::regclass::oid, routine.oid) not in (select classid, objid from ours)
      and not exists (
        select from pg_catalog.pg_depend as part
        where part.classid = 'pg_catalog.pg_proc'::regclass and part.objid = routine.oid and part.deptype = 'e'
      )
  ) as found;
  if v_lines is not null then
    raise sqlstate 'SE010' using
      message = 'Sesame cannot be removed yet; nothing was changed',
      detail = v_lines,
      hint = 'Change each of these in a migration before this one, so that it does without Sesame. Then push again.';
  end if;
end
$$;
