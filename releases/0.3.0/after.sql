-- The job that sends outgoing webhooks is new. Where the operator never scheduled reconcile, none is scheduled.
do $$
begin
  if to_regclass('cron.job') is not null then
    if exists (select from cron.job where jobname = 'sesame-reconcile') then
      perform sesame.schedule_webhooks();
    end if;
  end if;
end
$$;
