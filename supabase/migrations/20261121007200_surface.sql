-- Stepping aside, 1: Sesame's objects in schema public, and the move of an object from one schema to another.

create table sesame.sleeping_functions (
  name text primary key,
  definition text not null
);

alter table sesame.sleeping_functions enable row level security;

comment on table sesame.sleeping_functions is
  'Functions as they were before Sesame stepped aside. Empty while Sesame is active. Private: no policy, written '
  'by step_aside and step_in only.';

create table sesame.returned_objects (
  id oid primary key
);

alter table sesame.returned_objects enable row level security;

comment on table sesame.returned_objects is
  'Objects that went back from schema legacy to schema public. Empty while Sesame is active. Private: no policy, '
  'written by step_aside and step_in only.';

create function sesame.is_aside() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (select from sesame.sleeping_functions);
end
$$;

comment on function sesame.is_aside is 'Whether the old tables are back and Sesame is asleep (step_aside).';

create function sesame.objects_in(of_schema regnamespace)
returns table (id oid, title text, of_owner oid, taken text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    -- An index moves with its table, and so does a sequence that belongs to a column.
    select
      relation.oid,
      format('%s %I.%I', case relation.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence'
        else 'table'
      end, of_schema, relation.relname),
      relation.relowner, relation.relname::text
    from pg_catalog.pg_class as relation
    where relation.relnamespace = of_schema and relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (
        select from pg_catalog.pg_depend as owned
        where relation.relkind = 'S' and owned.classid = 'pg_catalog.pg_class'::regclass and owned.objid = relation.oid
          and owned.refclassid = 'pg_catalog.pg_class'::regclass and owned.deptype in ('a', 'i')
      )
    union all
    select
      routine.oid,
      format('routine %I.%I(%s)', of_schema, proname, pg_get_function_identity_arguments(routine.oid)), proowner,
      format('%I(%s)', proname, oidvectortypes(proargtypes))
    from pg_catalog.pg_proc as routine
    where pronamespace = of_schema
      and not exists (select from pg_catalog.pg_depend where objid = routine.oid and deptype = 'e');
end
$$;

comment on function sesame.objects_in is
  'The objects that alter … set schema moves out of a schema: the title, the owner, and the name that each takes '
  'elsewhere.';

create function sesame.move_object(object oid, to_schema text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- The name is read at this moment: an argument of a routine may be a row of a table that has moved already.
  execute format('alter %s set schema %I', coalesce(
    (select 'table ' || oid::regclass from pg_catalog.pg_class where oid = object),
    (select 'routine ' || oid::regprocedure from pg_catalog.pg_proc where oid = object)
  ), to_schema);
end
$$;

-- In schema public only Sesame's own objects count: another function with the same name may be the site's.
create function sesame.surface(in_schema regnamespace) returns table (id oid, title text, taken text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select object.id, object.title, object.taken
    from sesame.objects_in(in_schema) as object
    where object.taken in ('modules', 'module_prices', 'module_access', 'access_tokens', 'my_modules',
        'price_terms', 'listed_prices', 'price_list')
      or object.title like 'routine %' and split_part(object.taken, '(', 1) ~ ('^(sesame_.*|has_module_access|'
        'claim_free_module|claim_purchase|explain_module_access|grant_module_access|revoke_module_access|move_purchase|'
        'remap_price|create_claim_link|revoke_claim_link|erase_user)$')
        and exists (
          select from pg_catalog.pg_proc as routine
          where routine.oid = object.id
            and (routine.prosrc ~ '\msesame\.' or object.taken = 'has_module_access(text)')
        );
end
$$;

comment on function sesame.surface is
  'Sesame''s objects in schema public, now or before it stepped aside. process_stripe_events and '
  'fold_received_events are not among them: they stay, to answer that Sesame is asleep.';
