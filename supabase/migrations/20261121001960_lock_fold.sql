-- Single writer, because two transactions that each hold one half of a join (a refund and its session)
-- would each see neither: see docs/decisions/0002_single_writer.md.

create function sesame.lock_fold() returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- A snapshot older than the lock would not see what the last writer did.
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
