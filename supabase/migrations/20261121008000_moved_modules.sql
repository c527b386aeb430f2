-- Moving in, 1: the modules of an old database, under the ids they had.

-- A schema of this name may be the project's own: then nothing in it is read.
create function sesame.legacy_schema() returns regnamespace
language plpgsql stable set search_path = '' as $$
begin
  return (
    select oid from pg_catalog.pg_namespace
    where nspname = 'legacy' and obj_description(oid, 'pg_namespace') like '%sesame.move_in = %'
  );
end
$$;

comment on function sesame.legacy_schema is
  'Schema legacy, where the first chapter moved old tables to it and said so in its comment; else null.';

create table sesame.moved_modules (
  old_id text primary key,
  module_id bigint not null references public.modules (id) on delete cascade
);

create index moved_modules_module_id_idx on sesame.moved_modules (module_id);

alter table sesame.moved_modules enable row level security;

comment on table sesame.moved_modules is
  'Which module a row of legacy.modules became. Private: no policy, written by move_modules_in only.';

create function sesame.has_unique_ids(of_table regclass) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  -- Of a table in parts, or of one that others inherit from, no index says so.
  return exists (
    select from pg_catalog.pg_class as relation
    join pg_catalog.pg_attribute as id on id.attrelid = relation.oid and id.attname = 'id'
    join pg_catalog.pg_index as index on index.indrelid = relation.oid
    where relation.oid = of_table and relation.relkind = 'r'
      and not exists (select from pg_catalog.pg_inherits where inhparent = relation.oid)
      and index.indisunique and index.indisvalid and index.indpred is null
      and index.indnkeyatts = 1 and index.indkey[0] = id.attnum
  );
end
$$;

-- An old table may have any columns beside the few that count, and those in any type: these few are read as
-- JSON, times without a zone as UTC.
create function sesame.old_rows(of_table text, from_block bigint default 0, to_block bigint default 4294967295)
returns table (key text, old jsonb)
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
  v_table regclass := to_regclass(sesame.legacy_schema() || '.' || quote_ident(of_table));
  v_columns text := (
    select string_agg(format('old.%I', attname), ', ')
    from pg_catalog.pg_attribute
    where attrelid = v_table and attnum > 0 and not attisdropped and attname in (
      'id', 'slug', 'name', 'title', 'description', 'is_free', 'is_active', 'created_at',
      'created_by', 'user_id', 'module_id', 'access_type', 'access_level', 'token_id', 'expires_at', 'max_usage',
      'usage_count', 'payment_id', 'payment_intent_id', 'stripe_payment_intent_id', 'stripe_session_id'
    )
  );
  v_rows text := format('select %s from %s as old', v_columns, v_table);
begin
  if v_table is null then
    return;
  end if;
  if sesame.has_unique_ids(v_table) then
    return query execute format(
      'select row.id::text, to_jsonb(row) from (%s where old.ctid >= %L and old.ctid < %L) as row',
      v_rows, format('(%s,0)', from_block), format('(%s,0)', to_block)
    );
  elsif from_block = 0 then
    -- All of it belongs to the first part: of several rows of one id each is known by all that it says.
    return query execute format(
      $q$ select
            old ->> 'id' || case
              when count(*) over (partition by old ->> 'id') > 1 then ' ' || md5(old::text)
              else ''
            end,
            old
          from (select to_jsonb(row) as old from (%s) as row) as rows $q$,
      v_rows
    );
  end if;
end
$$;

comment on function sesame.old_rows is
  'The rows of a table in schema legacy, in these blocks, as JSON, each with a key of its own: its id, where no '
  'other row has it. None where there is no such table.';

create function sesame.slug_of(written text, id text) returns text
language plpgsql immutable set search_path = '' as $$
declare
  v_slug text := btrim(regexp_replace(lower(coalesce(written, '')), '[^a-z0-9]+', '-', 'g'), '-');
begin
  return case
    when v_slug ~ '^[a-z]' then v_slug
    else rtrim('module-' || coalesce(nullif(v_slug, ''), regexp_replace(lower(id), '[^a-z0-9]+', '-', 'g')), '-')
  end;
end
$$;

create function sesame.free_slug(written text, id text) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_wanted text := sesame.slug_of(written, id);
  v_slug text := v_wanted;
  v_others integer := 0;
begin
  while exists (select from public.modules where slug = v_slug) loop
    v_slug := sesame.slug_of(concat_ws('-', v_wanted, id, nullif(v_others, 0)), id);
    v_others := v_others + 1;
  end loop;
  return v_slug;
end
$$;

create function sesame.move_modules_in() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_ids regclass := pg_get_serial_sequence('public.modules', 'id');
  v_old jsonb;
  v_id bigint;
  v_slug text;
begin
  -- One by one: they are few, and a slug depends on those before it. Of several of one id, the first.
  for v_old in
    select distinct on (length(old ->> 'id'), old ->> 'id') old
    from sesame.old_rows('modules')
    where old ->> 'id' is not null
      and not exists (select from sesame.moved_modules where old_id = old ->> 'id')
    order by length(old ->> 'id'), old ->> 'id'
  loop
    v_slug := sesame.free_slug(coalesce(v_old ->> 'slug', v_old ->> 'name', v_old ->> 'title'), v_old ->> 'id');
    insert into public.modules (id, slug, title, description, is_free, is_active, created_at)
    overriding system value
    values (
      case
        when v_old ->> 'id' ~ '^[1-9][0-9]{0,17}$'
          and not exists (select from public.modules where id = (v_old ->> 'id')::bigint)
        then (v_old ->> 'id')::bigint
        else nextval(v_ids)
      end,
      v_slug,
      coalesce(v_old ->> 'title', v_old ->> 'name', v_slug),
      v_old ->> 'description',
      coalesce(sesame.as_flag(v_old ->> 'is_free'), false),
      coalesce(sesame.as_flag(v_old ->> 'is_active'), true),
      coalesce(nullif(nullif(sesame.as_time(v_old ->> 'created_at'), 'infinity'), '-infinity'), now())
    )
    returning id into v_id;
    insert into sesame.moved_modules (old_id, module_id) values (v_old ->> 'id', v_id);
    -- Never back: a number that a later module had may be in what was sold.
    perform setval(v_ids, greatest(pg_sequence_last_value(v_ids), (select max(id) from public.modules)));
  end loop;
end
$$;

comment on function sesame.move_modules_in is 'Brings the modules of an old database across; again: those that are new.';
