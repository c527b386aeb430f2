-- Moving in, 8: the state of each old row, and what still uses the old tables on the site's side.

create function sesame.moving_in_rows()
returns table (old_table text, old_id text, token_id uuid, state text, why text)
language plpgsql stable set search_path = '' set work_mem = '64MB' as $$
begin
  return query
    with old as (
      select 'access_tokens' as old_table, false as is_covered, row.* from sesame.read_old_tokens('access_tokens') as row
      union all
      select 'module_access', access.is_covered, access.id, access.created_by, access.user_ref, access.module_id,
        access.access_type, access.access_level, access.expires_at, access.max_usage, access.usage_count,
        access.is_active, access.payment_id, access.metadata, access.created_at, access.problem
      from sesame.old_access as access
    )
    select
      old.old_table, old.metadata -> 'legacy' ->> 'id', here.id,
      case
        when old.problem is not null then 'stays'
        when old.is_covered then 'came'
        when here.id is null then 'is to come'
        when member.id is null then 'waits'
        else 'came'
      end,
      case
        when old.problem is not null then old.problem
        when old.is_covered then 'its token says it'
        when here.id is not null and member.id is null then 'its owner is not a known user'
      end
    from old
    left join public.access_tokens as here on here.id = old.id
    left join auth.users as member on member.id = here.created_by;
end
$$;

comment on function sesame.moving_in_rows is
  'The state of each old row: came, waits, is to come, or stays in schema legacy, with the reason.';

-- The source text is searched, because only there a function names its tables.
create view sesame.old_writers as
select
  routine.oid::regprocedure::text as routine, written.name as writes_to,
  (
    select string_agg(distinct tgrelid::regclass::text, ', ')
    from pg_catalog.pg_trigger
    where tgfoid = routine.oid
  ) as called_on
from pg_catalog.pg_proc as routine
cross join unnest(array['access_tokens', 'module_access', 'modules']) as written (name)
where sesame.legacy_schema() is not null
  and routine.pronamespace not in ('sesame'::regnamespace, 'pg_catalog'::regnamespace)
  and routine.oid <> 'public.sesame_create_access_token(text, text, text, text, integer, integer)'::regprocedure
  and routine.prosrc ~* (
    '\m(insert\s+into|update|delete\s+from|merge\s+into)\s+(only\s+)?("?public"?\s*\.\s*)?"?' || written.name || '\M'
  );

comment on view sesame.old_writers is
  'Functions of an old database''s own that still write to tables with these names, and the tables whose '
  'triggers call them. See docs/moving_in.md.';

create function sesame.moving_in_report() returns table (old_table text, state text, why text, number bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      'modules',
      case when problem is not null then 'stays' when moved.old_id is null then 'is to come' else 'came' end,
      problem, count(*)
    from (
      select old ->> 'id' as id, case
        when old ->> 'id' is null then 'it has no id'
        when row_number() over (partition by old ->> 'id') > 1 then 'another row has its id'
      end as problem
      from sesame.old_rows('modules')
    ) as old
    left join sesame.moved_modules as moved on moved.old_id = old.id
    group by 2, 3
    union all
    select row.old_table, row.state, row.why, count(*)
    from sesame.moving_in_rows() as row
    group by 1, 2, 3
    union all
    select routine, 'writes to', writes_to || coalesce(', whenever ' || called_on || ' changes', ''), null
    from sesame.old_writers
    union all
    select
      'legacy.' || old.target, 'is pointed at', format('by %s (%s)', old.of_table, old.name) || coalesce(': ' || known.why, ''),
      null
    from sesame.old_keys() as old
    left join sesame.moved_keys as known on (known.of_table, known.name) = (old.of_table, old.name)
    union all
    select target, 'is read by', reader, null from sesame.readers_of(sesame.legacy_schema())
    order by 1, 2, 3;
end
$$;

comment on function sesame.moving_in_report is
  'Moving in, counted. For each old table: which rows came, wait, are to come or stay, with the reason. Also '
  'which of the site''s own objects still write to the old tables, point at them or read them.';
