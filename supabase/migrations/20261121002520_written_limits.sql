-- What the site's server took away by writing to public.module_access. Inserts add a source, an access token. Updates
-- and deletes limit the sources that are there: each until it says more than it said then, so what is paid afterwards
-- opens. See docs/decisions/0015_the_server_writes_access.md.

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
  'Sources of access that the site''s server limited by an update or a delete in public.module_access. Lifted by the '
  'next update that opens. Private: no policy, written by the triggers on module_access only.';
comment on column sesame.written_limits.user_id is 'Whose source it was: given to somebody else, it is not limited.';
comment on column sesame.written_limits.said is
  'Until when the source itself was open; infinity: for ever, -infinity: it was closed. Once it says more, a renewal '
  'for instance, it is not limited any more.';
comment on column sesame.written_limits.ends_at is 'It opens no longer than this; null: as long as it says.';
comment on column sesame.written_limits.is_closed is 'It opens nothing.';
comment on column sesame.written_limits.is_removed is 'The row was deleted: it is no reason for a row either.';
