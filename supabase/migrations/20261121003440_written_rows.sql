-- The site writes access itself, row by row: the effects of an insert, an update and a delete.

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
  -- Code from the old guides writes access for every token, also while a token waits for its owner. It goes on waiting.
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

  -- The existing row is replaced by the new one, so that the writer gets a row back.
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
    -- Access that was closed and is opened again is open as long as before.
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
    -- Closing a row that is closed or over already decides nothing: a cleanup job must not close the next renewal.
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
    -- An operator denied it, and a delete does not undo that: the row stays and says so.
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
