-- The outbox. The transaction that changes access also writes its message here, so what commits is told, and nothing
-- else is.

create table sesame.webhook_messages (
  id bigint generated always as identity primary key,
  webhook_id text not null default 'msg_' || replace(gen_random_uuid()::text, '-', ''),
  type text not null,
  at timestamptz not null default clock_timestamp(),
  user_id uuid not null,
  module_id bigint not null,
  body text not null,
  constraint webhook_messages_webhook_id_key unique (webhook_id)
);

create index webhook_messages_user_id_idx on sesame.webhook_messages (user_id);
create index webhook_messages_at_idx on sesame.webhook_messages (at);

alter table sesame.webhook_messages enable row level security;

comment on table sesame.webhook_messages is
  'What outgoing webhooks say, in the order of the commits. Kept for 30 days. Private: no policy, written by the '
  'trigger on access_log and by tell_ends.';
comment on column sesame.webhook_messages.webhook_id is 'The header webhook-id: the same at every attempt.';
comment on column sesame.webhook_messages.body is 'The bytes that are signed and sent: JSON without addresses or names.';

create table sesame.webhook_deliveries (
  endpoint_id text not null references sesame.webhook_endpoints (id) on delete cascade,
  message_id bigint not null references sesame.webhook_messages (id) on delete cascade,
  user_id uuid not null,
  since timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  failures integer not null default 0,
  next_try timestamptz default clock_timestamp(),
  delivered_at timestamptz,
  given_up_at timestamptz,
  primary key (endpoint_id, message_id),
  constraint webhook_deliveries_end_once check (delivered_at is null or given_up_at is null)
);

create index webhook_deliveries_message_id_idx on sesame.webhook_deliveries (message_id);
create index webhook_deliveries_due_idx on sesame.webhook_deliveries (endpoint_id, next_try, message_id)
  where delivered_at is null and given_up_at is null and next_try is not null;
create index webhook_deliveries_order_idx on sesame.webhook_deliveries (endpoint_id, user_id, message_id)
  where delivered_at is null and given_up_at is null;

alter table sesame.webhook_deliveries enable row level security;

comment on table sesame.webhook_deliveries is
  'Each message for each endpoint. The messages of one member arrive in their order: a later one waits until the '
  'earlier one is delivered or given up. Private: no policy.';
comment on column sesame.webhook_deliveries.since is 'When it was written or replayed. It is given up three days later.';
comment on column sesame.webhook_deliveries.attempts is
  'How often it was claimed. A result counts only for the newest claim, so a late one changes nothing.';
comment on column sesame.webhook_deliveries.failures is 'How many of the attempts since then have failed.';
comment on column sesame.webhook_deliveries.next_try is
  'When a sender may claim it. Null: it waits behind an earlier message of the member, or has ended.';

create table sesame.webhook_attempts (
  endpoint_id text not null,
  message_id bigint not null,
  attempt integer not null,
  at timestamptz not null default clock_timestamp(),
  status integer,
  ms integer not null,
  error text,
  primary key (endpoint_id, message_id, attempt),
  foreign key (endpoint_id, message_id) references sesame.webhook_deliveries on delete cascade
);

create index webhook_attempts_at_idx on sesame.webhook_attempts (at);

alter table sesame.webhook_attempts enable row level security;

comment on table sesame.webhook_attempts is
  'The log of outgoing webhooks: each attempt with its result. The answers themselves are not kept. Private: no policy.';
comment on column sesame.webhook_attempts.status is 'The status of the answer. Null: there was none.';
comment on column sesame.webhook_attempts.error is
  'Null: it arrived. Otherwise http (the status is not 2xx), redirect, timeout, connection, address (a private one) '
  'or unsent (the sender was too slow).';

create function sesame.tg_address_messages() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into sesame.webhook_deliveries (endpoint_id, message_id, user_id)
  select endpoint.id, added.id, added.user_id
  from added
  join sesame.webhook_endpoints as endpoint
    on endpoint.disabled_at is null and added.type = any (endpoint.types);
  if found then
    perform sesame.nudge_webhooks();
  end if;
  return null;
end
$$;

create trigger webhook_messages_address_messages
  after insert on sesame.webhook_messages
  referencing new table as added
  for each statement
  execute function sesame.tg_address_messages();
