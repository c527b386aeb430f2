-- The newest snapshot of objects where a newer snapshot replaces the older one as a whole.
--
-- `created` has whole seconds and Stripe's ids are not ordered, so two snapshots may tie. Then both `<`
-- (drops the newer) and `<=` (lets a stale redelivery win) would be wrong. All that tie are kept, as a
-- set, and the choice is a function of that set alone:
--   1. a final snapshot beats all others;
--   2. the larger stamp wins;
--   3. a snapshot is dropped when another one supersedes it: when its state is the one that the other says
--      it changed from. Snapshots that supersede each other in a circle all stay;
--   4. of what is left: a fetch before an event, then the later type, the later status, the larger id;
--   5. the choice is unsettled where only status or id decides, or where a fetch and an event of one
--      second differ. It is the same for every order, but the object is read again from Stripe.

create function sesame.newest_of(snapshots jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_one jsonb := snapshots -> 0;
  v_other jsonb := snapshots -> 1;
  v_order integer;
begin
  if jsonb_array_length(snapshots) = 1 then
    return snapshots;
  end if;
  -- Nearly always there are two: the stored snapshot and a newer one.
  if jsonb_array_length(snapshots) = 2 and v_one -> 'is_final' = v_other -> 'is_final' then
    v_order := sign((v_one ->> 'stamp')::bigint - (v_other ->> 'stamp')::bigint);
    if v_order <> 0 then
      return jsonb_build_array(case when v_order > 0 then v_one else v_other end);
    end if;
  end if;
  return (
    select jsonb_agg(snapshot order by snapshot ->> 'event_id')
    from (
      select snapshot
      from (
        select distinct on (snapshot ->> 'event_id') snapshot,
          rank() over (order by
            (snapshot ->> 'is_final')::boolean desc, (snapshot ->> 'stamp')::bigint desc) as place
        from jsonb_array_elements(snapshots) as snapshot
        order by snapshot ->> 'event_id'
      ) as told_once
      where place = 1
      order by snapshot ->> 'event_id'
      limit 16  -- Stripe has never been seen to send more than four
    ) as tied
  );
end
$$;

comment on function sesame.newest_of is
  'The snapshots [{event_id, stamp, is_final, …}] that share the first place: usually one.';

create function sesame.supersedes(later jsonb, earlier jsonb) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return later -> 'changed_from' <> '{}' and not exists (
    select from jsonb_each(later -> 'changed_from') as was (field, value)
    where was.value is distinct from earlier -> was.field
  );
end
$$;

comment on function sesame.supersedes is
  'Whether the later snapshot says that it changed from the state of the earlier one.';

create function sesame.decide_tie(snapshots jsonb, statuses text[]) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_ranked jsonb[];
begin
  if jsonb_array_length(snapshots) = 1 then
    return snapshots -> 0 || '{"is_settled": true}';
  end if;

  with recursive tied as (
    select snapshot, snapshot ->> 'event_id' as id from jsonb_array_elements(snapshots) as snapshot
  ),
  beats (winner, loser) as (
    select later.id, earlier.id
    from tied as later
    join tied as earlier on earlier.id <> later.id and sesame.supersedes(later.snapshot, earlier.snapshot)
    union
    select beats.winner, earlier.id
    from beats
    join tied as later on later.id = beats.loser
    join tied as earlier on earlier.id <> later.id and sesame.supersedes(later.snapshot, earlier.snapshot)
  )
  select array_agg(snapshot order by
    (snapshot ->> 'is_fetch')::boolean desc, (snapshot ->> 'type_rank')::smallint desc,
    array_position(statuses, snapshot ->> 'status') desc, id collate "C" desc)
  into v_ranked
  from tied
  where not exists (
    select from beats
    where beats.loser = tied.id
      and not exists (select from beats as back where (back.winner, back.loser) = (beats.loser, beats.winner))
  );

  return v_ranked[1] || jsonb_build_object('is_settled', (
    select bool_and(
      sesame.state_of(rival) = sesame.state_of(v_ranked[1])
      or (v_ranked[1] ->> 'is_fetch') = (rival ->> 'is_fetch')
        and (v_ranked[1] ->> 'type_rank') <> (rival ->> 'type_rank')
    )
    from unnest(v_ranked) as rival
  ));
end
$$;

comment on function sesame.decide_tie is
  'Picks one of the snapshots that tie, and says whether that choice is settled. statuses: in the order of their rank.';

create function sesame.state_of(snapshot jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return snapshot - '{event_id,stamp,type_rank,is_fetch,is_final,changed_from,is_settled}'::text[];
end
$$;

comment on function sesame.state_of is 'The state of a snapshot, without its event and time.';
