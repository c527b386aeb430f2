-- How the site's own server names a module and a user: by our ids or by those of an old database.

create function sesame.named_module(ref text) returns bigint
language plpgsql stable set search_path = '' as $$
begin
  -- Our slugs and ids come first: sales use them.
  return coalesce(
    (select sold.module_id from sesame.sold_modules(null, ref) as sold),
    (select moved.module_id from sesame.moved_modules as moved where moved.old_id = ref)
  );
end
$$;

comment on function sesame.named_module is
  'The module with this slug or id, else the one that had this id in the old database. Null: none.';

create type sesame.named_user as (user_id uuid, user_ref text, problem text);

comment on type sesame.named_user is
  'The user that a server names. If user_id is null and user_ref is not: no user has this name yet, and the '
  'token waits for one. problem: no_such_user, or ambiguous_user if an old id belongs to several.';

create function sesame.named_user(written text) returns sesame.named_user
language plpgsql stable set search_path = '' as $$
declare
  v_ref text := btrim(written);
  v_address text := sesame.as_email(v_ref);
  v_user_id uuid := sesame.as_uuid(v_ref);
begin
  if v_user_id is not null then
    return (v_user_id, null, null)::sesame.named_user;
  end if;
  if v_address is not null then
    return (
      (select member.id from sesame.find_members(array[v_address]) with ordinality as member (id, address, place)
       order by place limit 1),
      v_address, null
    )::sesame.named_user;
  end if;
  return sesame.user_of_old_id(v_ref);
end
$$;

comment on function sesame.named_user is
  'The user with this uuid, address or id of an old database. An address names the user that has verified it.';

create function sesame.user_of_old_id(ref text) returns sesame.named_user
language plpgsql stable set search_path = '' as $$
declare
  v_owners uuid[];
  v_token record;
begin
  select array_agg(distinct token.created_by) into v_owners
  from public.access_tokens as token
  where token.user_ref = ref;
  if v_owners is not null then
    v_owners := array_remove(v_owners, null);
    return (
      case when cardinality(v_owners) = 1 then v_owners[1] end,
      case when cardinality(v_owners) < 2 then ref end,
      case when cardinality(v_owners) > 1 then 'ambiguous_user' end
    )::sesame.named_user;
  end if;

  -- The id of an old token stands for its owner. A number does not: it may also be the id of a user.
  if ref !~ '^[0-9]+$' then
    select token.created_by, token.user_ref into v_token
    from public.access_tokens as token
    where token.id = sesame.old_token_id(ref);
    if found then
      return (v_token.created_by, coalesce(sesame.as_email(v_token.user_ref), v_token.user_ref), null)::sesame.named_user;
    end if;
  end if;
  return (null, null, 'no_such_user')::sesame.named_user;
end
$$;

comment on function sesame.user_of_old_id is
  'The user behind an id of an old database that is neither a uuid nor an address. It is the owner of the '
  'imported rows that name this id as their owner, or the owner of the old token with this id.';
