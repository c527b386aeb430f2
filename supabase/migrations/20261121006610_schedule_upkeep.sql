-- Alerts run every five minutes and retention every hour, where the project has pg_cron. This chapter does not turn
-- it on: the operator decides that, and then calls schedule_upkeep().

create function sesame.schedule_upkeep() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is null then
    raise notice 'alerts and retention are not scheduled: turn on pg_cron, then select sesame.schedule_upkeep(); '
      'or let any other cron call sesame_refresh_alerts() and sesame.purge()';
    return false;
  end if;
  perform cron.schedule('sesame-alerts', '*/5 * * * *', 'select public.sesame_refresh_alerts()');
  -- It runs every hour, so that each run is short. Together the runs of a day can empty more than a day brings.
  perform cron.schedule('sesame-purge', '17 * * * *', 'select sesame.purge()');
  return true;
end
$$;

comment on function sesame.schedule_upkeep is
  'Schedules alerts and retention under the names sesame-alerts and sesame-purge. Several calls schedule them '
  'once. False: pg_cron is not on.';

select sesame.schedule_upkeep();
