-- The site writes access itself: its server with the secret key, its own older functions, or an operator in the SQL
-- editor. Each write adds a source or limits the existing ones. Then the row says what all sources decide. See
-- docs/decisions/0015_the_server_writes_access.md.
--
-- The triggers run where the writer is not the fold; project_access says how they recognize the fold.

-- Runs with the writer's rights: a grant and a policy that were added later must not let members give themselves
-- access.
create function sesame.tg_refuse_members() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  raise insufficient_privilege using
    message = 'members do not write access',
    hint = 'Write it from your server, with the secret key.';
end
$$;

create trigger module_access_bar_members
  before insert or update or delete on public.module_access
  for each statement
  when (not has_any_column_privilege('public.access_tokens', 'insert'))
  execute function sesame.tg_refuse_members();

-- Takes the lock of the fold before its rows, as for tokens. An insert that updates on conflict also calls the update's
-- trigger, before any row: the setting remembers that.
create function sesame.tg_begin_writing() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
begin
  perform sesame.lock_fold();
  perform set_config('sesame.updates_on_conflict', case tg_op when 'UPDATE' then 'yes' else '' end, true);
  return null;
exception when lock_not_available then
  raise lock_not_available using
    message = 'access is being written by others',
    hint = 'Nothing was changed. Send it again in a moment.';
end
$$;

create trigger module_access_begin_inserting
  before insert on public.module_access
  for each statement
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_begin_writing();

create trigger module_access_begin_updating
  before update on public.module_access
  for each statement
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_begin_writing();

create trigger module_access_begin_deleting
  before delete on public.module_access
  for each statement
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_begin_writing();

-- Fills in the columns that were left out, and refuses rows that cannot be access.
create function sesame.completed_access(written public.module_access) returns public.module_access
language plpgsql stable set search_path = '' as $$
begin
  written.access_type := coalesce(written.access_type, 'purchase');
  written.is_active := coalesce(written.is_active, true);
  written.metadata := coalesce(written.metadata, '{}');
  -- No end is null here.
  written.expires_at := nullif(written.expires_at, 'infinity');
  if written.user_id is null then
    raise sqlstate 'SE030' using
      message = 'access needs a user',
      hint = 'Write the user''s id, a uuid of auth.users, as user_id. Where only an address is known, insert it into '
        'access_tokens as user_ref.';
  end if;
  if not exists (select from public.modules as module where module.id = written.module_id) then
    raise sqlstate 'SE006' using
      message = 'no such module',
      detail = coalesce(written.module_id::text, 'null'),
      hint = 'Write an id of public.modules as module_id.';
  end if;
  if jsonb_typeof(written.metadata) <> 'object' then
    raise sqlstate 'SE031' using
      message = 'metadata must be a JSON object',
      detail = jsonb_typeof(written.metadata),
      hint = 'Write {} or an object of your own keys.';
  end if;
  return written;
end
$$;

create function sesame.decision_on(of_user uuid, of_module bigint) returns sesame.decided_access
language plpgsql stable set search_path = '' as $$
declare
  v_decided sesame.decided_access;
begin
  select * into v_decided
  from (select * from sesame.decided_access where user_id = of_user offset 0) as decided
  where decided.module_id = of_module;
  return v_decided;
end
$$;

-- The row as all sources decide it, in the place of the former one. Logs what that changed. Null: no source keeps a
-- row.
create function sesame.decided_row(written public.module_access, former public.module_access, cause text)
returns public.module_access
language plpgsql volatile set search_path = '' as $$
declare
  v_decided sesame.access_rows;
begin
  select * into v_decided
  from (select * from sesame.access_rows where user_id = written.user_id offset 0) as decided
  where decided.module_id = written.module_id;
  if former.id is not null and not found
    or (v_decided.access_type, v_decided.token_id, v_decided.is_active, v_decided.expires_at) is distinct from
      (former.access_type, former.token_id, former.is_active, former.expires_at)
    or not coalesce(former.metadata, '{}') @> v_decided.metadata
  then
    insert into sesame.access_log (user_id, module_id, is_active, expires_at, metadata, cause)
    values (
      written.user_id, written.module_id, v_decided.is_active, v_decided.expires_at, v_decided.metadata,
      decided_row.cause
    );
  end if;
  if v_decided.user_id is null then
    return null;
  end if;
  written.access_type := v_decided.access_type;
  written.token_id := v_decided.token_id;
  written.is_active := v_decided.is_active;
  written.expires_at := v_decided.expires_at;
  written.metadata := written.metadata - sesame.fold_keys() || v_decided.metadata;
  return written;
end
$$;

comment on function sesame.decided_row is 'A row of module_access as the sources decide it. Logs what that changes.';
