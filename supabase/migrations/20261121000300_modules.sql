-- The catalogue: the modules for sale.

create table public.modules (
  id bigint generated always as identity primary key,
  slug text not null,
  title text not null,
  description text,
  is_free boolean not null default false,
  is_active boolean not null default true,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint modules_slug_key unique (slug),
  -- `metadata.module_id` of a Stripe object may hold a slug or an id, so no slug may look like an id.
  constraint modules_slug_is_a_slug check (slug ~ '^[a-z][a-z0-9-]*$'),
  constraint modules_metadata_is_an_object check (jsonb_typeof(metadata) = 'object'),
  -- Any other word would be read as ES256, and the module's server would refuse every token.
  constraint modules_token_alg_is_known check (metadata ->> 'token_alg' in ('ES256', 'HS256'))
);

alter table public.modules enable row level security;

create policy modules_select_all on public.modules
  for select to anon, authenticated
  using (true);

select sesame.revoke_default_grants('public.modules');
-- Column by column: a column of an old table keeps the readers that it had there (carried_columns).
grant select (id, slug, title, description, is_free, is_active, metadata, created_at, updated_at)
  on public.modules to anon, authenticated;
grant select, insert, update on public.modules to service_role;

comment on table public.modules is 'The catalogue: modules that are sold or free. Readable by all.';
comment on column public.modules.slug is
  'The name used in URLs and in metadata.module_id of Stripe objects. Never changes: sold metadata names it.';
comment on column public.modules.metadata is
  'Belongs to the site, except one key: token_alg "HS256" for a module whose server verifies with the shared secret.';
comment on column public.modules.is_free is 'Free modules are claimed, not bought.';
comment on column public.modules.is_active is 'Whether the module is still offered. False does not close access that was sold.';

create function sesame.tg_protect_slug() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  raise sqlstate 'SE002' using
    message = 'a slug never changes',
    detail = format('module %s is sold as "%s"', old.id, old.slug),
    hint = 'Change the title, or add a new module.';
end
$$;

create trigger modules_protect_slug
  before update of slug on public.modules
  for each row
  when (old.slug is distinct from new.slug)
  execute function sesame.tg_protect_slug();

create function sesame.tg_touch_updated_at() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create trigger modules_touch_updated_at
  before update on public.modules
  for each row
  when (old.* *<> new.*)  -- compares row images: a column of the site may have a type without equality
  execute function sesame.tg_touch_updated_at();
