-- What a change of the catalogue touches beyond the size of one fold. A fold holds the lock of the single writer, and a
-- call over the Data API ends after eight seconds. So the objects are written down in the transaction of the change,
-- and folded part by part: by callers of sesame_fold_part, by the next deliveries, and by reconcile.

create table sesame.unfolded_objects (
  kind text not null,
  id text not null,
  is_followed boolean not null,
  cause text not null,
  since timestamptz not null default now(),
  failures integer not null default 0,
  error text,
  next_try timestamptz not null default now(),
  primary key (kind, id)
);

create index unfolded_objects_parts_idx on sesame.unfolded_objects (failures, is_followed, cause, kind, id);

alter table sesame.unfolded_objects enable row level security;

comment on table sesame.unfolded_objects is
  'Objects whose grants are still to be derived after a change that touched too many at once. Their access may lag '
  'behind until then. Private: no policy, written by defer_objects and fold_objects_part only.';
comment on column sesame.unfolded_objects.kind is
  'The kind of the object. member: a user whose access a walk could not write.';
comment on column sesame.unfolded_objects.is_followed is
  'The objects that depend on it are in the table, too.';
comment on column sesame.unfolded_objects.cause is 'The cause that the access log will name.';
comment on column sesame.unfolded_objects.failures is
  'How often the part with it has failed. After the first failure it is a part of its own, after all others.';
comment on column sesame.unfolded_objects.error is 'The SQLSTATE of its last failure.';

create function sesame.count_objects(objects jsonb) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  return (select coalesce(sum(jsonb_array_length(ids)), 0) from jsonb_each(objects) as given (kind, ids));
end
$$;

-- Some 0.3 ms each: a webhook waits at most three seconds for the lock.
create function sesame.most_at_once() returns integer
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(nullif(current_setting('sesame.most_at_once', true), ''), '2000')::integer;
end
$$;

comment on function sesame.most_at_once is
  'How many objects a change may fold in its own transaction. The proofs set sesame.most_at_once to a few.';

create function sesame.fold_or_defer(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_found jsonb;
begin
  if sesame.count_objects(objects) > sesame.most_at_once() then
    perform sesame.defer_objects(objects);
    return;
  end if;
  v_found := sesame.find_dependents(objects);
  if sesame.count_objects(v_found) > sesame.most_at_once() then
    perform sesame.defer_objects(objects);
  else
    perform sesame.fold_sources(v_found);
  end if;
end
$$;

comment on function sesame.fold_or_defer is
  'Folds these objects {kind: [id, …]} and all that depend on them, at once if they are few, else part by part. Call '
  'under lock_fold().';

create function sesame.defer_objects(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.unfolded_objects as held (kind, id, is_followed, cause)
  select given.kind, one.id, false, coalesce(nullif(current_setting('sesame.cause', true), ''), 'unknown')
  from jsonb_each(objects) as given (kind, ids)
  cross join lateral jsonb_array_elements_text(given.ids) as one (id)
  -- Its arrows may have moved, and the cause of its failure may be gone.
  on conflict (kind, id) do update set (is_followed, failures, next_try) = (false, 0, now())
    where held.is_followed or held.failures > 0;
end
$$;

comment on function sesame.defer_objects is
  'Writes down that these objects {kind: [id, …]} and all that depend on them are to be folded part by part.';
