-- Retention: data from Stripe is kept as long as a customer or operator may need it, and no longer. Facts stay.

create function sesame.purge(older_than interval default '90 days', most integer default 10000)
returns table (payloads bigint, requests bigint)
language plpgsql volatile set search_path = '' as $$
declare
  v_before timestamptz := now() - older_than;
begin
  if older_than < interval '30 days' then
    raise sqlstate 'SE009' using
      message = 'too young to be purged',
      detail = format('%s is less than 30 days', older_than),
      hint = 'Stripe keeps events for 30 days; until then they may be compared with those at Stripe.';
  end if;

  -- The body is emptied and the row stays: so a redelivery is still recognised.
  with handled as (
    select id from sesame.stripe_events
    where received_at < v_before and outcome in ('applied', 'ignored') and payload <> ''
    order by received_at
    limit most
  ),
  emptied as (
    update sesame.stripe_events as event set payload = '' from handled
    where event.id = handled.id
    returning event.id
  )
  select count(*) into payloads from emptied;

  -- After that time no client sends a request again.
  with old as (
    select user_id, module_id, request_id from sesame.uses where used_at < v_before limit most
  ),
  gone as (
    delete from sesame.uses as counted using old
    where (counted.user_id, counted.module_id, counted.request_id) = (old.user_id, old.module_id, old.request_id)
    returning counted.request_id
  )
  select count(*) into requests from gone;

  -- A late event may still name the account. Its purchases and denials are kept for its return.
  delete from sesame.deleted_accounts as deleted
  where exists (select from sesame.erasures as erasure where erasure.user_id = deleted.user_id)
    or deleted.deleted_at < v_before
      and not exists (select from sesame.sources as held where held.user_id = deleted.user_id)
      and not exists (
        select from sesame.checkout_sessions as bought
        where bought.user_ref = deleted.user_id::text and bought.status = 'complete'
      )
      and not exists (select from sesame.subscriptions as bought where bought.user_ref = deleted.user_id::text);

  delete from sesame.latencies where day < v_before::date;
  delete from sesame.legacy_tokens where day < v_before::date;
  delete from sesame.deliveries where slot < v_before;
  return next;
end
$$;

comment on function sesame.purge is
  'Empties the bodies of processed events that are older than this. Deletes requests of modules, and deleted '
  'accounts without a purchase, of the same age. It never touches failed or quarantined events. It handles at '
  'most this many of each and answers how many. Run it again until it answers 0.';
