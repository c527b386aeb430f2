-- What a frontend reads: one row for each user and module.

create table public.module_access (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  access_type text not null,
  token_id uuid,
  expires_at timestamptz,
  is_active boolean not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  metadata jsonb not null default '{}',
  -- With the columns that decide, so that asking for one member's access reads the index alone.
  constraint module_access_user_id_module_id_key unique (user_id, module_id)
    include (is_active, expires_at),
  constraint module_access_closed_does_not_expire check (is_active or expires_at is null),
  constraint module_access_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

create index module_access_module_id_idx on public.module_access (module_id);

alter table public.module_access enable row level security;

create policy module_access_select_own on public.module_access
  for select to authenticated
  using (user_id = (select auth.uid()));

select sesame.revoke_default_grants('public.module_access');
-- Column by column, as on public.modules.
grant select (id, user_id, module_id, access_type, token_id, expires_at, is_active, created_at, updated_at, metadata)
  on public.module_access to authenticated;
grant select on public.module_access to service_role;

comment on table public.module_access is
  'Who has which module. Members read their own rows and write none. Open now: is_active and '
  '(expires_at is null or expires_at > now()); the view my_modules says it in words.';
comment on column public.module_access.access_type is 'What decides: purchase, subscription, manual, token or free.';
comment on column public.module_access.token_id is 'The access token that opened it, where one did.';
comment on column public.module_access.expires_at is 'Null: for ever, or closed.';
comment on column public.module_access.is_active is 'False once refunded, canceled or never paid; time alone does not change it.';
comment on column public.module_access.metadata is
  '{source, source_id, reason, reason_after, access_level, max_usage}: the source that decides, why, and why '
  'not any more once expires_at has passed. Any other key is the site''s own and stays as it is.';

create function sesame.fold_keys() returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array['source', 'source_id', 'reason', 'reason_after', 'access_level', 'max_usage'];
end
$$;

comment on function sesame.fold_keys is 'The keys of module_access.metadata that the fold writes.';
