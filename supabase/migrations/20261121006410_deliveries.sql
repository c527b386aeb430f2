-- The outcome of each request to stripe-webhook, counted. A refused request leaves no other trace: its sender is
-- unknown, so its content is not kept.

create type sesame.delivery_kind as enum (
  'accepted', 'failed', 'wrong_method', 'unsigned', 'malformed', 'out_of_time', 'no_match', 'too_large', 'too_slow',
  'not_json', 'not_an_event'
);

create type sesame.delivery_cause as enum (
  'unknown', 'wrong_secret', 'thin_secret', 'connect_secret', 'other_mode_secret', 'body_changed', 'clock'
);

create type sesame.delivery_outcome as enum ('accepted', 'failed', 'refused', 'unsigned');

create table sesame.deliveries (
  slot timestamptz not null,
  kind sesame.delivery_kind not null,
  cause sesame.delivery_cause not null default 'unknown',
  calls bigint not null,
  last_at timestamptz not null,
  outcome sesame.delivery_outcome not null generated always as (case
    when kind = 'accepted' then 'accepted'::sesame.delivery_outcome
    when kind = 'failed' then 'failed'
    when kind in ('wrong_method', 'unsigned', 'malformed') then 'unsigned'
    else 'refused'
  end) stored,
  primary key (slot, kind, cause),
  constraint deliveries_calls_is_positive check (calls > 0)
);

alter table sesame.deliveries enable row level security;

comment on table sesame.deliveries is
  'Requests to stripe-webhook by slots of ten minutes, by outcome and cause. No body, address or signature is '
  'kept. Private: no policy, written by sesame_record_figures only.';
comment on column sesame.deliveries.kind is
  'accepted: answered 2xx. failed: answered 5xx. All others were refused: wrong_method, unsigned (no signature '
  'header), malformed (the header is not a signature of Stripe''s), out_of_time, no_match, too_large, too_slow, '
  'not_json, not_an_event.';
comment on column sesame.deliveries.cause is
  'The probable cause. Only a few requests are examined. unknown: not examined, or no cause was found.';
comment on column sesame.deliveries.last_at is
  'When the last of these requests was recorded, some seconds after its answer.';
comment on column sesame.deliveries.outcome is
  'accepted, failed, refused (it had a signature), or unsigned (it had none, so Stripe did not send it).';

create function sesame.deliveries_of_day() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_counts jsonb;
begin
  select jsonb_build_object(
    'accepted', coalesce(sum(calls) filter (where outcome = 'accepted'), 0),
    'failed', coalesce(sum(calls) filter (where outcome = 'failed'), 0),
    'refused', coalesce(sum(calls) filter (where outcome = 'refused'), 0),
    'unsigned', coalesce(sum(calls) filter (where outcome = 'unsigned'), 0),
    'success_rate', round(
      coalesce(sum(calls) filter (where outcome = 'accepted'), 0) / sum(calls) filter (where outcome <> 'unsigned'), 4
    )
  )
  into v_counts
  from sesame.deliveries
  where slot > now() - interval '1 day';

  return v_counts || jsonb_build_object('refusals', (
    select coalesce(jsonb_agg(
      jsonb_build_object('kind', kind, 'signed', outcome = 'refused', 'calls', calls, 'cause', cause)
      order by outcome, calls desc, kind
    ), '[]')
    from (
      select
        kind, outcome, sum(calls) as calls,
        (array_agg(cause order by calls desc, cause) filter (where cause <> 'unknown'))[1] as cause
      from (
        select kind, outcome, cause, sum(calls) as calls
        from sesame.deliveries
        where slot > now() - interval '1 day' and outcome in ('refused', 'unsigned')
        group by kind, outcome, cause
      ) as causes
      group by kind, outcome
    ) as kinds
  ));
end
$$;

comment on function sesame.deliveries_of_day is
  'Deliveries of the last 24 hours by outcome. success_rate: the accepted share of all requests with a '
  'signature, null if there was none. refusals: each kind with its most frequent cause.';
