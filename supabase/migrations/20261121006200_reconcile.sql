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

create function public.sesame_failed_events(after text, most integer, our_livemode boolean, our_accounts text[])
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
    where event.id > after
      and event.outcome in ('failed', 'quarantined')
      and event.payload <> ''  -- the user it was about has been erased since
      -- What was not ours when it came, and is now.
      and (event.outcome = 'failed'
        or event.livemode = our_livemode and (event.account = '' or event.account = any (our_accounts)))
    order by event.id
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_failed_events');
grant execute on function public.sesame_failed_events(text, integer, boolean, text[]) to service_role;

comment on function public.sesame_failed_events is
  'Stored events that could not be applied, or that were not ours and are now, by id. They are to be translated '
  'and processed again.';

create function public.sesame_pending_reads(after text, most integer) returns setof text
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select distinct sesame.fetch_reference(pending.account, pending.kind, pending.object_id) collate "C" as reference
    from sesame.pending_fetches as pending
    where sesame.fetch_reference(pending.account, pending.kind, pending.object_id) collate "C" > after
    order by reference
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_pending_reads');
grant execute on function public.sesame_pending_reads(text, integer) to service_role;

comment on function public.sesame_pending_reads is
  'Objects to be read again, because only Stripe can answer, in order. Each is a reference: sub_…, '
  'sub_…/invoices, or acct_…/sub_… for a connected account.';
