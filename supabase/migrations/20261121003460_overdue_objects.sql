-- What a large change left, and how long it has waited. Until it is derived, access lags behind, and explain says so.
-- After five minutes, the doctor and an alert say so, too.
--
-- These are functions. A view would name a code that the upgrade to this version adds, and its transaction cannot.

create function sesame.unfolded_among(ids text[])
returns table (code sesame.code, id text, detail text, since timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      'fold_pending'::sesame.code, held.id,
      format('%s %s is still being derived, since %s', held.kind, held.id, held.since)
        || case when held.failures > 0 then format('; failed %s times, at last with %s', held.failures, held.error)
          else '' end,
      held.since
    from sesame.unfolded_objects as held
    where held.id = any (ids)
    order by held.since, held.id
    limit 1;
end
$$;

comment on function sesame.unfolded_among is
  'The one of these objects that has waited longest to be derived, with the code for explain. No row: all are derived.';

create function sesame.overdue_objects() returns table (code sesame.code, id text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select 'fold_pending'::sesame.code, held.id
    from sesame.unfolded_objects as held
    where held.since < now() - interval '5 minutes'
    union all
    select 'fold_pending'::sesame.code, 'settings'
    from sesame.unfolded_walk as walk
    where walk.since < now() - interval '5 minutes';
end
$$;

comment on function sesame.overdue_objects is
  'Objects that have waited for five minutes to be derived. settings stands for a walk through all rows.';

create function sesame.unfolded_now() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_since timestamptz := least(
    (select min(since) from sesame.unfolded_objects), (select min(since) from sesame.unfolded_walk)
  );
begin
  return jsonb_build_object(
    'left', sesame.count_unfolded(),
    'failed', (select count(*) from sesame.unfolded_objects where next_try > now()),
    'since', v_since,
    'seconds', coalesce(extract(epoch from now() - v_since), 0)
  );
end
$$;

comment on function sesame.unfolded_now is
  'What a large change left to be folded part by part: how much, how many objects could not be folded, since when the '
  'oldest waits, and its age in seconds.';
