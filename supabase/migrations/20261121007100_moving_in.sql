-- Moving in, 10: the rows of old tables are brought across as the first chapter requested. `now`: all in this
-- transaction. `later`: in parts beside live traffic, by the command `backfill`.

set local statement_timeout = 0;

do $$
declare
  v_comment text := obj_description(sesame.legacy_schema(), 'pg_namespace');
  v_answer text := substring(v_comment from 'sesame\.move_in = (\w+)$');
begin
  if v_answer is null or v_answer not in ('now', 'later') then
    return;
  end if;
  perform sesame.carry_columns();
  perform sesame.move_modules_in();
  perform sesame.reserve_access_ids();
  if v_answer = 'now' then
    perform sesame.move_in();
  end if;
  -- Once: rows that were taken back must not come again when this chapter is pushed again.
  execute format('comment on schema legacy is %L', regexp_replace(v_comment, '\w+$', 'done'));
end
$$;
