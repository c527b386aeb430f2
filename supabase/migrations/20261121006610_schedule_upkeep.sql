-- Alerts every five minutes and retention every hour, where the project has pg_cron. It is not turned on
-- here: the operator decides that, and then calls schedule_upkeep().

create function sesame.schedule_upkeep() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is null then
    raise notice 'alerts and retention are not scheduled: turn on pg_cron, then select sesame.schedule_upkeep(); '
      'or let any other cron call sesame_refresh_alerts() and sesame.purge()';
    return false;
  end if;
  perform cron.schedule('sesame-alerts', '*/5 * * * *', 'select public.sesame_refresh_alerts()');
  -- Every hour, so that what it empties at once is short, and what a day brings is still less than a day's worth.
  perform cron.schedule('sesame-purge', '17 * * * *', 'select sesame.purge()');
  return true;
end
$$;

comment on function sesame.schedule_upkeep is
  'Schedules alerts and retention by the names sesame-alerts and sesame-purge, once however often it is called; '
  'false: pg_cron is not on.';

select sesame.schedule_upkeep();
