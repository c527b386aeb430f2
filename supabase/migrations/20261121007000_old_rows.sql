-- Moving in, 1: reading the rows of an old database's tables, with any names of their columns.

-- A schema with this name may be the project's own: then it is not read.
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
  'Schema legacy, if the first chapter moved old tables to it and noted so in its comment; else null.';

create function sesame.has_unique_ids(of_table regclass) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  -- For a table in parts, or with children, no index says so.
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

-- An old table may have any columns beside the few that count, and those in any type. These few are read as JSON.
-- Times without a zone are read as UTC.
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
      -- Most metadata is empty and names no object.
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
  'The select list that reads a row of an old table: the columns that we know, how often it was used (used) and '
  'may be used (most), and the payment behind it (paid_by). The old columns may have several names.';

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
  'A query for the rows of a table in schema legacy, in these blocks: the known columns of each as JSON, the row '
  'itself, and a key. The key is the row''s id, unless another row has the same id. Null: there are no rows to '
  'read.';

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

comment on function sesame.old_rows is
  'The rows of a table in schema legacy, in these blocks, as JSON, each with its key.';
