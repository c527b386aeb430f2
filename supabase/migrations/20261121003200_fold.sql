-- The fold: facts in, access out. Single writer, because two transactions that each hold one half of
-- a join (a refund and its session) would each see neither: see docs/decisions/0002_single_writer.md.

create function billing.lock_fold() returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- Under a snapshot older than the lock, what the last writer did would stay unseen.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise sqlstate 'SE001' using
      message = 'the fold needs read committed',
      detail = format('this transaction is %s', current_setting('transaction_isolation')),
      hint = 'Call it in a transaction of its own, with the default isolation level.';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('billing.fold', 0));
end
$$;

revoke execute on function billing.lock_fold() from public, anon, authenticated, service_role;

comment on function billing.lock_fold is
  'Waits for its turn to write; held until the transaction ends. SE001 where it could not be relied on.';

create function billing.project_access(user_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from public.module_access as held
  where held.user_id = any (user_ids)
    and not exists (
      select from billing.grants
      where grants.user_id = held.user_id and grants.module_id = held.module_id
    );

  insert into public.module_access as held
    (user_id, module_id, access_type, expires_at, is_active, metadata)
  select
    user_id, module_id,
    case when source = 'subscription' then 'subscription' else 'purchase' end,
    expires_at, is_active,
    jsonb_build_object(
      'source', source, 'source_id', source_id, 'reason', reason, 'reason_after', reason_after,
      'access_level', access_level, 'max_usage', max_usage
    )
  from billing.decided_access
  where user_id = any (user_ids)
  order by user_id, module_id
  on conflict (user_id, module_id) do update set
    (access_type, expires_at, is_active, metadata, updated_at)
    = (excluded.access_type, excluded.expires_at, excluded.is_active, excluded.metadata, now())
    where (held.access_type, held.expires_at, held.is_active, held.metadata)
      is distinct from (excluded.access_type, excluded.expires_at, excluded.is_active, excluded.metadata);
end
$$;

revoke execute on function billing.project_access(uuid[]) from public, anon, authenticated, service_role;

comment on function billing.project_access is 'Makes module_access of these users equal to decided_access.';

create function billing.fold_sources(ids text[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_former_owners uuid[] := array(select user_id from billing.grants where source_id = any (ids));
  v_owners uuid[];
begin
  with derived as materialized (
    select * from billing.derived_grants where source_id = any (ids)
  ),
  withdrawn as (
    delete from billing.grants as held
    where held.source_id = any (ids)
      and not exists (
        select from derived
        where (derived.source_id, derived.module_id, derived.account, derived.livemode)
            = (held.source_id, held.module_id, held.account, held.livemode)
      )
    returning held.user_id
  ),
  granted as (
    insert into billing.grants as held
    select * from derived
    on conflict (source_id, module_id, account, livemode) do update set
      (source, user_id, reason, reason_after, expires_at, price_id, access_level, max_usage)
      = (excluded.source, excluded.user_id, excluded.reason, excluded.reason_after,
         excluded.expires_at, excluded.price_id, excluded.access_level, excluded.max_usage)
      where held is distinct from excluded
    returning held.user_id
  )
  select array_agg(user_id) into v_owners from (table withdrawn union all table granted) as changed;

  if v_owners is not null then
    perform billing.project_access(v_former_owners || v_owners);
  end if;
end
$$;

revoke execute on function billing.fold_sources(text[]) from public, anon, authenticated, service_role;

comment on function billing.fold_sources is
  'Derives the grants of these Stripe ids again and projects what changed. Call under lock_fold().';
