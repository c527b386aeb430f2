-- Back again: the old tables return to their places, and Sesame steps aside with all that it knows. And once more the
-- other way. Both in one transaction, and only where nothing stands in the way.
--
-- Aside, Sesame is asleep: its public tables and functions lie in schema sesame_aside, and whatever would write raises
-- SE011, so that Stripe keeps what it sends meanwhile.

create table sesame.sleeping_functions (
  name text primary key,
  definition text not null
);

alter table sesame.sleeping_functions enable row level security;

comment on table sesame.sleeping_functions is
  'Functions as they were before Sesame stepped aside; empty while it is here. Private: no policy, written by step_aside '
  'and step_in only.';

create table sesame.returned_objects (
  id oid primary key
);

alter table sesame.returned_objects enable row level security;

comment on table sesame.returned_objects is
  'What went back from schema legacy to schema public; empty while Sesame is here. Private: no policy, '
  'written by step_aside and step_in only.';

create function sesame.is_aside() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (select from sesame.sleeping_functions);
end
$$;

comment on function sesame.is_aside is 'Whether the old tables are back and Sesame is asleep (step_aside).';

create function sesame.objects_in(of_schema regnamespace)
returns table (id oid, title text, of_owner oid, taken text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    -- An index goes with its table, and so does a sequence that belongs to a column.
    select
      relation.oid,
      format('%s %I.%I', case relation.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence'
        else 'table'
      end, of_schema, relation.relname),
      relation.relowner, relation.relname::text
    from pg_catalog.pg_class as relation
    where relation.relnamespace = of_schema and relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (
        select from pg_catalog.pg_depend as owned
        where relation.relkind = 'S' and owned.classid = 'pg_catalog.pg_class'::regclass and owned.objid = relation.oid
          and owned.refclassid = 'pg_catalog.pg_class'::regclass and owned.deptype in ('a', 'i')
      )
    union all
    select
      routine.oid,
      format('routine %I.%I(%s)', of_schema, proname, pg_get_function_identity_arguments(routine.oid)), proowner,
      format('%I(%s)', proname, oidvectortypes(proargtypes))
    from pg_catalog.pg_proc as routine
    where pronamespace = of_schema
      and not exists (select from pg_catalog.pg_depend where objid = routine.oid and deptype = 'e');
end
$$;

comment on function sesame.objects_in is
  'What alter … set schema moves out of a schema: its title, its owner, and the name that it takes elsewhere.';

create function sesame.move_object(object oid, to_schema text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- Its name is read now: an argument of a routine may be a row of a table that has moved already.
  execute format('alter %s set schema %I', coalesce(
    (select 'table ' || oid::regclass from pg_catalog.pg_class where oid = object),
    (select 'routine ' || oid::regprocedure from pg_catalog.pg_proc where oid = object)
  ), to_schema);
end
$$;

-- Of schema public only what is Sesame's: another function of the same name may be the site's.
create function sesame.surface(in_schema regnamespace) returns table (id oid, title text, taken text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select object.id, object.title, object.taken
    from sesame.objects_in(in_schema) as object
    where object.taken in ('modules', 'module_prices', 'module_access', 'access_tokens', 'my_modules')
      or object.title like 'routine %' and split_part(object.taken, '(', 1) ~ ('^(sesame_.*|has_module_access|'
        'claim_free_module|claim_purchase|explain_module_access|grant_module_access|revoke_module_access|move_purchase|'
        'remap_price|create_claim_link|revoke_claim_link|erase_user)$')
        and exists (
          select from pg_catalog.pg_proc as routine
          where routine.oid = object.id
            and (routine.prosrc ~ '\msesame\.' or object.taken = 'has_module_access(text)')
        );
end
$$;

comment on function sesame.surface is
  'What Sesame has in schema public, or had before it stepped aside. Without process_stripe_events: that one stays, to '
  'answer that Sesame is asleep.';

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
        -- Policies of the site's own may ask it: it answers as of now.
        when routine.proname = 'has_module_access' then replace(routine.prosrc, 'public.', 'sesame_aside.')
        else $body$begin
  raise sqlstate 'SE011' using
    message = 'Sesame stands aside: the old tables are in its place',
    hint = 'deno task backfill --redo brings it back. Stripe keeps its events for three days; deno task reconcile fetches the rest.';
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
  'Whatever would write access refuses from now on (SE011), an account that signs up is left alone, and '
  'has_module_access answers from schema sesame_aside.';

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

-- What an operator has to enter into the old tables by hand, or may leave to Stripe: in words of theirs.
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
    'Access that was opened, bought again, prolonged or closed since the old tables moved to schema legacy: with the '
    'module''s old id, and in metadata the id at Stripe.';
end
$$;

create function sesame.refuse_swap(to_public text, from_public text) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_lines text;
begin
  select string_agg('- ' || line, e'\n' order by line) into v_lines
  from (
    select format('%s is in the way of %s. Rename it first.', there.title, back.title) as line
    from sesame.objects_in(to_regnamespace(to_public)) as back
    join sesame.objects_in('public') as there on there.taken = back.taken
    where there.id not in (select surface.id from sesame.surface('public') as surface)
      and there.id not in (select returned.id from sesame.returned_objects as returned)
    union all
    select format('%s belongs to role %s, so role %I may not move it.', moving.title, moving.of_owner::regrole, current_user)
    from (
      select * from sesame.objects_in(to_regnamespace(to_public))
      union all
      select object.* from sesame.objects_in('public') as object
      where object.id in (select surface.id from sesame.surface('public') as surface)
        or object.id in (select returned.id from sesame.returned_objects as returned)
    ) as moving
    where not pg_has_role(moving.of_owner, 'usage')
    union all
    select format('schema %I exists already. Rename it, and change what uses it.', from_public)
    where to_regnamespace(from_public) is not null
  ) as found;
  if v_lines is not null then
    raise sqlstate 'SE010' using
      message = 'the tables can not change places yet; nothing was changed',
      detail = v_lines,
      hint = 'Do what each line says, then run it again. See docs/moving_in.md.';
  end if;
end
$$;

comment on function sesame.refuse_swap is
  'Raises SE010 with all that stands in the way of moving one schema to public, and what is there to another.';

create function sesame.restore_keys() returns table (of_table text, name text, is_whole boolean)
language plpgsql volatile set search_path = '' as $$
declare
  v_key record;
begin
  for v_key in
    select known.of_table, known.name, replace(known.definition, ' REFERENCES legacy.', ' REFERENCES public.') as definition
    from sesame.moved_keys as known
    where known.why is null and to_regclass(known.of_table) is not null
    order by known.of_table, known.name
  loop
    execute format('alter table %s drop constraint if exists %I', v_key.of_table, v_key.name);
    execute format('alter table %s add constraint %I %s not valid',
      v_key.of_table, v_key.name, replace(v_key.definition, ' NOT VALID', ''));
    restore_keys.of_table := v_key.of_table;
    restore_keys.name := v_key.name;
    begin
      execute format('alter table %s validate constraint %I', v_key.of_table, v_key.name);
      restore_keys.is_whole := true;
    exception when foreign_key_violation then
      -- Rows written since name what only Sesame had: the key holds for every row from now on, and for those not.
      restore_keys.is_whole := false;
    end;
    return next;
  end loop;
  delete from sesame.moved_keys as known where known.why is null;
end
$$;

comment on function sesame.restore_keys is
  'Points the site''s foreign keys at the old tables again; is_whole: it is true of all rows that are there.';

create function sesame.step_aside() returns table (what text, number bigint)
language plpgsql volatile set search_path = '' set lock_timeout = '10s' as $$
declare
  v_object oid;
begin
  if sesame.legacy_schema() is null then
    raise sqlstate 'SE012' using
      message = 'there are no old tables to bring back',
      hint = 'Schema legacy, where a push moved them, is not here. See docs/moving_in.md.';
  end if;
  perform sesame.lock_fold();
  perform sesame.refuse_swap('legacy', 'sesame_aside');
  create schema sesame_aside;
  comment on schema sesame_aside is 'Sesame: asleep since its old tables are back. deno task backfill --redo wakes it.';
  -- For has_module_access: tables and policies say who reads what, and the schema is not exposed over HTTP.
  grant usage on schema sesame_aside to authenticated;
  perform sesame.export_new_access();
  return query execute 'select ''access '' || what, count(*) from sesame_aside.new_access group by 1 order by 1';

  perform sesame.fall_asleep();
  perform sesame.switch_cron(false);
  for v_object in select id from sesame.surface('public') loop
    perform sesame.move_object(v_object, 'sesame_aside');
  end loop;
  for v_object in select id from sesame.objects_in('legacy') loop
    perform sesame.move_object(v_object, 'public');
    insert into sesame.returned_objects (id) values (v_object);
  end loop;
  alter schema legacy rename to sesame_legacy;
  return query
    select format('foreign key %s of %s points at the old table again', name, of_table)
      || case when is_whole then '' else ', but not yet for rows written since' end, null::bigint
    from sesame.restore_keys();
  return query
    select format('%s still asks %s', reader, target), null::bigint from sesame.readers_of('sesame_aside')
    union all
    select format('foreign key %s of %s still points at %s', conname, conrelid::regclass, confrelid::regclass), null::bigint
    from pg_catalog.pg_constraint
    join pg_catalog.pg_class as target on target.oid = confrelid
    join pg_catalog.pg_class as source on source.oid = conrelid
    where contype = 'f' and target.relnamespace = 'sesame_aside'::regnamespace
      and source.relnamespace not in ('sesame_aside'::regnamespace, 'sesame'::regnamespace)
    order by 1;
  notify pgrst, 'reload schema';
end
$$;

comment on function sesame.step_aside is
  'Puts the old tables back into schema public, exactly as they were, and Sesame''s own to sleep in schema sesame_aside, '
  'with the access that is new since (new_access). Answers what to know. Refuses (SE010, SE012) before anything moves.';

create function sesame.step_in() returns void
language plpgsql volatile set search_path = '' set lock_timeout = '10s' as $$
declare
  v_object oid;
begin
  if not sesame.is_aside() then
    raise sqlstate 'SE012' using
      message = 'Sesame does not stand aside',
      hint = 'Nothing has to be brought back.';
  end if;
  perform sesame.refuse_swap('sesame_aside', 'legacy');
  alter schema sesame_legacy rename to legacy;
  for v_object in select id from sesame.returned_objects loop
    perform sesame.move_object(v_object, 'legacy');
  end loop;
  delete from sesame.returned_objects where true;
  drop table sesame_aside.new_access;
  for v_object in select id from sesame.objects_in('sesame_aside') loop
    perform sesame.move_object(v_object, 'public');
  end loop;
  drop schema sesame_aside;
  perform sesame.wake_up();
  perform sesame.switch_cron(true);
  perform sesame.move_keys();
  notify pgrst, 'reload schema';
end
$$;

comment on function sesame.step_in is
  'The other way: the old tables to schema legacy again, and Sesame back to its place. Raises SE010, SE012.';
