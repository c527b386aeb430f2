-- Moving in, 7: access is brought across, in parts. The call may be repeated: no access comes twice.

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

comment on function sesame.old_access_ids is
  'The id of each access in the old database. If it had several rows, the id of the best one.';

create function sesame.reserve_access_ids() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.lock_fold();  -- another transaction may have taken an id and not committed yet
  perform setval(pg_get_serial_sequence('public.module_access', 'id'), highest.id)
  from (
    -- This includes those that wait for their owner.
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
  perform sesame.lock_fold();  -- a writer that closes one of these accesses meanwhile would miss it
  execute format($q$
    with renumbered as (
      delete from public.module_access as access
      using sesame.old_access_ids() as old
      where (old.user_id, old.module_id) = (access.user_id, access.module_id) and access.id <> old.id
        and not exists (select from public.module_access as other where other.id = old.id)
      returning old.id, old.created_at, access as held  -- one value, because a column of the site's own may have any name
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

comment on function sesame.restore_access_ids is 'Gives accesses their ids of the old database.';

-- Old access is a source of its own, unless its token was brought across and opens at least as much.
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

comment on view sesame.old_access is
  'Rows of legacy.module_access as tokens of ours, and whether their own token covers them.';

create function sesame.move_access_in() returns bigint
language plpgsql volatile set search_path = '' set work_mem = '64MB' as $$
declare
  v_came bigint;
begin
  -- A token whose old access was a purchase becomes a purchase, too. It gets the payment of that access.
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
  'Brings old access across that no token covers. Answers how many rows. Call it after the tokens.';

-- Tokens that were written while their trigger was off, for instance by a restore.
create function sesame.carry_missed_tokens() returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  -- The long look comes first, before the lock: so no other call waits for it.
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
  'Carries tokens into access that are missing there, and gives waiting tokens to members that exist by now. '
  'Answers for how many members access differed from its sources.';
