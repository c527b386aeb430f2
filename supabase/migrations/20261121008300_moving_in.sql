-- Moving in, 4: a push brings everything across at once. Who has so many rows that he would rather do it in
-- parts, beside live traffic, says so before and runs `deno task backfill` after:
--   alter database postgres set sesame.move_in = 'later'

set local statement_timeout = 0;

do $$
declare
  v_writer sesame.old_writers;
begin
  if to_regnamespace('legacy') is null then
    return;
  end if;
  perform sesame.move_modules_in();
  perform sesame.reserve_access_ids();
  if current_setting('sesame.move_in', true) is distinct from 'later' then
    perform sesame.move_in();
  end if;
  for v_writer in table sesame.old_writers loop
    raise warning '% writes to %, see docs/moving_in.md%', v_writer.routine, v_writer.writes_to,
      coalesce(': if it fails, so does every change of ' || v_writer.called_on, '');
  end loop;
end
$$;
