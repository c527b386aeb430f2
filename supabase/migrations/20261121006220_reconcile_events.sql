-- The door of `reconcile`: its events take the same way as every event, and the access log names the run.

create function public.sesame_reconcile_events(events jsonb, run uuid)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform set_config('sesame.stripe_cause', 'stripe: reconcile ' || run, true);
  return query select * from public.process_stripe_events(events);
  perform set_config('sesame.stripe_cause', '', true);
end
$$;

select sesame.revoke_default_grants('public.sesame_reconcile_events');
grant execute on function public.sesame_reconcile_events(jsonb, uuid) to service_role;

comment on function public.sesame_reconcile_events is
  'The same as process_stripe_events, with its own cause in the access log: stripe: reconcile <run>.';

-- Live changes are not in this index, so they do not pay for it.
create index access_log_reconciled_idx on sesame.access_log (cause, id) where cause like 'stripe: reconcile %';

create function public.sesame_reconciled_access(run uuid, after bigint, most integer)
returns table (id bigint, user_id uuid, module text, change text, reason text)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    with changed as (
      select log.user_id, log.module_id, min(log.id) as first_id, max(log.id) as last_id
      from sesame.access_log as log
      where log.cause = 'stripe: reconcile ' || run and log.cause like 'stripe: reconcile %'
      group by log.user_id, log.module_id
    )
    select
      latest.id, latest.user_id, coalesce(module.slug, latest.module_id::text),
      case when latest.is_active then 'opened' else 'closed' end,
      latest.metadata ->> 'reason'
    from changed
    join sesame.access_log as latest on latest.id = changed.last_id
    left join public.modules as module on module.id = latest.module_id
    left join lateral (
      select log.is_active
      from sesame.access_log as log
      where (log.user_id, log.module_id) = (changed.user_id, changed.module_id) and log.id < changed.first_id
      order by log.id desc
      limit 1
    ) as former on true
    where latest.id > after
      and coalesce(latest.is_active, false) is distinct from coalesce(former.is_active, false)
    order by latest.id
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_reconciled_access');
grant execute on function public.sesame_reconciled_access(uuid, bigint, integer) to service_role;

comment on function public.sesame_reconciled_access is
  'Which users gained (opened) or lost (closed) a module by a run of reconcile, as the sum of its changes. '
  'reason: that of the present decision.';
