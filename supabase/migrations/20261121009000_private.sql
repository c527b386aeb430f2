-- Only the owner has rights on the objects of schema sesame, whatever the project's default privileges say. The
-- exception: an index of access_tokens calls one function with the rights of the role that inserts.

select sesame.revoke_default_grants(format('sesame.%I', name))
from (
  select relname from pg_catalog.pg_class
  where relnamespace = 'sesame'::regnamespace and relkind in ('r', 'p', 'v')
  union
  select proname from pg_catalog.pg_proc
  where pronamespace = 'sesame'::regnamespace
) as object (name);

grant execute on function sesame.tidy_email(text) to service_role;
