-- Kinds of facts, and sets of objects by kind: {kind: [id, …]}.
--
-- Such a set may hold the sales of a whole price. So it is built by json_object_agg: jsonb_object_agg takes the square
-- of the time for a long array (6 s for 20,000 ids, Postgres 17).

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

comment on function sesame.kind_of is
  'The kind of fact that a Stripe id names, by its prefix; null: no kind that Sesame keeps.';

create function sesame.by_kind(ids text[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(json_object_agg(named.kind, named.ids)::jsonb, '{}')
    from (
      select sesame.kind_of(id) as kind, jsonb_agg(id) as ids
      from unnest(ids) as id where sesame.kind_of(id) is not null
      group by 1
    ) as named
  );
end
$$;

comment on function sesame.by_kind is 'Stripe ids as objects {kind: [id, …]}.';

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
  -- Nearly always one of the two is empty.
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

comment on function sesame.union_objects is 'The union of two sets of objects {kind: [id, …]}; others may be null.';

create function sesame.except_objects(objects jsonb, known jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_kind text;
begin
  if objects = '{}' then
    return objects;
  end if;
  -- A few ids: kind by kind, and nearly always there is one of a kind that is not in known.
  if pg_column_size(objects) < 400 then
    for v_kind in select * from jsonb_object_keys(objects) loop
      if known ? v_kind or jsonb_array_length(objects -> v_kind) > 1 then
        objects := objects || jsonb_build_object(v_kind, array(
          select distinct new.id from jsonb_array_elements_text(objects -> v_kind) as new (id)
          where (known -> v_kind) ? new.id is not true
        ));
        if objects -> v_kind = '[]' then
          objects := objects - v_kind;
        end if;
      end if;
    end loop;
    return objects;
  end if;
  -- As sets: a search in known for each id would take the square of the time.
  return (
    select coalesce(json_object_agg(reached.kind, unknown.ids)::jsonb, '{}')
    from jsonb_each(objects) as reached (kind, ids)
    cross join lateral (
      select jsonb_agg(new.id order by new.id collate "C") as ids
      from (
        select jsonb_array_elements_text(reached.ids) as id
        except
        select jsonb_array_elements_text(known -> reached.kind)
      ) as new
    ) as unknown
    where unknown.ids is not null
  );
end
$$;

comment on function sesame.except_objects is 'The objects {kind: [id, …]} that are not in known.';

create function sesame.portions_of(objects jsonb) returns setof jsonb
language plpgsql immutable set search_path = '' as $$
begin
  if pg_column_size(objects) < 20000 then  -- some 500 ids
    return next objects;
    return;
  end if;
  return query
    select jsonb_build_object(given.kind, jsonb_agg(one.id))
    from jsonb_each(objects) as given (kind, ids)
    cross join lateral jsonb_array_elements(given.ids) with ordinality as one (id, place)
    group by given.kind, (one.place - 1) / 500;
end
$$;

comment on function sesame.portions_of is
  'The objects {kind: [id, …]} in portions of at most some 500. A plan of look-ups compares each row with every id '
  'that it was given. So the time for one portion is bounded, and the time for all grows with their number.';
