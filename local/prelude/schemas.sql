-- Schemas public and extensions, with their hosted owners, grants and default privileges.
--
-- Not reproduced, because Sesame does not use them: the schemas graphql_public and
-- pgbouncer; the extensions pg_graphql, pg_stat_statements and supabase_vault; the event triggers that
-- announce a new schema to PostgREST (here the Data API reads the catalogue once, when it starts).

do $$
begin
  execute format('alter database %I owner to postgres', current_database());
  execute format('grant all on database %I to dashboard_user', current_database());
  execute format('grant create on database %I to supabase_auth_admin', current_database());
end
$$;

create schema if not exists extensions;
alter schema extensions owner to postgres;
grant all on schema extensions to dashboard_user;
grant usage on schema public, extensions to postgres, anon, authenticated, service_role;

create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;

-- The hosted defaults give every new object of schema public to all three roles, whether postgres or
-- supabase_admin makes it.
do $$
declare
  v_maker text;
  v_kind text;
begin
  foreach v_maker in array array['postgres', 'supabase_admin'] loop
    foreach v_kind in array array['tables', 'sequences', 'functions'] loop
      execute format(
        'alter default privileges for role %I in schema public grant all on %s to postgres, anon, authenticated, service_role',
        v_maker, v_kind
      );
    end loop;
  end loop;
end
$$;

-- Empty until a table is added.
do $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
    alter publication supabase_realtime owner to postgres;
  end if;
end
$$;
