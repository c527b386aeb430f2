-- The last links: access says what was decided, the member may read it, and uses are left.

-- Written: is module_access the same as the decision?
create function sesame.explain_access(of_user uuid, of_module bigint) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case when exists (
    select user_id, module_id, is_active, expires_at, metadata ->> 'reason', metadata ->> 'source_id'
    from public.module_access as access
    where access.user_id = of_user and access.module_id = of_module
    except
    select user_id, module_id, is_active, expires_at, reason::text, source_id
    from sesame.decided_access
    where decided_access.user_id = of_user and decided_access.module_id = of_module
  ) or exists (
    select from sesame.decided_access as decided
    where decided.user_id = of_user and decided.module_id = of_module
      and not exists (
        select from public.module_access as access
        where (access.user_id, access.module_id) = (of_user, of_module)
      )
  ) then sesame.broken('access_drifted', null) end;
end
$$;

create function sesame.missing_grant(missing text) returns sesame.explained
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.broken('grant_missing', missing, missing);
end
$$;

-- Readable: may the user read it?
create function sesame.explain_reading() returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.module_access'::regclass)
      then sesame.broken('rls_off', 'public.module_access')
    when not exists (
      select from pg_catalog.pg_policies
      where (schemaname, tablename, policyname) = ('public', 'module_access', 'module_access_select_own')
    ) then sesame.broken('policy_missing', 'module_access_select_own')
    when unreadable.columns is not null
      then sesame.missing_grant(format('select (%s) on public.module_access to authenticated', unreadable.columns))
    when not has_table_privilege('authenticated', 'public.my_modules', 'select')
      then sesame.missing_grant('select on public.my_modules to authenticated')
    when not has_function_privilege('authenticated', 'public.has_module_access(text)', 'execute')
      then sesame.missing_grant('execute on function public.has_module_access(text) to authenticated')
  end
  from (
    -- A column carried over from an old site may be readable by the secret key only.
    select string_agg(quote_ident(attname), ', ' order by attnum) as columns
    from pg_catalog.pg_attribute
    where attrelid = 'public.module_access'::regclass and attnum > 0 and not attisdropped
      and not has_column_privilege('authenticated', attrelid, attnum, 'select')
      and attname not in (select name from sesame.carried_columns where of_table = 'module_access')
  ) as unreadable;
end
$$;

-- Usable: are uses left of a limited access?
create function sesame.explain_uses(of_user uuid, of_module bigint) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when not exists (select from sesame.open_sources(of_user, of_module)) then null
    when not exists (
      select from sesame.open_sources(of_user, of_module) as open where open.uses_left is null or open.uses_left > 0
    ) then sesame.broken('exhausted', (
      select string_agg(format('%s: %s of %s', open.source_id, open.max_usage, open.max_usage), '; ')
      from sesame.open_sources(of_user, of_module) as open
    ), (
      select open.source_id from sesame.open_sources(of_user, of_module) as open
      where sesame.as_uuid(open.source_id) is not null
      order by open.source_id
      limit 1
    ))
  end;
end
$$;
