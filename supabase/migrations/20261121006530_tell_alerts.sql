-- Alerts for ALERT_WEBHOOK_URL are claimed, sent and confirmed. If a sender fails in between, the next one takes its
-- alerts after two minutes. So each alert is sent at least once, always with the same id.

create function public.sesame_claim_alerts(most integer default 50)
returns table (id text, kind text, severity text, about text, times integer, first_seen timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
begin
  return query
    update sesame.alerts as alert
    set telling_until = clock_timestamp() + interval '2 minutes'
    from (
      select waiting.kind, waiting.about
      from sesame.alerts as waiting
      where waiting.raised_at is not null and waiting.told_at is null
        and waiting.resolved_at is null and waiting.dismissed_at is null
        and waiting.severity > 'notice'
        and (waiting.telling_until is null or waiting.telling_until < clock_timestamp())
      order by waiting.severity desc, waiting.raised_at
      limit most
      for update skip locked
    ) as taken
    where (alert.kind, alert.about) = (taken.kind, taken.about)
    returning
      sesame.alert_id(alert.kind::text, alert.about, alert.times), alert.kind::text, alert.severity::text, alert.about,
      alert.times, alert.first_seen;
end
$$;

select sesame.revoke_default_grants('public.sesame_claim_alerts');
grant execute on function public.sesame_claim_alerts(integer) to service_role;

comment on function public.sesame_claim_alerts is
  'Warnings and critical alerts that were not sent yet. They are held for the caller for two minutes.';

create function sesame.alert_id(kind text, about text, times integer) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return format('%s:%s:%s', kind, about, times);
end
$$;

comment on function sesame.alert_id is 'A new id each time that an alert starts.';

create function public.sesame_confirm_alerts(ids text[]) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  update sesame.alerts
  set told_at = clock_timestamp()
  where raised_at is not null and told_at is null and sesame.alert_id(kind::text, about, times) = any (ids);
end
$$;

select sesame.revoke_default_grants('public.sesame_confirm_alerts');
grant execute on function public.sesame_confirm_alerts(text[]) to service_role;

comment on function public.sesame_confirm_alerts is
  'Confirms that these alerts of sesame_claim_alerts have arrived. They are not sent again.';
