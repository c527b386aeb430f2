-- Makes module_access, which frontends read, equal to decided_access, the view that decides.

-- Writes of others to module_access become a source first (written_access). The trigger depth marks the writes of the
-- fold: a trigger of the site's own, called by such a write, is one level deeper.
create function sesame.begin_folding() returns text
language plpgsql volatile set search_path = '' as $$
declare
  v_former text := current_setting('sesame.folding', true);
begin
  perform set_config('sesame.folding', pg_trigger_depth()::text, true);
  return v_former;
end
$$;

comment on function sesame.begin_folding is
  'From here on the caller writes to module_access what the sources decide. Answers the argument for end_folding.';

create function sesame.end_folding(former text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform set_config('sesame.folding', coalesce(former, ''), true);
end
$$;

create function sesame.project_access(user_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_folding text := sesame.begin_folding();
begin
  with decided as materialized (
    select * from sesame.access_rows
    where user_id = any (user_ids)
  ),
  removed as (
    delete from public.module_access as held
    where held.user_id = any (user_ids)
      and (held.user_id, held.module_id) not in (select user_id, module_id from decided)
    returning held.user_id, held.module_id
  ),
  -- The keys of decided belong to the fold. All other keys in the metadata of a row belong to the site, and stay.
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
    returning held.user_id, held.module_id, held.is_active, held.expires_at, held.metadata
  )
  insert into sesame.access_log (user_id, module_id, is_active, expires_at, metadata, cause)
  select
    user_id, module_id, is_active, expires_at, metadata,
    coalesce(nullif(current_setting('sesame.cause', true), ''), 'unknown')
  from (
    -- Without a join to decided: under decision 7 that would be a loop over both, which grows with their product.
    select
      user_id, module_id, is_active, expires_at,
      case when metadata - sesame.fold_keys() = '{}' then metadata else sesame.keys_of_fold(metadata) end as metadata
    from written
    union all
    select user_id, module_id, null, null, null from removed
  ) as changed;
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.project_access is
  'Makes module_access of these users equal to decided_access, and logs the changes. In metadata it writes only the '
  'keys of the fold; the site''s own keys stay, and are not logged.';
