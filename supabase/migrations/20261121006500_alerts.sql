-- Alerts: conditions that need an operator, each with its start and its end. A refresh compares them with the present
-- conditions.

create type sesame.severity as enum ('notice', 'warning', 'critical');

create table sesame.alert_kinds (
  kind text primary key,  -- not sesame.code: an upgrade adds codes, and a transaction cannot write those that it adds
  severity sesame.severity not null,
  patience interval not null,
  constraint alert_kinds_patience_is_not_negative check (patience >= interval '0')
);

alter table sesame.alert_kinds enable row level security;

comment on table sesame.alert_kinds is
  'The severity of each kind of alert, and how long it may resolve by itself before it is sent. Private: no '
  'policy, only its owner reads or changes it.';

insert into sesame.alert_kinds (kind, severity, patience) values
  ('webhook_silent', 'critical', '0'),
  ('webhook_refused', 'critical', '10 minutes'),
  ('webhook_refused_secret', 'critical', '10 minutes'),
  ('webhook_refused_endpoint', 'critical', '10 minutes'),
  ('webhook_refused_body', 'critical', '10 minutes'),
  ('webhook_refused_clock', 'critical', '10 minutes'),
  ('event_failed', 'critical', '10 minutes'),
  ('event_waiting', 'warning', '0'),
  ('fold_pending', 'warning', '0'),
  ('dispute_unanswered', 'critical', '0'),
  ('fraud_warning', 'warning', '0'),
  ('price_unmapped', 'warning', '0'),
  ('module_unknown', 'warning', '0'),
  ('wrong_mode', 'warning', '0'),
  ('foreign_account', 'warning', '0'),
  ('buyers_differ', 'warning', '0'),
  ('fetch_pending', 'warning', '1 hour'),
  ('subscription_missing', 'warning', '0'),
  ('price_recurs', 'warning', '0'),
  ('paid_after_end', 'warning', '0'),
  ('user_unreadable', 'warning', '0'),
  ('buyer_unknown', 'warning', '1 hour'),
  ('user_unknown', 'notice', '1 hour'),
  ('claim_refunded', 'notice', '0'),
  ('deliveries_failing', 'warning', '0');

create table sesame.alerts (
  kind sesame.code not null,
  about text not null,
  severity sesame.severity not null,
  times integer not null default 1,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  raised_at timestamptz,
  told_at timestamptz,
  telling_until timestamptz,
  resolved_at timestamptz,
  dismissed_at timestamptz,
  dismissed_by text,
  dismissed_why text,
  primary key (kind, about),
  constraint alerts_times_is_positive check (times > 0),
  constraint alerts_last_seen_is_not_before_first check (last_seen >= first_seen),
  constraint alerts_told_were_raised check (told_at is null or raised_at is not null),
  constraint alerts_dismissal_is_complete
    check ((dismissed_at is null) = (dismissed_by is null) and (dismissed_at is null) = (dismissed_why is null)),
  constraint alerts_dismissal_says_by_whom_and_why check (dismissed_by <> '' and dismissed_why <> '')
);

alter table sesame.alerts enable row level security;

comment on table sesame.alerts is
  'What an operator has to look at, one row for each kind and object. Private: no policy, written by '
  'sesame_refresh_alerts, sesame_dismiss_alert, sesame_claim_alerts and sesame_confirm_alerts.';
comment on column sesame.alerts.about is
  'An id of Stripe''s or of ours, or a price. It is never a name or an address.';
comment on column sesame.alerts.times is 'How often it has started again after it was resolved.';
comment on column sesame.alerts.raised_at is
  'Null: the condition was seen, and may still resolve by itself (alert_kinds.patience).';
comment on column sesame.alerts.resolved_at is 'When a refresh no longer saw the condition.';
comment on column sesame.alerts.telling_until is
  'Until then a sender has claimed it and is sending it to ALERT_WEBHOOK_URL.';

create view sesame.open_alerts as
select kind, about, severity, times, first_seen, last_seen, raised_at
from sesame.alerts
where raised_at is not null and resolved_at is null and dismissed_at is null;

comment on view sesame.open_alerts is 'Alerts that are neither resolved nor dismissed.';
