-- Moving in, 5: foreign keys of the site's own tables that pointed at old modules or tokens. They are changed to
-- point at ours, if every row that they name is here under its old id.

create table sesame.moved_keys (
  of_table text not null,
  name text not null,
  definition text not null,
  why text,
  primary key (of_table, name)
);

alter table sesame.moved_keys enable row level security;

comment on table sesame.moved_keys is
  'Foreign keys that pointed at tables in schema legacy, with their old definitions. Private: no policy, written '
  'by move_keys only.';
comment on column sesame.moved_keys.why is 'Why it still points there. Null: it points at ours.';

create function sesame.old_keys() returns table (id oid, of_table text, name text, target text, definition text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select con.oid, con.conrelid::regclass::text, con.conname::text, target.relname::text, pg_get_constraintdef(con.oid)
    from pg_catalog.pg_constraint as con
    join pg_catalog.pg_class as target on target.oid = con.confrelid
    join pg_catalog.pg_class as source on source.oid = con.conrelid
    where con.contype = 'f' and con.conparentid = 0
      and target.relnamespace = sesame.legacy_schema() and source.relnamespace <> target.relnamespace;
end
$$;

comment on function sesame.old_keys is 'Foreign keys of the site''s own tables that point at tables in schema legacy.';

create function sesame.move_key(of_table text, name text, definition text) returns text
language plpgsql volatile set search_path = '' set lock_timeout = '5s' as $$
begin
  execute format('alter table %s drop constraint %I', of_table, name);
  execute format('alter table %s add constraint %I %s', of_table, name, definition);
  return null;
exception
  when foreign_key_violation then
    return 'some of its rows name what did not come';
  when datatype_mismatch then
    return 'its column is of another type than ours';
  when undefined_column or invalid_foreign_key then
    return 'ours has no such key';
  when insufficient_privilege then
    return 'its table belongs to another role';
  when lock_not_available then
    return 'its table was busy: run the backfill again';
end
$$;

comment on function sesame.move_key is
  'Replaces a foreign key by one with the same name, or leaves it and answers why.';

create function sesame.move_keys() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_key record;
  v_new text;
  v_why text;
begin
  for v_key in select * from sesame.old_keys() as old order by old.of_table, old.name loop
    v_new := replace(v_key.definition, ' REFERENCES legacy.', ' REFERENCES public.');
    v_why := case
      when v_key.target not in ('modules', 'access_tokens') then 'a row of ' || v_key.target || ' comes and goes with what pays for it'
      when v_key.target = 'modules' and exists (select from sesame.moved_modules where old_id <> module_id::text)
        then 'some modules have another id here'
      else sesame.move_key(v_key.of_table, v_key.name, replace(v_new, ' NOT VALID', ''))
    end;
    -- Some of its rows named missing rows before, too.
    if v_why = 'some of its rows name what did not come' and v_new like '% NOT VALID' then
      v_why := sesame.move_key(v_key.of_table, v_key.name, v_new);
    end if;
    insert into sesame.moved_keys (of_table, name, definition, why)
    values (v_key.of_table, v_key.name, v_key.definition, v_why)
    on conflict on constraint moved_keys_pkey do update set (definition, why) = (excluded.definition, excluded.why);
  end loop;
end
$$;

comment on function sesame.move_keys is
  'Points foreign keys of the site''s own tables at ours, if that is true for all their rows. A second call '
  'tries the others again.';

-- A view or a policy keeps using the table or function that it was made for, even after a move.
create function sesame.readers_of(of_schema regnamespace) returns table (target text, reader text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select distinct target.name, reader.name
    from (
      select 'pg_catalog.pg_class'::regclass as kind, oid, format('%s.%I', of_schema, relname) as name
      from pg_catalog.pg_class where relnamespace = of_schema
      union all
      select 'pg_catalog.pg_proc'::regclass, oid, oid::regprocedure::text
      from pg_catalog.pg_proc where pronamespace = of_schema
    ) as target
    join pg_catalog.pg_depend as needed on needed.refclassid = target.kind and needed.refobjid = target.oid
    cross join lateral (
      select 'view ' || ev_class::regclass as name, ev_class as of_relation
      from pg_catalog.pg_rewrite
      where needed.classid = 'pg_catalog.pg_rewrite'::regclass and oid = needed.objid
      union all
      select format('policy %I on %s', polname, polrelid::regclass), polrelid
      from pg_catalog.pg_policy
      where needed.classid = 'pg_catalog.pg_policy'::regclass and oid = needed.objid
    ) as reader
    join pg_catalog.pg_class as source on source.oid = reader.of_relation
      and source.relnamespace not in (of_schema, 'sesame'::regnamespace)
    order by 1, 2;
end
$$;

comment on function sesame.readers_of is
  'Views and policies of the site''s own that read a table of this schema or call a function of it.';
