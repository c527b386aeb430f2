-- Retention: data from Stripe is kept as long as a customer or operator may need it, and no longer. Facts stay.

-- The body is emptied and the row stays: so a redelivery is still recognised.
create function sesame.empty_bodies(before timestamptz, most integer) returns bigint
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  v_emptied bigint;
begin
  update sesame.stripe_events set payload = ''
  where id = any (array(
      -- As stripe_events_bodies_idx says it: so this reads only what it empties.
      select id from sesame.stripe_events
      where payload <> '' and outcome in ('applied', 'ignored') and received_at < before
      order by received_at
      limit most
      for update skip locked  -- a call that holds one of them may wait for another, and an ignored event may fail now
    ));
  get diagnostics v_emptied = row_count;
  return v_emptied;
end
$$;

comment on function sesame.empty_bodies is
  'Empties the bodies of applied and ignored events that came before this, the oldest first. Answers how many.';

-- After that time no client sends a request again.
create function sesame.delete_requests(before timestamptz, most integer) returns bigint
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  v_deleted bigint;
begin
  delete from sesame.uses
  where ctid = any (array(select ctid from sesame.uses where used_at < before limit most));
  get diagnostics v_deleted = row_count;
  return v_deleted;
end
$$;

comment on function sesame.delete_requests is 'Deletes requests of modules that came before this. Answers how many.';

-- A deletion takes the deliveries and their log along.
create function sesame.delete_messages(before timestamptz, most integer) returns bigint
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  v_deleted bigint;
begin
  delete from sesame.webhook_messages
  where id = any (array(
    select message.id from sesame.webhook_messages as message
    where message.at < before and not exists (
      select from sesame.webhook_deliveries as delivery
      join sesame.webhook_endpoints as endpoint on endpoint.id = delivery.endpoint_id and endpoint.disabled_at is null
      where delivery.message_id = message.id and delivery.delivered_at is null and delivery.given_up_at is null
    )
    order by message.at
    limit most
  ));
  get diagnostics v_deleted = row_count;
  return v_deleted;
end
$$;

comment on function sesame.delete_messages is
  'Deletes messages of outgoing webhooks that came before this and wait for no endpoint that is enabled. Answers how many.';

create function sesame.purge(older_than interval default null, most integer default 25000)
returns table (payloads bigint, requests bigint)
language plpgsql volatile set search_path = '' as $$
declare
  v_before timestamptz := now() - coalesce(older_than, interval '90 days');
  v_kept interval := (select keep_bodies from sesame.settings where settings.id);
begin
  if older_than < interval '30 days' then
    raise sqlstate 'SE009' using
      message = 'too young to be purged',
      detail = format('%s is less than 30 days', older_than),
      hint = 'An event of the last 30 days may still come from Stripe, and name what this would delete. Bodies may go '
        'earlier: update sesame.settings set keep_bodies = interval ''7 days'';';
  end if;

  payloads := sesame.empty_bodies(now() - least(older_than, v_kept), most);
  requests := sesame.delete_requests(v_before, most);
  perform sesame.delete_messages(now() - interval '30 days', most);

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
  'Empties the bodies of applied and ignored events that are older than the setting keep_bodies, or than this if that '
  'is shorter. Deletes messages of outgoing webhooks after 30 days. Deletes requests of modules, and deleted accounts '
  'without a purchase, that are older than this; null: 90 days. It never touches an event that waits, has failed or is quarantined. It handles at most this many of each and '
  'answers how many. Run it again until it answers 0. SE009: less than 30 days.';
