-- Every insert, update and delete of access tokens is carried into access in the same transaction.

-- Takes the lock of the fold before its rows: a fold that holds the lock may need the same rows to block them.
create function sesame.tg_lock_fold() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform sesame.lock_fold();
  return null;
end
$$;

create trigger access_tokens_lock_updated
  before update of created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active, payment_id
  on public.access_tokens
  for each statement
  execute function sesame.tg_lock_fold();

create trigger access_tokens_lock_deleted
  before delete on public.access_tokens
  for each statement
  execute function sesame.tg_lock_fold();

create function sesame.tg_carry_tokens() returns trigger
language plpgsql volatile security definer
set search_path = ''
-- As for process_stripe_events: a few look-ups by the ids at hand.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
set enable_bitmapscan = off
set work_mem = '64MB'
as $$
declare
  v_paid uuid[];
  v_waiting uuid[];
  v_owners uuid[];
begin
  if tg_op = 'UPDATE' then
    -- This trigger ignores usage and blocks. Usage changes no access, and blocks are written where access is projected
    -- anyway.
    with changed as (
      (select id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active,
         payment_id
       from carried
       except
       select id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active,
         payment_id
       from former)
      union all
      (select id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active,
         payment_id
       from former
       except
       select id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active,
         payment_id
       from carried)
    )
    select
      array_agg(id) filter (where payment_id is not null), array_agg(id) filter (where created_by is null),
      array_agg(distinct created_by)
    into v_paid, v_waiting, v_owners
    from changed;
  else
    select
      array_agg(id) filter (where payment_id is not null), array_agg(id) filter (where created_by is null),
      array_agg(distinct created_by)
    into v_paid, v_waiting, v_owners
    from carried;
  end if;
  if v_owners is null then
    return null;
  end if;

  perform sesame.lock_fold();
  if current_setting('sesame.folding', true) = (pg_trigger_depth() - 1)::text then
    -- A write to module_access made this token, and the trigger of that write carries it.
    perform sesame.block_tokens(v_paid);
    return null;
  end if;
  perform sesame.set_cause(coalesce(nullif(current_setting('sesame.token_cause', true), ''), 'token'));
  perform sesame.block_tokens(v_paid);
  perform sesame.project_access(v_owners);
  if v_waiting is not null then
    perform sesame.claim_tokens_for_members(v_waiting);
  end if;
  return null;
end
$$;

create trigger access_tokens_carry_inserted
  after insert on public.access_tokens
  referencing new table as carried
  for each statement
  execute function sesame.tg_carry_tokens();

create trigger access_tokens_carry_updated
  after update on public.access_tokens
  referencing old table as former new table as carried
  for each statement
  execute function sesame.tg_carry_tokens();

create trigger access_tokens_carry_deleted
  after delete on public.access_tokens
  referencing old table as carried
  for each statement
  execute function sesame.tg_carry_tokens();

-- A truncate calls no row trigger, so the removed rows would be unknown.
create function sesame.tg_refuse_truncate() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  raise sqlstate 'SE008' using
    message = 'access tokens are not truncated',
    hint = 'Delete them: what they opened is closed with them.';
end
$$;

create trigger access_tokens_refuse_truncate
  before truncate on public.access_tokens
  for each statement
  execute function sesame.tg_refuse_truncate();
