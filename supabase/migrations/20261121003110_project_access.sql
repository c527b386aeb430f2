-- Grants in, access out: the table a frontend reads is made equal to the view that decides.

create function sesame.project_access(user_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with decided as materialized (
    select
      user_id, module_id, is_active, expires_at,
      case
        when is_active then reason::text
        when source = 'subscription' then 'subscription'
        when source = 'manual_grant' then 'manual'
        when source = 'access_token' then 'token'
        else 'purchase'
      end as access_type,
      case when source = 'access_token' then source_id::uuid end as token_id,
      jsonb_build_object(
        'source', source, 'source_id', source_id, 'reason', reason, 'reason_after', reason_after,
        'access_level', access_level, 'max_usage', max_usage
      ) as metadata
    from sesame.decided_access
    where user_id = any (user_ids)
  ),
  removed as (
    delete from public.module_access as held
    where held.user_id = any (user_ids)
      and (held.user_id, held.module_id) not in (select user_id, module_id from decided)
    returning held.user_id, held.module_id
  ),
  -- The keys of decided are the fold's; whatever else a row says in its metadata is the site's, and stays.
  written as (
    insert into public.module_access as held
      (user_id, module_id, access_type, token_id, expires_at, is_active, metadata)
    select user_id, module_id, access_type, token_id, expires_at, is_active, metadata
    from decided
    on conflict (user_id, module_id) do update set
      (access_type, token_id, expires_at, is_active, metadata, updated_at)
      = (excluded.access_type, excluded.token_id, excluded.expires_at, excluded.is_active,
         held.metadata || excluded.metadata, now())
      where (held.access_type, held.token_id, held.expires_at, held.is_active, held.metadata)
        is distinct from
          (excluded.access_type, excluded.token_id, excluded.expires_at, excluded.is_active,
           held.metadata || excluded.metadata)
    returning held.user_id, held.module_id
  )
  insert into sesame.access_log (user_id, module_id, is_active, expires_at, metadata, cause)
  select
    user_id, module_id, is_active, expires_at, metadata,
    coalesce(nullif(current_setting('sesame.cause', true), ''), 'unknown')
  from (
    select user_id, module_id, is_active, expires_at, metadata
    from written join decided using (user_id, module_id)
    union all
    select user_id, module_id, null, null, null from removed
  ) as changed;
end
$$;

comment on function sesame.project_access is
  'Makes module_access of these users equal to decided_access, and logs what that changed. Of metadata it writes its own '
  'keys; what else the site keeps there stays, and is not logged.';
