-- The questions of `reconcile`: which events are missing or failed, and which objects are to be read again? For
-- service_role only.

create function public.sesame_missing_events(event_ids text[]) returns setof text
language plpgsql stable security definer set search_path = '' set enable_seqscan = off as $$
begin
  return query
    select given.id
    from unnest(event_ids) with ordinality as given (id, place)
    where not exists (
      select from sesame.stripe_events as stored
      where stored.id = given.id and stored.outcome <> 'failed'
      offset 0
    )
    order by given.place;
end
$$;

select sesame.revoke_default_grants('public.sesame_missing_events');
grant execute on function public.sesame_missing_events(text[]) to service_role;

comment on function public.sesame_missing_events is
  'Those of these Stripe events (evt_…) that never came, or failed. They are to be processed again.';

create view sesame.stored_events as
select
  id, type, extract(epoch from created)::bigint as created, api_version, livemode, nullif(account, '') as account,
  object_id, payload, outcome, outcome = 'failed' and detail = '57014' as by_parts
from sesame.stripe_events;

-- A function, because a view would name codes that the upgrade to this version adds: a transaction cannot use those.
create function sesame.overdue_events() returns table (code sesame.code, event_id text, received_at timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select 'event_waiting'::sesame.code, event.id, event.received_at
    from sesame.stripe_events as event
    where event.outcome = 'received' and event.received_at < now() - interval '5 minutes';
end
$$;

comment on function sesame.overdue_events is
  'Events that have waited for the fold for five minutes. Usually it takes them within a second.';

comment on view sesame.stored_events is
  'The inbox in the terms of Stripe''s API: created in Unix seconds, account null for the project''s own. by_parts: '
  'the event alone took longer than a call may, so its replay is folded part by part.';

create function public.sesame_failed_events(after text, most integer, our_livemode boolean, our_accounts text[])
returns table (
  id text, type text, created bigint, api_version text, livemode boolean, account text, object_id text, payload text,
  by_parts boolean
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      event.id, event.type, event.created, event.api_version, event.livemode, event.account, event.object_id,
      event.payload, event.by_parts
    from sesame.stored_events as event
    where event.id > after
      and event.outcome in ('received', 'failed', 'quarantined')
      and event.payload <> ''  -- the user it was about has been erased since
      and (event.outcome = 'failed'
        or event.id in (select overdue.event_id from sesame.overdue_events() as overdue)
        -- Some events were not ours when they came, and are ours now.
        or event.outcome = 'quarantined' and event.livemode = our_livemode
          and (event.account is null or event.account = any (our_accounts)))
    order by event.id
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_failed_events');
grant execute on function public.sesame_failed_events(text, integer, boolean, text[]) to service_role;

comment on function public.sesame_failed_events is
  'Stored events without effect, by id. They could not be applied, have waited for the fold for five minutes, or were '
  'not ours and are now. They are to be translated and processed again.';

create function public.sesame_failed_event(event_id text)
returns table (
  id text, type text, created bigint, api_version text, livemode boolean, account text, object_id text, payload text,
  by_parts boolean
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      event.id, event.type, event.created, event.api_version, event.livemode, event.account, event.object_id,
      event.payload, event.by_parts
    from sesame.stored_events as event
    where event.id = sesame_failed_event.event_id and event.outcome in ('received', 'failed');
end
$$;

select sesame.revoke_default_grants('public.sesame_failed_event');
grant execute on function public.sesame_failed_event(text) to service_role;

comment on function public.sesame_failed_event is
  'An event that waits for the fold or could not be applied, as it was stored. No row: it is neither.';

create function public.sesame_pending_reads(after text, most integer) returns setof text
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select wanted.reference collate "C"
    from (
      select sesame.fetch_reference(pending.account, pending.kind, pending.object_id) as reference
      from sesame.pending_fetches as pending
      union
      select unread.id from sesame.unread_prices as unread
    ) as wanted
    where wanted.reference collate "C" > after
    order by 1
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_pending_reads');
grant execute on function public.sesame_pending_reads(text, integer) to service_role;

comment on function public.sesame_pending_reads is
  'Objects to be read from Stripe, because only Stripe can answer, in order. Each is a reference: sub_…, '
  'sub_…/invoices, or acct_…/sub_… for a connected account.';
