-- The roles of a hosted project, with the attributes, memberships and settings they have there.
--
-- Not reproduced: session_preload_libraries of postgres and authenticator (supautils and safeupdate
-- exist in Supabase's image alone; see supautils.sql, and proofs/gates/safeupdate_test.ts), log_statement.

do $$
declare
  v_role text;
begin
  foreach v_role in array array[
    'postgres', 'anon', 'authenticated', 'service_role', 'authenticator', 'dashboard_user', 'pgbouncer',
    'supabase_auth_admin', 'supabase_storage_admin', 'supabase_functions_admin', 'supabase_realtime_admin',
    'supabase_read_only_user', 'supabase_etl_admin', 'supabase_replication_admin'
  ] loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      execute format('create role %I', v_role);
    end if;
  end loop;
end
$$;

-- The owner of the project: migrations and the dashboard's SQL editor run as this role.
alter role postgres login nosuperuser createdb createrole replication bypassrls password 'postgres';

-- A request of the Data API logs in as authenticator and becomes one of the three.
alter role authenticator login noinherit password 'postgres';
alter role anon nologin inherit;
alter role authenticated nologin inherit;
alter role service_role nologin inherit bypassrls;

alter role supabase_auth_admin login noinherit password 'postgres';
alter role supabase_storage_admin login noinherit createrole;
alter role supabase_functions_admin login noinherit createrole;
alter role supabase_realtime_admin login noinherit createrole replication;
alter role supabase_read_only_user login bypassrls;
alter role supabase_etl_admin login replication;
alter role supabase_replication_admin login replication;
alter role pgbouncer login;
alter role dashboard_user nologin createdb createrole replication;

grant anon, authenticated, service_role to authenticator;
grant authenticator to supabase_storage_admin;
grant pg_read_all_data to supabase_read_only_user, supabase_etl_admin;
grant anon, authenticated, service_role, pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

do $$
begin
  if current_setting('server_version_num')::integer >= 160000 then
    -- Since 16 createrole alone no longer grants roles that another role made.
    grant anon, authenticated, service_role, authenticator, pg_monitor, pg_read_all_data, pg_signal_backend
      to postgres with admin option;
    grant pg_create_subscription to postgres;
  end if;
end
$$;

-- service_role has no timeout of its own: over the Data API it has authenticator's eight seconds.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = 60000;
alter role supabase_storage_admin set search_path = storage;
