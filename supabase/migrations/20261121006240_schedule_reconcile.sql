-- `reconcile` runs every fifteen minutes, where the database has pg_cron, pg_net and the vault. This chapter does not
-- turn them on: the operator decides that, and then calls schedule_reconcile().

create function sesame.call_reconcile() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_url text := (select decrypted_secret from vault.decrypted_secrets where name = 'sesame_url');
  v_key text := (select decrypted_secret from vault.decrypted_secrets where name = 'sesame_key');
begin
  if v_url is null or v_key is null then
    raise sqlstate 'SE040' using
      message = 'the vault does not say where reconcile is',
      hint = 'select vault.create_secret(''https://<ref>.supabase.co'', ''sesame_url''), '
        'vault.create_secret(''sb_secret_…'', ''sesame_key'');';
  end if;
  perform net.http_post(
    url := v_url || '/functions/v1/reconcile',
    headers := jsonb_build_object('content-type', 'application/json', 'apikey', v_key),
    body := '{}'::jsonb,
    timeout_milliseconds := 150000  -- as long as the platform lets it answer
  );
end
$$;

comment on function sesame.call_reconcile is 'The job of cron: it begins a round of reconcile. Raises SE040.';

create function sesame.schedule_reconcile() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is null or to_regnamespace('net') is null
    or to_regclass('vault.decrypted_secrets') is null then
    raise notice 'reconcile is not scheduled: turn on pg_cron, pg_net and the vault, then '
      'select sesame.schedule_reconcile(); or let any other cron call it';
    return false;
  end if;
  perform cron.schedule('sesame-reconcile', '*/15 * * * *', 'select sesame.call_reconcile()');
  return true;
end
$$;

comment on function sesame.schedule_reconcile is
  'Schedules reconcile under the name sesame-reconcile. Several calls schedule it once. False: an extension is '
  'not on.';

select sesame.schedule_reconcile();
