-- The present conditions. A refresh makes the alerts equal to them. It runs every few minutes, never from the
-- webhook.

create view sesame.concerns as
  select code as kind, example as about from sesame.unfinished
  union
  select 'webhook_silent', 'stripe-webhook'
  where sesame.is_silent(sesame.last_arrival(), sesame.usual_silence())
  union
  select code, 'stripe-webhook' from sesame.webhook_refusal()
  union
  -- One alert for thousands of objects.
  select code, 'sesame-fold' from sesame.overdue_objects()
  union
  select code, endpoint_id from sesame.failing_endpoints()
  union
  -- The bank waits for an answer only a few days.
  select 'dispute_unanswered', id
  from sesame.disputes
  where status in ('warning_needs_response', 'needs_response', 'appeal_needs_response')
  union
  select 'fraud_warning', object_id
  from sesame.stripe_events
  where type = 'radar.early_fraud_warning.created' and received_at > now() - interval '30 days'
    and outcome <> 'quarantined' and object_id is not null
  union
  -- The site named two users in one purchase. The one in the session counts.
  select 'buyers_differ', session.id
  from sesame.checkout_sessions as session
  join sesame.payment_intents as payment
    on (payment.id, payment.account, payment.livemode) = (session.payment_intent_id, session.account, session.livemode)
  -- The same user may be written in several ways.
  where payment.user_ref <> session.user_ref
    and coalesce(sesame.as_uuid(payment.user_ref)::text, sesame.as_email(payment.user_ref), payment.user_ref)
      <> coalesce(sesame.as_uuid(session.user_ref)::text, sesame.as_email(session.user_ref), session.user_ref)
  union
  -- The holder of the link had the module, and the money was refunded to another person.
  select 'claim_refunded', claim.object_id
  from sesame.claims as claim
  join sesame.grants as held
    on (held.source_id, held.account, held.livemode) = (claim.object_id, claim.account, claim.livemode)
  where claim.way = 'link' and held.reason in ('refunded', 'disputed');

create index stripe_events_fraud_idx on sesame.stripe_events (received_at)
  where type = 'radar.early_fraud_warning.created';

comment on view sesame.concerns is 'Conditions that need an operator now, by kind and by object.';

create function public.sesame_refresh_alerts() returns integer
language plpgsql volatile security definer set search_path = '' set jit = off as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sesame.alerts', 0)) then
    return (select count(*) from sesame.open_alerts);  -- another refresh is running
  end if;

  insert into sesame.alerts as alert (kind, about, severity, first_seen, last_seen)
  select concern.kind, concern.about, coalesce(known.severity, 'warning'), v_now, v_now
  from sesame.concerns as concern
  left join sesame.alert_kinds as known on known.kind = concern.kind::text
  -- Alerts are raised even if the clock was set back.
  on conflict (kind, about) do update set
    (severity, last_seen) = (excluded.severity, greatest(excluded.last_seen, alert.first_seen));

  -- It was resolved and is seen again: it starts again.
  update sesame.alerts
  set (times, first_seen, raised_at, told_at, telling_until, resolved_at, dismissed_at, dismissed_by, dismissed_why)
    = (times + 1, v_now, null, null, null, null, null, null, null)
  where resolved_at is not null and last_seen = v_now;

  update sesame.alerts as alert
  set raised_at = v_now
  where alert.raised_at is null and alert.first_seen + coalesce(
    (select patience from sesame.alert_kinds as known where known.kind = alert.kind::text), interval '0'
  ) <= v_now;

  -- Resolve alerts that this refresh did not see; delete those that were never raised.
  delete from sesame.alerts where last_seen < v_now and raised_at is null;
  update sesame.alerts set resolved_at = v_now where last_seen < v_now and resolved_at is null;
  delete from sesame.alerts where resolved_at < v_now - interval '90 days';
  return (select count(*) from sesame.open_alerts);
end
$$;

select sesame.revoke_default_grants('public.sesame_refresh_alerts');
grant execute on function public.sesame_refresh_alerts() to service_role;

comment on function public.sesame_refresh_alerts is
  'Makes sesame.alerts equal to the present conditions. Answers how many are open. Two calls at once do no harm.';

create function public.sesame_open_alerts(most integer default 200)
returns table (
  kind text, about text, severity text, times integer, first_seen timestamptz, raised_at timestamptz, known jsonb
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      alert.kind::text, alert.about, alert.severity::text, alert.times, alert.first_seen, alert.raised_at,
      sesame.known_of(alert.kind, alert.about)
    from sesame.open_alerts as alert
    order by alert.severity desc, alert.raised_at desc, alert.kind, alert.about
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_open_alerts');
grant execute on function public.sesame_open_alerts(integer) to service_role;

comment on function public.sesame_open_alerts is
  'What an operator has to look at, the gravest and newest first. known: the values that the command of the fix '
  'needs.';

create function public.sesame_dismiss_alert(kind text, about text, actor text, why text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  update sesame.alerts as alert
  set (dismissed_at, dismissed_by, dismissed_why) = (clock_timestamp(), actor, why)
  where (alert.kind::text, alert.about) = (sesame_dismiss_alert.kind, sesame_dismiss_alert.about)
    and alert.resolved_at is null and alert.dismissed_at is null;
  return found;
end
$$;

select sesame.revoke_default_grants('public.sesame_dismiss_alert');
grant execute on function public.sesame_dismiss_alert(text, text, text, text) to service_role;

comment on function public.sesame_dismiss_alert is
  'Dismisses an alert that needs no action. It comes back if it is resolved and starts again. False: none is '
  'open. 23514: actor or why is empty.';
