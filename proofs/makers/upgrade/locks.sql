-- Waits until every call in flight has ended, and keeps new ones waiting until the end. The inbox comes first, then the
-- views, then the tables below them, as a reader takes them. Another session may hold one of them and wait for another,
-- which would be a deadlock. So after half a second this lets go of all, and begins again.
do $$
declare
  v_timeout text := current_setting('lock_timeout');
  v_end timestamptz := clock_timestamp() + interval '60 seconds';
  v_relation record;
begin
  loop
    begin
      for v_relation in
        select relation.oid::regclass as name, relname, relkind, relowner::regrole as owner
        from pg_catalog.pg_class as relation
        where relkind in ('r', 'p', 'v')
          and (relnamespace = 'sesame'::regnamespace or relation.oid in (select id from sesame.surface('public')))
        order by relname <> 'stripe_events', relkind <> 'v', relname
      loop
        -- While it waits for the first one it holds none.
        perform set_config('lock_timeout', case v_relation.relname when 'stripe_events' then '5s' else '500ms' end, true);
        if v_relation.relkind = 'v' then
          -- "lock table" would lock the tables below it too, those of Auth among them. This locks only the view.
          execute format('alter view %s owner to %s', v_relation.name, v_relation.owner);
        else
          execute format('lock table %s in access exclusive mode', v_relation.name);
        end if;
      end loop;
      perform set_config('lock_timeout', v_timeout, true);
      return;
    exception when lock_not_available or deadlock_detected then
      if clock_timestamp() > v_end then
        raise sqlstate '55P03' using
          message = 'Sesame is too busy to be upgraded; nothing was changed',
          hint = 'For a minute another session has held one of its tables. Push again.';
      end if;
      perform pg_sleep(0.1);
    end;
  end loop;
end
$$;
