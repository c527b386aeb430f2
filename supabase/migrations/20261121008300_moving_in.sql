-- Moving in, 4: a push brings everything across at once. Who has so many rows that he would rather do it in
-- parts, beside live traffic, says so before and runs `deno task backfill` after:
--   alter database postgres set billing.move_in = 'later'

set local statement_timeout = 0;

do $$
declare
  v_writer billing.old_writers;
begin
  if to_regnamespace('legacy') is null then
    return;
  end if;
  perform billing.move_modules_in();
  perform billing.reserve_access_ids();
  if current_setting('billing.move_in', true) is distinct from 'later' then
    perform billing.move_in();
  end if;
  for v_writer in table billing.old_writers loop
    raise warning '% writes to %, see docs/moving_in.md%', v_writer.routine, v_writer.writes_to,
      coalesce(': if it fails, so does every change of ' || v_writer.called_on, '');
  end loop;
end
$$;
