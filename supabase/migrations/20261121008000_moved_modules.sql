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

-- Sites call the same thing by many names: compared without case and without the lines between words.
create function sesame.bare_name(name text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return lower(replace(replace(name, '_', ''), '-', ''));
end
$$;

create function sesame.means_payment(name text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.bare_name(name)
    ~ '^(stripe)?(payment(intent)?|(checkout)?session|charge|invoice|subscription|transaction)(id)?$';
end
$$;

create function sesame.means_usage(name text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.bare_name(name)
    ~ '^((current|nb|total|times)?(usage|use|used|uses|usages)(s?count(er)?)?|(nb)?utilisations?)$';
end
$$;

create function sesame.means_limit(name text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.bare_name(name) ~ '^(max(usages?|uses?)|(usage|use)s?limit)$';
end
$$;

create function sesame.as_count(written text) returns integer
language plpgsql immutable strict set search_path = '' as $$
begin
  -- A numeric may say 100.00.
  return case when written ~ '^[0-9]{1,9}(\.[0-9]*)?$' then split_part(written, '.', 1)::integer end;
end
$$;

create function sesame.payment_named(of_columns jsonb, in_metadata jsonb) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select said.id
    from (
      select name, btrim(id) as id, true as is_column from jsonb_each_text(of_columns) as named (name, id)
      union all
      select name, btrim(id), false
      from jsonb_each_text(case when jsonb_typeof(in_metadata) = 'object' then in_metadata else '{}' end)
        as named (name, id)
      where sesame.means_payment(name)
    ) as said
    cross join lateral (
      -- What was paid every month is open as long as the subscription is, whichever of its payments is named beside it.
      select case
        when said.id ~ '^sub_' then 1
        when said.id ~ '^pi_' then 2
        when said.id ~ '^(ch|py)_' then 3
        when said.id ~ '^in_' then 4
        when said.id ~ '^cs_' then 5
        when said.is_column and sesame.bare_name(said.name) ~ 'payment.*id$' and said.id <> '' then 6
      end as place
    ) as rank
    where rank.place is not null
    order by rank.place, said.name
    limit 1
  );
end
$$;

comment on function sesame.payment_named is
  'Which payment an old row names, in columns or in its metadata: a subscription (sub_), a payment, a charge, an '
  'invoice, a session, or an id of the site''s own.';

-- An old table may have any columns beside the few that count, and those in any type: these few are read as
-- JSON, times without a zone as UTC.
create function sesame.old_columns_read(of_table regclass) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (
    select concat_ws(', ',
      string_agg(format('old.%I', name), ', ') filter (where name in (
        'id', 'slug', 'name', 'title', 'description', 'is_free', 'is_active', 'created_at',
        'created_by', 'user_id', 'module_id', 'access_type', 'access_level', 'token_id', 'expires_at'
      )),
      'greatest(' || string_agg(format('sesame.as_count(old.%I::text)', name), ', ')
        filter (where sesame.means_usage(name)) || ') as used',
      'greatest(' || string_agg(format('sesame.as_count(old.%I::text)', name), ', ')
        filter (where sesame.means_limit(name)) || ') as most',
      max(metadata) || ' as metadata',
      -- Most metadata is empty, and names nothing.
      format(
        case when bool_or(sesame.means_payment(name)) then '%1$s' else 'case when %2$s <> ''{}'' then %1$s end' end || ' as paid_by',
        format(
          'sesame.payment_named(jsonb_strip_nulls(jsonb_build_object(%s)), %s)',
          string_agg(format('%L, old.%I::text', name, name), ', ') filter (where sesame.means_payment(name)),
          coalesce(max(metadata), 'null::jsonb')
        ),
        coalesce(max(metadata), 'null::jsonb')
      )
    )
    from (
      select
        attname::text as name,
        case
          when attname <> 'metadata' then null
          when atttypid = 'jsonb'::regtype then 'old.metadata'
          else 'sesame.as_json(old.metadata::text)'
        end as metadata
      from pg_catalog.pg_attribute
      where attrelid = of_table and attnum > 0 and not attisdropped
    ) as old
  );
end
$$;

comment on function sesame.old_columns_read is
  'What is read of each row of an old table, as a list to select: the columns that we know, how often it was used '
  '(used) and may be (most), and what paid for it (paid_by), under whichever names.';

create function sesame.old_rows_query(of_table text, from_block bigint default 0, to_block bigint default 4294967295)
returns text
language plpgsql stable set search_path = '' as $$
declare
  v_table regclass := to_regclass(sesame.legacy_schema() || '.' || quote_ident(of_table));
  v_from text := format(
    'from %s as old cross join lateral (select %s) as said', v_table, sesame.old_columns_read(v_table)
  );
begin
  if v_table is null then
    return null;
  elsif sesame.has_unique_ids(v_table) then
    return format(
      'select old.id::text as key, to_jsonb(said) as old, old as row %s where old.ctid >= %L and old.ctid < %L',
      v_from, format('(%s,0)', from_block), format('(%s,0)', to_block)
    );
  elsif from_block = 0 then
    -- All of it belongs to the first part: of several rows of one id each is known by all that it says.
    return format(
      $q$ select
            old ->> 'id' || case
              when count(*) over (partition by old ->> 'id') > 1 then ' ' || md5(old::text)
              else ''
            end as key,
            old, row
          from (select to_jsonb(said) as old, old as row %s) as rows $q$,
      v_from
    );
  end if;
  return null;
end
$$;

comment on function sesame.old_rows_query is
  'A query for the rows of a table in schema legacy, in these blocks: what is read of each as JSON, the row itself, and '
  'a key of its own: its id, where no other row has it. Null where there is nothing to read.';

create function sesame.old_rows(of_table text, from_block bigint default 0, to_block bigint default 4294967295)
returns table (key text, old jsonb)
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
  v_query text := sesame.old_rows_query(of_table, from_block, to_block);
begin
  if v_query is not null then
    return query execute format('select key, old from (%s) as rows', v_query);
  end if;
end
$$;

comment on function sesame.old_rows is 'The rows of a table in schema legacy, in these blocks, as JSON, each with its key.';

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
  v_ids_moved bigint[] := '{}';
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
    insert into public.modules (id, slug, title, description, is_free, is_active, metadata, created_at)
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
      -- Everybody reads the catalogue.
      case
        when jsonb_typeof(v_old -> 'metadata') = 'object' and 'anon' = any (sesame.old_readers('modules', 'metadata'))
        then v_old -> 'metadata'
        else '{}'
      end,
      coalesce(nullif(nullif(sesame.as_time(v_old ->> 'created_at'), 'infinity'), '-infinity'), now())
    )
    returning id into v_id;
    insert into sesame.moved_modules (old_id, module_id) values (v_old ->> 'id', v_id);
    v_ids_moved := v_ids_moved || v_id;
    -- Never back: a number that a later module had may be in what was sold.
    perform setval(v_ids, greatest(pg_sequence_last_value(v_ids), (select max(id) from public.modules)));
  end loop;
  perform sesame.carry_into_modules(v_ids_moved);
end
$$;

comment on function sesame.move_modules_in is 'Brings the modules of an old database across; again: those that are new.';
