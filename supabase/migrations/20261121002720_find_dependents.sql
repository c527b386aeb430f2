-- Follows the arrows to the end: all objects that must be derived again with these.

create function sesame.next_dependents(objects jsonb, known jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_portion jsonb;
  v_kind text;
  v_next jsonb := '{}';
begin
  for v_portion in select * from sesame.portions_of(objects) loop
    -- The planner estimates ten values for an array. It would estimate many for a query, and read a whole index.
    for v_kind in select * from jsonb_object_keys(v_portion) loop
      v_next := sesame.union_objects(v_next, sesame.dependents_of(v_kind, sesame.ids_of(v_portion, v_kind)));
    end loop;
  end loop;
  return sesame.except_objects(v_next, known);
end
$$;

comment on function sesame.next_dependents is
  'The objects one arrow away from these objects {kind: [id, …]}, without the known ones.';

create function sesame.find_dependents(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_found jsonb := objects;
  v_next jsonb := sesame.next_dependents(objects, objects);
begin
  while v_next <> '{}' loop
    v_found := sesame.union_objects(v_found, v_next);
    -- A name lends itself to the customer's purchases without a name only where it is written (sesame.known_names).
    v_next := sesame.next_dependents(v_next, v_found) - 'known_customer';
  end loop;
  return sesame.union_objects(v_found, sesame.tokens_paid_by(v_found));
end
$$;

comment on function sesame.find_dependents is 'These objects {kind: [id, …]} and all objects that depend on them.';

-- A token may name any object that pays, and nothing depends on a token. So tokens are looked up once, at the end.
create function sesame.tokens_paid_by(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_strip_nulls(jsonb_build_object('access_token', jsonb_agg(id)))
    from public.access_tokens
    where payment_id = any (array(
      select jsonb_array_elements_text(objects -> kind)
      from unnest('{payment_intent,checkout_session,invoice,charge}'::text[]) as kind
      union all
      select charge.id
      from jsonb_array_elements_text(objects -> 'payment_intent') as intent (id)
      cross join lateral (
        select known.id from sesame.charges as known where known.payment_intent_id = intent.id offset 0
      ) as charge
      union all
      select jsonb_array_elements_text(objects -> 'subscription')
      union all
      select session.id
      from jsonb_array_elements_text(objects -> 'subscription') as subscription (id)
      cross join lateral (
        select known.id from sesame.checkout_sessions as known where known.subscription_id = subscription.id offset 0
      ) as session
    ))
  );
end
$$;

comment on function sesame.tokens_paid_by is
  'The access tokens {access_token: [id, …]} that any of these objects {kind: [id, …]} paid for.';
