-- Moving in, 9: all of it in one call, and the way back.

create function sesame.move_in() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.set_cause('moving in');
  perform sesame.carry_columns();
  perform sesame.move_modules_in();
  perform sesame.reserve_access_ids();
  perform sesame.move_tokens_in();
  perform sesame.move_access_in();
  perform sesame.restore_access_ids();
  perform sesame.carry_into_access();
  perform sesame.move_keys();
end
$$;

comment on function sesame.move_in is
  'Brings all of an old database across, in one transaction. A second call brings what is missing.';

create function sesame.is_pointed_at(module_id bigint) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_key record;
  v_is_pointed_at boolean;
begin
  -- This includes tables of the site's own: the site decides what happens to their rows.
  for v_key in
    select source.attrelid::regclass as of_table, source.attname as column, target.attname as pointed_at
    from pg_catalog.pg_constraint
    join pg_catalog.pg_attribute as source on (source.attrelid, source.attnum) = (conrelid, conkey[1])
    join pg_catalog.pg_attribute as target on (target.attrelid, target.attnum) = (confrelid, confkey[1])
    where contype = 'f' and confrelid = 'public.modules'::regclass
      and conrelid <> 'sesame.moved_modules'::regclass
  loop
    execute format(
      'select exists (select from %s as pointing join public.modules as module on module.%I = pointing.%I where module.id = $1)',
      v_key.of_table, v_key.pointed_at, v_key.column
    ) into v_is_pointed_at using module_id;
    exit when v_is_pointed_at;
  end loop;
  return v_is_pointed_at;
end
$$;

create function sesame.move_out() returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_gone bigint;
begin
  -- Rows are found by their ids: their metadata may have been changed since.
  delete from public.access_tokens as token
  using (
    select id from sesame.read_old_tokens('access_tokens') where problem is null
    union
    select id from sesame.read_old_tokens('module_access') where problem is null
  ) as old
  where token.id = old.id;
  get diagnostics v_gone = row_count;
  delete from public.modules as module
  using sesame.moved_modules as moved
  where moved.module_id = module.id and not sesame.is_pointed_at(module.id);
  return v_gone;
end
$$;

comment on function sesame.move_out is
  'Takes back what move_in brought, and nothing else. Answers how many tokens. A module stays if a row points at '
  'it by now. The old tables are not changed.';
