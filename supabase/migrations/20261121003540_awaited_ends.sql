-- Access ends by the clock too, without a write. These ends are told by a job, which finds them here.

create table sesame.awaited_ends (
  user_id uuid not null,
  module_id bigint not null,
  expires_at timestamptz not null,
  expiring_at timestamptz,
  primary key (user_id, module_id)
);

create index awaited_ends_expires_at_idx on sesame.awaited_ends (expires_at);
create index awaited_ends_expiring_at_idx on sesame.awaited_ends (expiring_at) where expiring_at is not null;

alter table sesame.awaited_ends enable row level security;

comment on table sesame.awaited_ends is
  'Each open access that has an end, if there are endpoints of webhooks. A row goes when the end is told, so each is '
  'told once. An index of module_access would cost every renewal a write. Private: no policy.';
comment on column sesame.awaited_ends.expiring_at is 'When access.expiring is due. Null: it was told, or never will be.';

create function sesame.expiring_at(expires_at timestamptz) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case when settings.expiring_notice > interval '0'
      then (expires_at at time zone 'utc' - settings.expiring_notice) at time zone 'utc' end
    from sesame.settings where settings.id
  );
end
$$;

comment on function sesame.expiring_at is 'When access.expiring is due for this end. Null: it is switched off.';

create function sesame.await_ends() returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from sesame.awaited_ends where true;
  insert into sesame.awaited_ends (user_id, module_id, expires_at, expiring_at)
  select held.user_id, held.module_id, held.expires_at, sesame.expiring_at(held.expires_at)
  from public.module_access as held
  where held.is_active and held.expires_at > now() and isfinite(held.expires_at);
end
$$;

comment on function sesame.await_ends is
  'Notes the ends of all open access, for the first endpoint. Until then none was noted. Its caller holds lock_fold().';

create function sesame.tg_await_ends() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  update sesame.awaited_ends set expiring_at = sesame.expiring_at(expires_at) where expiring_at is not null;
  return null;
end
$$;

create trigger settings_await_ends
  after update on sesame.settings
  for each row
  when (old.expiring_notice is distinct from new.expiring_notice)
  execute function sesame.tg_await_ends();
