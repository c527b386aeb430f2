-- One part of the unfolded objects. A part that fails waits behind the others, so that it keeps none of them back.

-- First all arrows are followed, and then everything is folded: an object that left the table before could be reached
-- again, without end.
create function sesame.follow_part(part jsonb, cause text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  insert into sesame.unfolded_objects (kind, id, is_followed, cause)
  select given.kind, one.id, false, follow_part.cause
  from jsonb_each(sesame.next_dependents(part, part)) as given (kind, ids)
  cross join lateral jsonb_array_elements_text(given.ids) as one (id)
  on conflict (kind, id) do nothing;
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids)) from jsonb_each(part) as given (kind, ids)
  loop
    update sesame.unfolded_objects as held set is_followed = true
    where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

create function sesame.fold_followed(part jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  -- A sale may move from its session to its invoice. So the two are folded together, and it is open at all times.
  v_objects jsonb := sesame.union_objects(
    part, sesame.next_dependents(part - '{customer,known_customer,price}'::text[], part));
  v_kind text;
  v_ids text[];
begin
  perform sesame.fold_sources(sesame.union_objects(v_objects, sesame.tokens_paid_by(v_objects)));
  -- A walk leaves the members whose access it could not write.
  if part ? 'member' then
    perform sesame.project_owners(sesame.ids_of(part, 'member')::uuid[]);
  end if;
  -- By arrays: without statistics, a join would read the whole table.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from jsonb_each(v_objects) as given (kind, ids)
  loop
    delete from sesame.unfolded_objects as held where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

create function sesame.postpone_objects(part jsonb, failure text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids)) from jsonb_each(part) as given (kind, ids)
  loop
    update sesame.unfolded_objects as held set
      failures = held.failures + 1,
      error = failure,
      -- In the first part that failed, the other objects were not at fault.
      next_try = case when held.failures = 0 then held.next_try else now() + interval '10 minutes' end
    where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

comment on function sesame.postpone_objects is
  'This part could not be folded. Each of its objects is tried again alone, and then every ten minutes.';

create function sesame.next_objects(most integer) returns setof sesame.unfolded_objects
language plpgsql stable set search_path = '' as $$
declare
  v_first sesame.unfolded_objects;
begin
  select * into v_first from sesame.unfolded_objects as held
  where held.next_try <= now() order by held.failures, held.is_followed, held.cause limit 1;
  return query
    select held.* from sesame.unfolded_objects as held
    where (held.failures, held.is_followed, held.cause) = (v_first.failures, v_first.is_followed, v_first.cause)
      and held.next_try <= now()
    order by held.kind, held.id
    limit case when v_first.failures = 0 then most else 1 end;
end
$$;

comment on function sesame.next_objects is
  'The next part: at most so many objects of one cause and one step. An object that has failed is a part of its own.';

create function sesame.fold_objects_part(most integer) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_is_followed boolean;
  v_cause text;
  v_part jsonb;
begin
  select bool_and(taken.is_followed), min(taken.cause), json_object_agg(taken.kind, taken.ids)
  into v_is_followed, v_cause, v_part
  from (
    select next.kind, next.is_followed, next.cause, jsonb_agg(next.id) as ids
    from sesame.next_objects(most) as next
    group by next.kind, next.is_followed, next.cause
  ) as taken;
  if v_part is null then
    return false;
  end if;
  perform sesame.set_cause(v_cause);
  begin
    if v_is_followed then
      perform sesame.fold_followed(v_part);
    else
      perform sesame.follow_part(v_part, v_cause);
    end if;
  exception when query_canceled or others then
    if sesame.is_no_fault(sqlstate, clock_timestamp() - v_begun) then raise; end if;
    perform sesame.postpone_objects(v_part, sqlstate);
  end;
  return true;
end
$$;

comment on function sesame.fold_objects_part is
  'One step for at most so many of the unfolded objects: it follows their arrows, or folds them. If that fails, they '
  'wait behind the others. False: there are none to try now. Call under lock_fold().';

create function sesame.is_no_fault(state text, took interval) returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  return sesame.is_transient(state) and not (sesame.is_timeout(state) and took > interval '1 second');
end
$$;

comment on function sesame.is_no_fault is
  'Whether the part that raised this SQLSTATE after this time was not its cause: the error is temporary, and it is not '
  'a timeout whose time the part used up. Call it in the handler of the error: a timeout is known by the present time.';
