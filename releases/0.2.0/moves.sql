-- An event can be stored before it is applied. No statement of this upgrade may use the new value.
alter type sesame.event_outcome add value 'received' before 'applied';

-- Events that are stored while the fold is busy wait in a table of their own.
create table sesame.waiting_events (
  event_id text primary key,
  event jsonb not null,
  together integer not null default 500,
  place bigint generated always as identity,
  constraint waiting_events_together_is_positive check (together > 0)
);
alter table sesame.waiting_events alter column event set storage external;
create index waiting_events_place_idx on sesame.waiting_events (place);
alter table sesame.waiting_events enable row level security;

-- A change that touches thousands of objects is folded part by part.
create table sesame.unfolded_objects (
  kind text not null,
  id text not null,
  is_followed boolean not null,
  cause text not null,
  since timestamptz not null default now(),
  failures integer not null default 0,
  error text,
  next_try timestamptz not null default now(),
  primary key (kind, id)
);
create index unfolded_objects_parts_idx on sesame.unfolded_objects (failures, is_followed, cause, kind, id);
alter table sesame.unfolded_objects enable row level security;
create table sesame.unfolded_walk (
  is_only boolean primary key default true,
  next text not null,
  walked bigint not null default 0,
  total bigint not null,
  cause text not null,
  since timestamptz not null default now(),
  constraint unfolded_walk_is_one_row check (is_only)
);
alter table sesame.unfolded_walk enable row level security;

-- A renewal changes rows in place and writes fewer indexes. Existing pages get the room as their rows change.
drop index sesame.subscriptions_latest_invoice_id_idx;
alter table sesame.subscriptions set (fillfactor = 80);
alter table sesame.grants set (fillfactor = 90);
alter table public.module_access set (fillfactor = 90);
alter table public.module_access
  drop constraint module_access_user_id_module_id_key,
  add constraint module_access_user_id_module_id_key unique (user_id, module_id);
drop index sesame.stripe_events_object_id_idx;
create index stripe_events_object_id_idx on sesame.stripe_events
  using brin (object_id text_bloom_ops) with (autosummarize = on, pages_per_range = 16);
create index stripe_events_fetched_idx on sesame.stripe_events (object_id) where type like '%.fetched';

-- The inbox: how long bodies are kept, what waits, and what retention reads.
alter type sesame.code add value 'event_waiting' before 'exhausted';
alter type sesame.code add value 'fold_pending' before 'foreign_account';
alter table sesame.alert_kinds alter column kind type text;
insert into sesame.alert_kinds (kind, severity, patience) values
  ('event_waiting', 'warning', '0'), ('fold_pending', 'warning', '0');
alter table sesame.settings add column keep_bodies interval not null default '90 days';
alter table sesame.settings
  add constraint settings_keep_bodies_is_not_negative check (keep_bodies >= interval '0');
drop index sesame.stripe_events_unsettled_idx;
create index stripe_events_unsettled_idx on sesame.stripe_events (received_at)
  where outcome not in ('applied', 'ignored');
create index stripe_events_bodies_idx on sesame.stripe_events (received_at)
  where payload <> '' and outcome in ('applied', 'ignored');
create index uses_used_at_idx on sesame.uses using brin (used_at);
