-- What is to be done every so often, where the project has pg_cron: https://supabase.com/docs/guides/cron.
-- Elsewhere any cron may do the same; see docs/watching.md. Nothing here needs the network.

do $$
begin
  if not exists (select from pg_catalog.pg_available_extensions where name = 'pg_cron')
    or current_setting('shared_preload_libraries') not like '%pg_cron%' then
    raise notice 'no pg_cron here: have public.refresh_alerts() and billing.purge() called by another cron';
    return;
  end if;

  create extension if not exists pg_cron with schema pg_catalog;
  -- By name, so that a second push changes a job and adds none.
  perform cron.schedule('sesame-alerts', '*/5 * * * *', 'select public.refresh_alerts()');
  perform cron.schedule('sesame-purge', '17 4 * * *', 'select billing.purge()');
exception when insufficient_privilege then
  raise notice 'pg_cron may not be used here: have public.refresh_alerts() and billing.purge() called by another cron';
end
$$;
