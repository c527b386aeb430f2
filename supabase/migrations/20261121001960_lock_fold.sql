-- Single writer, because two transactions that each hold one half of a join (a refund and its session)
-- would each see neither: see docs/decisions/0002_single_writer.md.

create function sesame.lock_fold() returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- Under a snapshot older than the lock, what the last writer did would stay unseen.
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
  'Waits for its turn to write; held until the transaction ends. SE001 where it could not be relied on.';
