-- Makes module_access, which frontends read, equal to decided_access, the view that decides.

-- What others write to module_access becomes a source first (written_access). What the fold writes is told apart by the
-- depth at which it writes: a trigger of the site's own, called by such a write, is one deeper.
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
  'What the caller writes to module_access from here on is what the sources decide. Answers what end_folding takes.';

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
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.project_access is
  'Makes module_access of these users equal to decided_access, and logs what that changed. Of metadata it writes its own '
  'keys; what else the site keeps there stays, and is not logged.';
