-- The job that folds what still waits is new, and retention runs every five minutes. Where the operator never scheduled
-- the jobs, none is scheduled.
do $$
begin
  if to_regclass('cron.job') is not null then
    if exists (select from cron.job where jobname = 'sesame-purge') then
      perform sesame.schedule_upkeep();
    end if;
  end if;
end
$$;

-- 0.1.0 stored a changed passes_stack, but changed no access.
do $$
begin
  if exists (select from sesame.settings_changes where setting = 'passes_stack') then
    perform sesame.lock_fold();
    perform sesame.set_cause('settings');
    perform sesame.fold_everything_or_defer();
  end if;
end
$$;
