-- Moving in, 5: the rows come across, in parts, as often as somebody asks; nothing comes twice.

create function sesame.move_tokens_in(from_block bigint default 0, to_block bigint default 4294967295) returns bigint
language plpgsql volatile set search_path = '' set work_mem = '64MB' as $$
declare
  v_came bigint;
begin
  if sesame.old_rows_query('access_tokens', from_block, to_block) is null then
    return 0;
  end if;
  execute format($q$
    insert into public.access_tokens (
      id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count,
      is_active, payment_id, metadata, created_at %s
    )
    select
      old.id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count,
      is_active, payment_id, metadata, created_at %s
    from sesame.read_old_tokens('access_tokens', $1, $2) as old
    %s
    where problem is null
      and not exists (select from public.access_tokens as here where here.id = old.id)
    order by created_by
    on conflict (id) do nothing
  $q$,
    sesame.carried_list('access_tokens', '%I'),
    sesame.carried_list('access_tokens', '(said.row).%I'),
    case when sesame.carried_list('access_tokens', '%I') <> '' then format(
      'join (%s) as said on said.key = metadata -> ''legacy'' ->> ''id'' ',
      sesame.old_rows_query('access_tokens', from_block, to_block)
    ) end
  ) using from_block, to_block;
  get diagnostics v_came = row_count;
  return v_came;
end
$$;

comment on function sesame.move_tokens_in is
  'Brings the old tokens in these blocks of legacy.access_tokens across that are not here yet; answers how many. '
  'The trigger on tokens carries them into access.';

-- The ids that old rows of access had: out of the way of new ones first, and given back at the end.
create function sesame.old_access_ids() returns table (id bigint, user_id uuid, module_id bigint, created_at timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select distinct on (old.created_by, old.module_id)
      (old.metadata -> 'legacy' ->> 'id')::bigint, old.created_by, old.module_id, old.created_at
    from sesame.read_old_tokens('module_access') as old
    where old.problem is null and old.created_by is not null
      and old.metadata -> 'legacy' ->> 'id' ~ '^[1-9][0-9]{0,17}$'
    order by old.created_by, old.module_id, old.is_active desc, old.expires_at desc nulls first, 1;
end
$$;

comment on function sesame.old_access_ids is 'The id that each access had in the old database; of several rows, of the best.';

create function sesame.reserve_access_ids() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.lock_fold();  -- an id may have been taken that is not committed yet
  perform setval(pg_get_serial_sequence('public.module_access', 'id'), highest.id)
  from (
    -- Also those that wait for their owner.
    select max(known.id) as id
    from (
      select key::bigint as id from sesame.old_rows('module_access') where key ~ '^[1-9][0-9]{0,17}$'
      union all
      select id from public.module_access
    ) as known
  ) as highest
  where highest.id is not null;
end
$$;

create function sesame.restore_access_ids() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_folding text := sesame.begin_folding();
begin
  perform sesame.lock_fold();  -- whoever would close one of these accesses meanwhile would miss it
  execute format($q$
    with renumbered as (
      delete from public.module_access as access
      using sesame.old_access_ids() as old
      where (old.user_id, old.module_id) = (access.user_id, access.module_id) and access.id <> old.id
        and not exists (select from public.module_access as other where other.id = old.id)
      returning old.id, old.created_at, access as held  -- as one value: a column of the site's may have any name
    )
    insert into public.module_access (
      id, user_id, module_id, access_type, token_id, expires_at, is_active, created_at, updated_at, metadata %s
    )
    overriding system value
    select
      id, (held).user_id, (held).module_id, (held).access_type, (held).token_id, (held).expires_at, (held).is_active,
      least((held).created_at, created_at), (held).updated_at, (held).metadata %s
    from renumbered
  $q$, sesame.carried_list('module_access', '%I'), sesame.carried_list('module_access', '(held).%I'));
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.restore_access_ids is 'Gives accesses the ids that they had in the old database.';

-- Old access is a source of its own, unless the token it names came across and says no less.
create view sesame.old_access as
select
  access.*,
  (named.id is not null and named.is_active >= access.is_active
   and (named.expires_at is null or named.expires_at >= access.expires_at)
   and named.created_by is not distinct from access.created_by
   and named.module_id = access.module_id) is true as is_covered,
  named.id as token_id
from sesame.read_old_tokens('module_access') as access
left join (
  select key, old ->> 'token_id' as token_id from sesame.old_rows('module_access')
) as raw on raw.key = access.metadata -> 'legacy' ->> 'id'
left join public.access_tokens as named
  on named.id = sesame.old_token_id(raw.token_id);

comment on view sesame.old_access is 'Rows of legacy.module_access as tokens of ours, and whether their own token covers them.';

create function sesame.move_access_in() returns bigint
language plpgsql volatile set search_path = '' set work_mem = '64MB' as $$
declare
  v_came bigint;
begin
  -- A token that opened a purchase goes on to be one, and is paid by what that was paid by.
  update public.access_tokens as token
  set (access_type, payment_id) = (covered.access_type, coalesce(token.payment_id, covered.payment_id))
  from (
    select distinct on (token_id) token_id, access_type, payment_id from sesame.old_access
    where is_covered and problem is null
    order by token_id, access_type, payment_id
  ) as covered
  where token.id = covered.token_id and token.access_type = 'token'
    and (covered.access_type <> 'token' or token.payment_id is null and covered.payment_id is not null);

  insert into public.access_tokens (
    id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count, is_active,
    payment_id, metadata, created_at
  )
  select
    id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count, is_active,
    payment_id, metadata, created_at
  from sesame.old_access
  where problem is null and not is_covered
  order by created_by
  on conflict (id) do nothing;
  get diagnostics v_came = row_count;

  if to_regclass('legacy.module_access') is not null and sesame.legacy_schema() is not null then
    execute format($q$
      insert into sesame.carried_access (token_id, metadata %s)
      select distinct on (token.id) token.id, said.metadata %s
      from sesame.old_access as access
      join (
        select key, row, case when jsonb_typeof(old -> 'metadata') = 'object' then old -> 'metadata' else '{}' end as metadata
        from (%s) as rows
      ) as said on said.key = access.metadata #>> '{legacy,id}'
      join public.access_tokens as token on token.id = case when access.is_covered then access.token_id else access.id end
      where access.problem is null and (%L or said.metadata <> '{}')
      order by token.id, access.is_active desc, access.expires_at desc nulls first, said.key
      on conflict (token_id) do nothing
    $q$,
      sesame.carried_list('module_access', '%I'),
      sesame.carried_list('module_access', '(said.row).%I'),
      sesame.old_rows_query('module_access'),
      sesame.carried_list('module_access', '%I') <> ''
    );
  end if;
  return v_came;
end
$$;

comment on function sesame.move_access_in is
  'Brings old access across that no token accounts for; answers how many rows. After the tokens.';

-- Tokens that were written while their trigger was off, by a restore for instance.
create function sesame.carry_missed_tokens() returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  -- The long look comes first: nobody waits for it.
  v_owners uuid[] := array(select distinct user_id from sesame.drifted_access);
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('token');
  perform sesame.block_tokens(array(
    select id from public.access_tokens where created_by = any (v_owners) and payment_id is not null
  ));
  perform sesame.project_access(v_owners);
  perform sesame.claim_tokens_for_members(array(select id from public.access_tokens where created_by is null));
  return cardinality(v_owners);
end
$$;

comment on function sesame.carry_missed_tokens is
  'Carries tokens into access that never got there, and gives those that wait to members who are there by now; '
  'answers of how many members access had parted from its sources.';

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
  'What became of each old row: came, waits, is to come, or stays in schema legacy, and why.';

-- Read in its source, for a function names its tables nowhere else.
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
  'Functions of an old database''s own that still write to tables of these names, and the tables whose triggers '
  'call them. See docs/moving_in.md.';

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
  'Moving in, counted: of each old table what came, what waits, what is to come, what stays, and why; and what '
  'of the site''s own still writes to them, points at them or reads them.';

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

comment on function sesame.move_in is 'Brings all of an old database across, in one transaction; again: what is missing.';

create function sesame.is_pointed_at(module_id bigint) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_key record;
  v_is_pointed_at boolean;
begin
  -- By tables of the site's own as well: what they would do with their rows is theirs to say.
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
  -- By their ids: what their metadata says anybody may have written since.
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
  'Takes back what move_in brought, and nothing else; answers how many tokens. A module that something points at '
  'by now stays. The old tables are as they were.';
