-- Alerts and retention run every five minutes, and the fold of what still waits every minute, where the project has
-- pg_cron. This chapter does not turn it on: the operator decides that, and then calls schedule_upkeep().

create function sesame.schedule_upkeep() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is null then
    raise notice 'alerts and retention are not scheduled: turn on pg_cron, then select sesame.schedule_upkeep(); '
      'or let any other cron call sesame_refresh_alerts(), sesame.purge() and sesame.fold_for_a_while()';
    return false;
  end if;
  perform cron.schedule('sesame-alerts', '*/5 * * * *', 'select public.sesame_refresh_alerts()');
  -- Each run is one short transaction, and the next one continues. Together the runs of a day can empty seven million
  -- bodies. A run that finds nothing reads nothing.
  perform cron.schedule('sesame-purge', '2-59/5 * * * *', 'select sesame.purge()');
  -- A fold that takes longer than a delivery may is cancelled, and its event fails as in a delivery.
  perform cron.schedule(
    'sesame-fold', '* * * * *', $job$set statement_timeout = '8s'; select sesame.fold_for_a_while()$job$);
  return true;
end
$$;

comment on function sesame.schedule_upkeep is
  'Schedules alerts, retention and the fold of what waits under the names sesame-alerts, sesame-purge and sesame-fold. '
  'Several calls schedule them once. False: pg_cron is not on.';

select sesame.schedule_upkeep();
