-- A database described, one row per fact, so that two of them can be compared.
-- Left out: what belongs to Postgres itself, to an extension, or to the history of migrations.
with schemas as (
  select oid, nspname, nspowner, nspacl
  from pg_namespace
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'supabase_migrations')
),
owned as (
  select classid, objid from pg_depend where deptype = 'e'
),
relations as (
  select c.*, c.oid::regclass::text as name
  from pg_class c
  join schemas on schemas.oid = c.relnamespace
  where not exists (select from owned where classid = 'pg_class'::regclass and objid = c.oid)
),
functions as (
  select p.*, p.oid::regprocedure::text as name
  from pg_proc p
  join schemas on schemas.oid = p.pronamespace
  where not exists (select from owned where classid = 'pg_proc'::regclass and objid = p.oid)
),
facts (kind, name, fact) as (
  -- As text. Otherwise every name of the union would be cut after 63 bytes.
  select 'schema', nspname::text, concat_ws(' ', nspowner::regrole, coalesce(nspacl, acldefault('n', nspowner)), obj_description(oid))
  from schemas
  union all
  select 'relation', name,
    concat_ws(' ', relkind, relowner::regrole, reloptions, obj_description(oid, 'pg_class'))
  from relations
  union all
  select 'row level security', name, concat_ws(' ', relrowsecurity, relforcerowsecurity)
  from relations
  where relkind in ('r', 'p')
  union all
  select 'grants', name, (
    -- In one order, whenever each was granted.
    select string_agg(access.one::text, ' ' order by access.one::text)
    from unnest(coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner)))
      as access (one)
  )
  from relations
  where relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select 'column', relations.name || '.' || attname,
    concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
      pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
  from relations
  join pg_attribute on attrelid = relations.oid and attnum > 0 and not attisdropped
    and relkind not in ('i', 'I')
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  union all
  -- Their order alone: a dropped column leaves a gap in the numbers.
  select 'order of columns', name, (
    select string_agg(attname, ' ' order by attnum) from pg_attribute
    where attrelid = relations.oid and attnum > 0 and not attisdropped
  )
  from relations
  where relkind in ('r', 'p', 'v', 'm')
  union all
  select 'column grants', relations.name || '.' || attname, (
    select string_agg(access.one::text, ' ' order by access.one::text) from unnest(attacl) as access (one)
  )
  from relations
  join pg_attribute on attrelid = relations.oid and attnum > 0 and not attisdropped and attacl is not null
  union all
  select 'view', name, pg_get_viewdef(oid) from relations where relkind in ('v', 'm')
  union all
  select 'index', name, pg_get_indexdef(oid) from relations where relkind = 'i'
  union all
  select 'constraint', concat_ws(' ', conrelid::regclass, contypid::regtype, conname),
    concat_ws(' ', pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'))
  from pg_constraint
  where connamespace in (select oid from schemas)
  union all
  select 'trigger', relations.name || ' ' || tgname, pg_get_triggerdef(t.oid)
  from pg_trigger t
  join relations on relations.oid = tgrelid
  where not tgisinternal
  union all
  select 'firing', relations.name || ' ' || tgname, tgenabled::text
  from pg_trigger t
  join relations on relations.oid = tgrelid
  where not tgisinternal
  union all
  select 'policy', relations.name || ' ' || polname,
    concat_ws(' ', polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid),
      pg_get_expr(polwithcheck, polrelid))
  from pg_policy
  join relations on relations.oid = polrelid
  union all
  select 'function', name,
    concat_ws(' ', proowner::regrole, pg_get_functiondef(oid), obj_description(oid, 'pg_proc'))
  from functions
  where prokind <> 'a'
  union all
  select 'execution', name, (
    select string_agg(access.one::text, ' ' order by access.one::text)
    from unnest(coalesce(proacl, acldefault('f', proowner))) as access (one)
  )
  from functions
  union all
  select 'type', t.oid::regtype::text,
    concat_ws(' ', typtype, typowner::regrole, typacl, typnotnull, typdefault,
      nullif(format_type(typbasetype, typtypmod), '-'),
      (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid))
  from pg_type t
  where typnamespace in (select oid from schemas) and typtype in ('e', 'd', 'r')
  union all
  select 'default privileges', concat_ws(' ', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype),
    defaclacl::text
  from pg_default_acl
  union all
  select 'setting', concat_ws(' ', setrole::regrole, datname), setconfig::text
  from pg_db_role_setting
  left join pg_database on pg_database.oid = setdatabase
  union all
  select 'extension', extname, concat_ws(' ', extnamespace::regnamespace, extversion)
  from pg_extension
)
select kind, name, coalesce(fact, '') as fact from facts order by kind, name, fact;
