-- The site writes access itself: its server with the secret key, functions of its own that are older than we, a hand in
-- the SQL editor. Each write becomes a source or limits those that are there, and the row then says what all sources
-- decide. See docs/decisions/0015_the_server_writes_access.md.
--
-- The triggers run where the writer is not the fold; project_access says how that is told.

-- With the rights of who writes: a grant and a policy that somebody adds must not let members give themselves access.
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

-- Its turn first, then its rows, as for tokens. An insert that updates on conflict calls the update's trigger as well,
-- before any row: so it is known to be one.
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

-- What a column left out means, and what no row can be.
create function sesame.completed_access(written public.module_access) returns public.module_access
language plpgsql stable set search_path = '' as $$
begin
  written.access_type := coalesce(written.access_type, 'purchase');
  written.is_active := coalesce(written.is_active, true);
  written.metadata := coalesce(written.metadata, '{}');
  -- For ever is null here.
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

create function sesame.is_open(is_active boolean, expires_at timestamptz) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return is_active and (expires_at is null or expires_at > now());
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

-- The row as all sources decide it, in the place of the former one, and the log of what that changed. Null: there is no
-- reason for a row.
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

-- An insert adds, and never takes away; so does an insert that updates on conflict, except where it says is_active false.
create function sesame.tg_write_inserted() returns trigger
language plpgsql volatile security definer
set search_path = ''
-- As for process_stripe_events: a few look-ups by the ids at hand.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_former public.module_access;
  v_folding text;
begin
  -- The old guides make access of every token, also of those that wait for their owner: those go on waiting.
  if new.user_id is null and exists (
    select from public.access_tokens as token
    where (token.id, token.module_id) = (new.token_id, new.module_id) and token.created_by is null
  ) then
    return null;
  end if;

  v_folding := sesame.begin_folding();
  new := sesame.completed_access(new);
  select * into v_former from public.module_access as access
  where (access.user_id, access.module_id) = (new.user_id, new.module_id);

  if v_former.id is not null and not new.is_active and current_setting('sesame.updates_on_conflict', true) = 'yes' then
    if sesame.is_open(v_former.is_active, v_former.expires_at) then
      perform sesame.close_sources(new.user_id, new.module_id, false);
    end if;
  elsif not sesame.is_said_by_token(new) then
    perform sesame.add_written_token(new, sesame.payment_behind(new));
  end if;

  -- The row that is there makes way for its successor, so that the writer gets one back.
  new.metadata := coalesce(v_former.metadata, '{}') || new.metadata;
  new := sesame.keep_carried(new, v_former);
  new := sesame.decided_row(new, v_former, 'written: insert');
  delete from public.module_access as access where access.id = v_former.id;
  new.id := coalesce(v_former.id, nextval('public.module_access_id_seq'));
  new.created_at := coalesce(v_former.created_at, new.created_at, now());
  new.updated_at := now();
  perform sesame.end_folding(v_folding);
  return new;
end
$$;

create trigger module_access_write_inserted
  before insert on public.module_access
  for each row
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_write_inserted();

-- After an update the row says what was written, until something new is paid or written.
create function sesame.write_end(written public.module_access, former public.module_access) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_paid_by text := nullif(sesame.payment_behind(written), sesame.payment_behind(former));
  v_decided sesame.decided_access;
begin
  if not former.is_active and written.expires_at is null then
    -- Closed and opened again, it is open as long as before.
    perform sesame.reopen_sources(written.user_id, written.module_id, false);
    v_decided := sesame.decision_on(written.user_id, written.module_id);
    if sesame.is_open(v_decided.is_active, v_decided.expires_at) then
      return;
    end if;
  end if;

  perform sesame.reopen_sources(written.user_id, written.module_id, true);
  v_decided := sesame.decision_on(written.user_id, written.module_id);
  if v_decided.is_active is not true or v_decided.expires_at < coalesce(written.expires_at, 'infinity') then
    perform sesame.add_written_token(written, v_paid_by);
  end if;
  if written.expires_at is not null then
    perform sesame.limit_sources(written.user_id, written.module_id, written.expires_at);
  end if;
end
$$;

create function sesame.tg_write_updated() returns trigger
language plpgsql volatile security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_folding text := sesame.begin_folding();
begin
  if (new.id, new.user_id, new.module_id) is distinct from (old.id, old.user_id, old.module_id) then
    raise sqlstate 'SE032' using
      message = 'access is not moved to another user or module',
      detail = format('row %s', old.id),
      hint = 'Insert a row for the new user and module, and delete this one. A purchase is moved by move_purchase.';
  end if;
  new := sesame.completed_access(new);

  if not new.is_active then
    -- What is closed or over already is no decision: a job that tidies up must not close the next renewal.
    if sesame.is_open(old.is_active, old.expires_at) then
      perform sesame.close_sources(new.user_id, new.module_id, false);
    end if;
  elsif (new.is_active, new.expires_at) is distinct from (old.is_active, old.expires_at) then
    perform sesame.write_end(new, old);
  end if;

  new.created_at := old.created_at;
  new.updated_at := now();
  new := sesame.decided_row(new, old, 'written: update');
  if new.id is null then
    delete from public.module_access as access where access.id = old.id;
    new := null;
  end if;
  perform sesame.end_folding(v_folding);
  return new;
end
$$;

create trigger module_access_write_updated
  before update on public.module_access
  for each row
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_write_updated();

create function sesame.tg_write_deleted() returns trigger
language plpgsql volatile security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_kept public.module_access;
  v_folding text := sesame.begin_folding();
begin
  perform sesame.close_sources(old.user_id, old.module_id, true);
  v_kept := sesame.decided_row(old, old, 'written: delete');
  if v_kept.id is not null then
    -- An operator denied it, and that is not undone by a delete: the row goes on to say so.
    update public.module_access as access
    set (access_type, token_id, is_active, expires_at, metadata)
      = (v_kept.access_type, v_kept.token_id, v_kept.is_active, v_kept.expires_at, v_kept.metadata)
    where access.id = old.id;
    old := null;
  end if;
  perform sesame.end_folding(v_folding);
  return old;
end
$$;

create trigger module_access_write_deleted
  before delete on public.module_access
  for each row
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_write_deleted();
