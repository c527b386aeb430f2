-- One failed event, to be replayed on request.

create function public.sesame_failed_event(event_id text)
returns table (
  id text, type text, created bigint, api_version text, livemode boolean, account text, object_id text, payload text
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      event.id, event.type, extract(epoch from event.created)::bigint, event.api_version, event.livemode,
      nullif(event.account, ''), event.object_id, event.payload
    from sesame.stripe_events as event
    where event.id = sesame_failed_event.event_id and event.outcome = 'failed';
end
$$;

select sesame.revoke_default_grants('public.sesame_failed_event');
grant execute on function public.sesame_failed_event(text) to service_role;

comment on function public.sesame_failed_event is
  'An event that could not be applied, as it was stored. No row: it has not failed.';
