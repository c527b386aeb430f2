-- Single writer, because two transactions that each hold one half of a join (a refund and its session) would not see
-- the other half: see docs/decisions/0002_single_writer.md.

create function sesame.lock_fold() returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- A snapshot older than the lock would not see the changes of the last writer.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise sqlstate 'SE001' using
      message = 'the fold needs read committed',
      detail = format('this transaction is %s', current_setting('transaction_isolation')),
      hint = 'Call it in a transaction of its own, with the default isolation level.';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('sesame.fold', 0));
end
$$;

comment on function sesame.lock_fold is
  'Takes the lock of the single writer until the transaction ends. SE001 at an isolation level where it would not protect.';

-- A fold takes a few milliseconds. Waiting for so long costs less than storing the events for a later fold.
create function sesame.lock_fold_soon() returns boolean
language plpgsql volatile set search_path = '' set lock_timeout = '3ms' as $$
begin
  perform sesame.lock_fold();
  return true;
exception when lock_not_available then
  return false;
end
$$;

comment on function sesame.lock_fold_soon is
  'Takes the lock as lock_fold() does, if it is free within 3 ms. False: another transaction holds it.';

-- A member waits at the screen, so their functions wait for a lock two seconds at most. PostgREST answers 503 to PT503,
-- and 500 to 55P03 (lock_not_available).
create function sesame.refuse_for_now() returns void
language plpgsql volatile set search_path = '' as $$
begin
  raise sqlstate 'PT503' using
    message = 'access is being written by others',
    hint = 'Nothing was changed. Try again in a moment.';
end
$$;

comment on function sesame.refuse_for_now is 'Raises PT503: a member''s call did not get a lock in time.';
