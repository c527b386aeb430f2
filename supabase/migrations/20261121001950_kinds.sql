-- Kinds of facts, and sets of objects by kind: {kind: [id, …]}.

create function sesame.kind_of(id text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case split_part(id, '_', 1)
    when 'cs' then 'checkout_session'
    when 'pi' then 'payment_intent'
    when 'ch' then 'charge'
    when 'py' then 'charge'
    when 're' then 'refund'
    when 'pyr' then 'refund'
    when 'dp' then 'dispute'
    when 'du' then 'dispute'
    when 'in' then 'invoice'
    when 'inpay' then 'invoice_payment'
    when 'sub' then 'subscription'
    when 'cus' then 'customer'
  end;
end
$$;

comment on function sesame.kind_of is 'The kind of fact that an id of Stripe names, by its prefix; null: none of ours.';

create function sesame.by_kind(ids text[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_object_agg(named.kind, named.ids), '{}')
    from (
      select sesame.kind_of(id) as kind, jsonb_agg(id) as ids
      from unnest(ids) as id where sesame.kind_of(id) is not null
      group by 1
    ) as named
  );
end
$$;

comment on function sesame.by_kind is 'Ids of Stripe''s as objects {kind: [id, …]}.';

create function sesame.ids_of(objects jsonb, kind text) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(select jsonb_array_elements_text(objects -> kind));
end
$$;

create function sesame.ids_in(objects jsonb) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(
    select distinct id
    from jsonb_each(objects) as found (kind, ids)
    cross join lateral jsonb_array_elements_text(found.ids) as id
  );
end
$$;

comment on function sesame.ids_in is 'The ids of objects {kind: [id, …]}.';

create function sesame.union_objects(objects jsonb, others jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_kind text;
  v_ids jsonb;
begin
  -- Nearly always one of them is empty.
  if others is null or others = '{}' then
    return objects;
  elsif objects = '{}' then
    return others;
  end if;
  for v_kind, v_ids in select * from jsonb_each(others) loop
    objects := objects || jsonb_build_object(v_kind, coalesce(objects -> v_kind, '[]') || v_ids);
  end loop;
  return objects;
end
$$;

comment on function sesame.union_objects is 'Objects {kind: [id, …]} of either; others may be null.';

create function sesame.except_objects(objects jsonb, known jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  if objects = '{}' then
    return objects;
  end if;
  return (
    select coalesce(jsonb_object_agg(kind, ids), '{}')
    from (
      select reached.kind, jsonb_agg(distinct id) as ids
      from jsonb_each(objects) as reached (kind, ids)
      cross join lateral jsonb_array_elements_text(reached.ids) as id
      where not coalesce(known -> reached.kind, '[]') ? id
      group by reached.kind
    ) as unknown
  );
end
$$;

comment on function sesame.except_objects is 'Those of the objects {kind: [id, …]} that are not known.';
