-- Moving in, 2: columns of old tables that our tables lack are carried over (chapter carried_columns).

-- Old policies are not carried over. No role may read more than before: so a column is readable by the roles to which
-- the old table showed it. Our tables show members their own rows, whatever an old policy said. Every user sees all
-- modules. So for modules an old policy that depends on the caller counts as showing nothing.
create function sesame.old_readers(of_table text, of_column text) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select role.name
    from unnest(case when of_table = 'modules' then '{anon,authenticated}' else '{authenticated}' end::text[]) as role (name)
    join pg_catalog.pg_class as old on old.oid = to_regclass(sesame.legacy_schema() || '.' || quote_ident(of_table))
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = old.oid and attribute.attname = of_column
    where has_column_privilege(role.name, old.oid, attribute.attnum, 'select')
      and (
        not old.relrowsecurity
        or exists (
          select from pg_catalog.pg_policy as policy
          where policy.polrelid = old.oid and policy.polpermissive and policy.polcmd in ('r', '*')
            and policy.polroles && array[0::oid, to_regrole(role.name)::oid]
            and (of_table <> 'modules'
              or pg_get_expr(policy.polqual, policy.polrelid) !~* '\m(select|current_setting|current_user|session_user)\M|\.\w+"?\(')
        )
      )
  );
end
$$;

comment on function sesame.old_readers is
  'Which of the roles anon and authenticated could read a column of an old table.';

create function sesame.type_with_nulls(of_type oid, modifier integer) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_type text := format_type(of_type, modifier);
begin
  execute format('select null::%s', v_type);
  return v_type;
exception when not_null_violation or check_violation then
  -- The domain does not allow null, and our rows have no value for it. So the column gets the type below the domain.
  return (
    select sesame.type_with_nulls(domain.typbasetype, domain.typtypmod)
    from pg_catalog.pg_type as domain where domain.oid = of_type
  );
end
$$;

create function sesame.old_columns()
returns table (of_table text, name text, place smallint, type text, default_value text, state text, why text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      old.of_table, attribute.attname::text, attribute.attnum,
      case when not is_ours and not is_stuck then
        sesame.type_with_nulls(attribute.atttypid, attribute.atttypmod) || coalesce(
          (select format(' collate %I.%I', collnamespace::regnamespace, collname) from pg_catalog.pg_collation
           where oid = attribute.attcollation and attribute.attcollation <> type.typcollation),
          ''
        )
      end,
      case when not loses_default then pg_get_expr(preset.adbin, preset.adrelid) end,
      case
        when is_ours and is_read then 'is read'
        when is_ours or is_stuck then 'is left'
        when exists (select from sesame.carried_columns as known where (known.of_table, known.name) = (old.of_table, attribute.attname))
          then 'is carried'
        else 'is to be carried'
      end,
      case
        when is_ours and is_read then null
        when is_ours then 'a column of ours has its name and another meaning'
        when is_stuck then 'its type is that of a table that stepped aside'
        else nullif(concat_ws(', ',
          case when is_generated then 'as a plain column' end,
          case when loses_default then 'without its default' end,
          case when (select typtype = 'd' from pg_catalog.pg_type where oid = attribute.atttypid)
            and sesame.type_with_nulls(attribute.atttypid, attribute.atttypmod) <> format_type(attribute.atttypid, attribute.atttypmod)
            then 'without its domain' end,
          case when sesame.means_usage(attribute.attname) and old.of_table = 'access_tokens'
            then 'its count is usage_count from now on' end,
          case when sesame.old_readers(old.of_table, attribute.attname) = '{}' then 'for the secret key alone' end
        ), '')
      end
    from unnest('{modules,access_tokens,module_access}'::text[]) as old (of_table)
    join pg_catalog.pg_attribute as attribute
      on attribute.attrelid = to_regclass(sesame.legacy_schema() || '.' || quote_ident(old.of_table))
      and attribute.attnum > 0 and not attribute.attisdropped
    join pg_catalog.pg_type as type on type.oid = attribute.atttypid
    left join pg_catalog.pg_type as element on element.oid = type.typelem and type.typcategory = 'A'
    left join pg_catalog.pg_attrdef as preset
      on preset.adrelid = attribute.attrelid and preset.adnum = attribute.attnum and attribute.attgenerated = ''
    cross join lateral (
      select
        exists (
          select from pg_catalog.pg_attribute as ours
          where ours.attrelid = to_regclass('public.' || quote_ident(old.of_table)) and ours.attname = attribute.attname
            and not exists (
              select from sesame.carried_columns as known
              where (known.of_table, known.name) = (old.of_table, attribute.attname)
            )
        ) as is_ours,
        attribute.attname = any (case old.of_table
          when 'modules' then '{id,slug,title,description,is_free,is_active,metadata,created_at}'
          when 'access_tokens' then '{id,created_by,module_id,access_level,expires_at,max_usage,usage_count,is_active,payment_id,metadata,created_at}'
          else '{id,user_id,module_id,access_type,token_id,expires_at,is_active,metadata,created_at}'
        end::name[]) as is_read,
        sesame.legacy_schema() in (type.typnamespace, coalesce(element.typnamespace, type.typnamespace)) as is_stuck,
        attribute.attgenerated <> '' or attribute.attidentity <> '' as is_generated,
        -- The default needs a sequence or a function that stepped aside with the old tables.
        exists (
          select from pg_catalog.pg_depend as needed
          left join pg_catalog.pg_class as relation on needed.refclassid = 'pg_catalog.pg_class'::regclass
            and relation.oid = needed.refobjid and relation.oid <> attribute.attrelid
          left join pg_catalog.pg_proc as routine on needed.refclassid = 'pg_catalog.pg_proc'::regclass
            and routine.oid = needed.refobjid
          where needed.classid = 'pg_catalog.pg_attrdef'::regclass and needed.objid = preset.oid
            and sesame.legacy_schema() in (relation.relnamespace, routine.pronamespace)
        ) as loses_default
    ) as about
    order by old.of_table, attribute.attnum;
end
$$;

comment on function sesame.old_columns is
  'The state of each column of the old tables: is read (as a column of ours), is to be carried, is carried, or '
  'is left in schema legacy, with the reason. Also the type and default that it gets here.';

create function sesame.carry_columns() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_old record;
  v_readers text[];
  v_role text;
begin
  for v_old in
    select * from sesame.old_columns() as old where old.state = 'is to be carried' order by old.of_table, old.place
  loop
    execute format('alter table public.%I add column %I %s%s', v_old.of_table, v_old.name, v_old.type,
      ' default ' || v_old.default_value);
    execute format('comment on column public.%I.%I is %L', v_old.of_table, v_old.name, coalesce(
      col_description(to_regclass('legacy.' || quote_ident(v_old.of_table)), v_old.place),
      'From the site''s own table, before Sesame. Sesame neither reads nor writes it.'
    ));
    v_readers := sesame.old_readers(v_old.of_table, v_old.name);
    foreach v_role in array v_readers loop
      execute format('grant select (%I) on public.%I to %I', v_old.name, v_old.of_table, v_role);
    end loop;
    if v_old.of_table <> 'modules' then
      execute format('grant insert (%1$I), update (%1$I) on public.%2$I to service_role', v_old.name, v_old.of_table);
    end if;
    if v_old.of_table = 'module_access' then
      execute format('alter table sesame.carried_access add column %I %s', v_old.name, v_old.type);
    end if;
    insert into sesame.carried_columns (of_table, name, readers) values (v_old.of_table, v_old.name, v_readers);
  end loop;
end
$$;

comment on function sesame.carry_columns is
  'Adds to our tables the columns of the old tables that they lack. They are nullable, and readable by the roles '
  'that could read them before. A second call adds only new ones.';

create function sesame.carry_into_modules(module_ids bigint[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_columns text := sesame.carried_list('modules', '%1$I = (old.row).%1$I');
begin
  if v_columns <> '' and module_ids <> '{}' then
    execute format($q$
      update public.modules as module set %s
      from (select distinct on (old ->> 'id') old ->> 'id' as id, row from (%s) as rows order by old ->> 'id') as old
      join sesame.moved_modules as moved on moved.old_id = old.id
      where module.id = moved.module_id and module.id = any ($1)
    $q$, substr(v_columns, 3), sesame.old_rows_query('modules'))
    using module_ids;
  end if;
end
$$;
