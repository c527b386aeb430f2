-- Two schemas: `public` holds what frontends and functions call, `sesame` is private.

create schema sesame;

-- The first word tells the chapter of preconditions that this schema is ours.
comment on schema sesame is
  'Sesame: private. What Stripe sent (inbox, facts), the grants derived from it, and the settings. '
  'Not exposed over HTTP; only the functions of schema public reach into it.';

-- A new object gets the project's default privileges, and Sesame does not change those. So each of our objects
-- first revokes them, and then grants only what is needed.
create function sesame.revoke_default_grants(on_object text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_right record;
begin
  for v_right in
    select kind, name, case grantee when 0 then 'public' else grantee::regrole::text end as grantee
    from (
      select 'schema' as kind, nspname::text as name, nspname::text as part_of, nspowner as owner, nspacl as acl
      from pg_catalog.pg_namespace
      union all
      -- The sequence of an identity column is closed with its table.
      select case relkind when 'S' then 'sequence' else 'table' end, relation.oid::regclass::text,
        coalesce(part.refobjid, relation.oid)::regclass::text, relowner, relacl
      from pg_catalog.pg_class as relation
      left join pg_catalog.pg_depend as part on part.objid = relation.oid and relation.relkind = 'S'
        and part.deptype = 'i' and part.classid = 'pg_catalog.pg_class'::regclass
      where relnamespace in ('public'::regnamespace, 'sesame'::regnamespace)
      union all
      select 'routine', oid::regprocedure::text, format('%s.%I', pronamespace::regnamespace, proname),
        proowner, coalesce(proacl, acldefault('f', proowner))
      from pg_catalog.pg_proc
      where pronamespace in ('public'::regnamespace, 'sesame'::regnamespace)
    ) as object
    cross join lateral aclexplode(acl) as access
    where part_of = on_object and access.grantee <> owner
    group by kind, name, grantee
  loop
    execute format('revoke all on %s %s from %s', v_right.kind, v_right.name, v_right.grantee);
  end loop;
end
$$;

comment on function sesame.revoke_default_grants is
  'Leaves the owner as the only one with rights on a schema, on a table and its sequence, on a view or on a '
  'function, given by its name.';

select sesame.revoke_default_grants('sesame');
