-- Stepping aside, 3: the old tables return to their places, and Sesame steps aside with all its data. A second
-- function does the reverse. Each is one transaction, and runs only if no object is in the way.

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
  'Raises SE010 with all obstacles to moving one schema to schema public, and Sesame''s objects to another schema.';

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
      -- Rows written meanwhile name rows that only Sesame had. The key is checked for new rows, and not for those.
      restore_keys.is_whole := false;
    end;
    return next;
  end loop;
  delete from sesame.moved_keys as known where known.why is null;
end
$$;

comment on function sesame.restore_keys is
  'Points the site''s foreign keys at the old tables again. is_whole: the key is true for all present rows.';

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
  comment on schema sesame_aside is 'Sesame: asleep since its old tables are back. The command backfill --redo wakes it.';
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
  'Puts the old tables back into schema public, exactly as they were. Sesame''s own objects go to schema '
  'sesame_aside, where they sleep, with the access that is new since (new_access). Answers what the operator has '
  'to know. Raises SE010 or SE012 before any object moves.';

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
  'The reverse of step_aside: the old tables move to schema legacy again, and Sesame moves back. Raises SE010, '
  'SE012.';
