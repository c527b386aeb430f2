-- A message goes out within about a second: the transaction that writes it asks pg_net to call the sender after the
-- commit. Without pg_net and the vault, the job of cron sends it.

create table sesame.webhook_nudge (
  is_only boolean primary key default true,
  at timestamptz not null default 'epoch',
  constraint webhook_nudge_is_one_row check (is_only)
);

insert into sesame.webhook_nudge default values;

alter table sesame.webhook_nudge enable row level security;

comment on table sesame.webhook_nudge is
  'When the sender of webhooks was last called, in one row. Private: no policy, written by nudge_webhooks only.';

create function sesame.call_webhooks() returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_url text;
  v_key text;
begin
  if to_regnamespace('net') is null or to_regclass('vault.decrypted_secrets') is null then
    return false;
  end if;
  v_url := (select decrypted_secret from vault.decrypted_secrets where name = 'sesame_url');
  v_key := (select decrypted_secret from vault.decrypted_secrets where name = 'sesame_key');
  if v_url is null or v_key is null then
    return false;
  end if;
  perform net.http_post(
    url := v_url || '/functions/v1/health/webhooks',
    headers := jsonb_build_object('content-type', 'application/json', 'apikey', v_key),
    body := '{}'::jsonb,
    timeout_milliseconds := 60000
  );
  return true;
end
$$;

comment on function sesame.call_webhooks is
  'Calls the sender of webhooks, after the commit. False: pg_net or the vault is not on, or the vault lacks sesame_url or '
  'sesame_key.';

-- A sender looks again for a while before it ends. So one call a second is enough.
create function sesame.nudge_webhooks() returns void
language plpgsql volatile set search_path = '' as $$
begin
  update sesame.webhook_nudge set at = clock_timestamp()
  where at not between clock_timestamp() - interval '1 second' and clock_timestamp();
  if found then
    perform sesame.call_webhooks();
  end if;
exception when others then
  -- An error here must not undo the change of access: the job of cron sends the message.
  raise warning 'the sender of webhooks could not be called: %', sqlstate;
end
$$;

comment on function sesame.nudge_webhooks is 'Calls the sender of webhooks, once a second at most.';
