-- Outgoing webhooks: each minute, ends that have come are told, and what waits is sent. It needs pg_cron, pg_net and the
-- vault. This chapter does not turn them on: the operator decides that, and then calls schedule_webhooks().

create function sesame.send_due_webhooks() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  -- It tells ends that have come, too.
  if not exists (select from public.sesame_due_webhook_endpoints()) then
    return false;
  end if;
  return sesame.call_webhooks();
end
$$;

comment on function sesame.send_due_webhooks is
  'The job of cron: it tells ends that have come, and calls the sender if a message is due. False: there was nothing to '
  'send, or no way to call it.';

create function sesame.schedule_webhooks() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is null or to_regnamespace('net') is null
    or to_regclass('vault.decrypted_secrets') is null then
    raise notice 'outgoing webhooks are not scheduled: turn on pg_cron, pg_net and the vault, then '
      'select sesame.schedule_webhooks(); or let any other cron post to health/webhooks';
    return false;
  end if;
  perform cron.schedule('sesame-webhooks', '* * * * *', 'select sesame.send_due_webhooks()');
  return true;
end
$$;

comment on function sesame.schedule_webhooks is
  'Schedules outgoing webhooks under the name sesame-webhooks. Several calls schedule them once. False: an extension is '
  'not on.';

select sesame.schedule_webhooks();
