-- Refuses a database that is not at <from>. Then nothing changes.
do $$
declare
  v_here text;
begin
  -- A second push at the same time waits here, and finds the work done.
  perform pg_advisory_xact_lock(hashtextextended('sesame.upgrade', 0));
  if coalesce(obj_description(to_regnamespace('sesame'), 'pg_namespace'), '') not like 'Sesame:%' then
    raise sqlstate 'SE010' using
      message = 'Sesame is not installed here; nothing was changed',
      detail = '- This is only the upgrade from <from> to <to>.';
  end if;
  if to_regclass('sesame.release') is null then
    raise sqlstate 'SE010' using
      message = 'Sesame here is from before its first release; nothing was changed',
      detail = '- This upgrade starts at <from>.';
  end if;
  select version into v_here from sesame.release order by applied_at desc limit 1;
  if exists (select from sesame.release where version = '<to>') then
    raise sqlstate 'SE010' using
      message = format('Sesame %s is installed here already; nothing was changed', v_here),
      detail = '- If only the row of this migration is missing in the history: '
        'npx supabase@3.1.0 migration repair --status applied <stamp>';
  end if;
  if string_to_array(split_part(v_here, '-', 1), '.')::integer[]
    > string_to_array(split_part('<to>', '-', 1), '.')::integer[] then
    raise sqlstate 'SE010' using
      message = format('Sesame %s is installed here; nothing was changed', v_here),
      detail = format('- <to> is older. A downgrade would lose data, so there is none: use Sesame %s or newer.', v_here);
  end if;
  if v_here is null then
    raise sqlstate 'SE010' using
      message = 'sesame.release is empty here; nothing was changed',
      detail = '- So the version is unknown, and this upgrade starts at <from>. Restore the rows of sesame.release.';
  end if;
  if v_here <> '<from>' then
    raise sqlstate 'SE010' using
      message = format('Sesame %s is installed here; nothing was changed', v_here),
      detail = format('- This upgrade starts at <from>. First comes the upgrade from %s to <from>.', v_here);
  end if;
  if sesame.is_aside() then
    raise sqlstate 'SE010' using
      message = 'Sesame stands aside here, and old tables are in use; nothing was changed',
      detail = '- First bring Sesame back: select sesame.step_in();';
  end if;
end
$$;
