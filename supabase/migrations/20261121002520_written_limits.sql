-- Limits that the site's server set by writing to public.module_access. An insert adds a source, an access token. An
-- update or a delete limits the existing sources. Each limit ends when its source says more than it said then, so a
-- later payment opens. See docs/decisions/0015_the_server_writes_access.md.

create table sesame.written_limits (
  source_id text not null,
  module_id bigint not null,
  source text not null,
  account text not null,
  livemode boolean not null,
  user_id uuid not null,
  said timestamptz not null,
  ends_at timestamptz,
  is_closed boolean not null,
  is_removed boolean not null,
  written_at timestamptz not null default now(),
  primary key (source_id, module_id, source, account, livemode),
  constraint written_limits_removed_are_closed check (is_closed or not is_removed),
  constraint written_limits_limit_something check (is_closed or ends_at is not null)
);

create index written_limits_user_id_module_id_idx on sesame.written_limits (user_id, module_id);

alter table sesame.written_limits enable row level security;

comment on table sesame.written_limits is
  'Sources of access that the site''s server limited by an update or a delete in public.module_access. The next update '
  'that opens lifts them. Private: no policy, written by the triggers on module_access only.';
comment on column sesame.written_limits.user_id is
  'The user of the source at that time. If the source moves to another user, it is not limited.';
comment on column sesame.written_limits.said is
  'The end of the source itself at that time; infinity: no end, -infinity: it was closed. Once the source says more, '
  'after a renewal for instance, the limit no longer applies.';
comment on column sesame.written_limits.ends_at is
  'The source opens no longer than this; null: as long as it says itself.';
comment on column sesame.written_limits.is_closed is 'The source opens nothing.';
comment on column sesame.written_limits.is_removed is 'The row was deleted, so the source does not keep a row either.';
