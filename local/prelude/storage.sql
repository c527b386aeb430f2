-- Schema storage as far as the migrations of an app speak of it: buckets, objects with policies, and the functions
-- for the path of an object. Sesame does not use it. No server answers at /storage/v1.

create schema if not exists storage authorization supabase_admin;
grant all on schema storage to supabase_storage_admin with grant option;
grant usage on schema storage to postgres with grant option;
grant usage on schema storage to anon, authenticated, service_role;

create table if not exists storage.buckets (
  id text primary key,
  name text not null unique,
  owner uuid,
  owner_id text,
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table if not exists storage.objects (
  id uuid primary key default gen_random_uuid(),
  bucket_id text references storage.buckets (id),
  name text,
  owner uuid,
  owner_id text,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  metadata jsonb,
  user_metadata jsonb,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  unique (bucket_id, name)
);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['buckets', 'objects'] loop
    execute format('alter table storage.%I owner to supabase_storage_admin', v_table);
    execute format('alter table storage.%I enable row level security', v_table);
    execute format('grant all on storage.%I to postgres, anon, authenticated, service_role', v_table);
  end loop;
end
$$;

create or replace function storage.foldername(name text) returns text[]
language plpgsql immutable as $$
declare
  v_parts text[] := string_to_array(name, '/');
begin
  return v_parts[1:cardinality(v_parts) - 1];
end
$$;

create or replace function storage.filename(name text) returns text
language plpgsql immutable as $$
begin
  return split_part(name, '/', -1);
end
$$;

create or replace function storage.extension(name text) returns text
language plpgsql immutable as $$
begin
  return split_part(storage.filename(name), '.', -1);
end
$$;

alter function storage.foldername(text) owner to supabase_storage_admin;
alter function storage.filename(text) owner to supabase_storage_admin;
alter function storage.extension(text) owner to supabase_storage_admin;
