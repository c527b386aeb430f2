-- Only the owner has rights on the objects of schema sesame, whatever the project's default privileges say. Three
-- functions are exceptions, because they run with the rights of another role. That role still cannot call them by name.

select sesame.revoke_default_grants(format('sesame.%I', name))
from (
  select relname from pg_catalog.pg_class
  where relnamespace = 'sesame'::regnamespace and relkind in ('r', 'p', 'v')
  union
  select proname from pg_catalog.pg_proc
  where pronamespace = 'sesame'::regnamespace
) as object (name);

-- An index of access_tokens calls it when a server inserts.
grant execute on function sesame.tidy_email(text) to service_role;
-- The view my_modules calls them when a member reads.
grant execute on function sesame.status_now(boolean, timestamptz, jsonb), sesame.reason_now(timestamptz, jsonb)
  to authenticated;
