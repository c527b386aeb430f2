-- Copies every table of Sesame's into schema sesame_archive, or into sesame_archive_2 and so on where an earlier removal
-- has left its data. A column of one of Sesame's types becomes text.
do $$
declare
  v_table record;
  v_archive text := 'sesame_archive';
  v_number integer := 1;
  v_place regnamespace;
  v_name regclass;
begin
  if to_regnamespace('sesame') is null then
    return;
  end if;
  v_place := case when sesame.is_aside() then 'sesame_aside' else 'public' end;
  -- From here to the drop nothing is written: a row that came after its table was copied would be lost. The inbox is
  -- first, so that a webhook waits before it holds anything, then fails, and comes again.
  for v_name in
    select relation.oid::regclass
    from pg_catalog.pg_class as relation
    where relation.relkind in ('r', 'p')
      and (relation.relnamespace = 'sesame'::regnamespace or relation.oid in (select id from sesame.surface(v_place)))
    order by relation.relname <> 'stripe_events', relation.relname
  loop
    execute format('lock table %s in exclusive mode', v_name);
  end loop;
  while to_regnamespace(v_archive) is not null loop
    v_number := v_number + 1;
    v_archive := 'sesame_archive_' || v_number;
  end loop;
  execute format('create schema %I', v_archive);
  execute format('comment on schema %I is %L', v_archive,
    'The data of Sesame, which was removed. Only the owner may read it.');
  for v_table in
    select relation.oid::regclass as source, relation.relname as name, (
      select string_agg(
        format('%I', attname) || case
          when type.typnamespace <> 'sesame'::regnamespace then ''
          when type.typcategory = 'A' then '::text[]'
          else '::text'
        end, ', ' order by attnum)
      from pg_catalog.pg_attribute
      join pg_catalog.pg_type as type on type.oid = atttypid
      where attrelid = relation.oid and attnum > 0 and not attisdropped
    ) as columns
    from pg_catalog.pg_class as relation
    where relation.relkind in ('r', 'p')
      and (relation.relnamespace = 'sesame'::regnamespace or relation.oid in (select id from sesame.surface(v_place)))
  loop
    execute format('create table %I.%I as select %s from %s',
      v_archive, v_table.name, v_table.columns, v_table.source);
    execute format('alter table %I.%I enable row level security', v_archive, v_table.name);
    -- The project's default privileges may have opened it.
    execute format('revoke all on %I.%I from public, anon, authenticated, service_role', v_archive, v_table.name);
  end loop;
end
$$;
