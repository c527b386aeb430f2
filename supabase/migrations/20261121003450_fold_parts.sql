-- A change of the settings touches everything. Above the size of one fold, it walks through all rows part by part. One
-- door does the next part of all that is not folded yet.

create table sesame.unfolded_walk (
  is_only boolean primary key default true,
  next text not null,
  walked bigint not null default 0,
  total bigint not null,
  cause text not null,
  since timestamptz not null default now(),
  constraint unfolded_walk_is_one_row check (is_only)
);

alter table sesame.unfolded_walk enable row level security;

comment on table sesame.unfolded_walk is
  'The walk through all rows after a change of the settings, until it ends: one row or none. Private: no policy, '
  'written by fold_everything_or_defer and fold_walk_part only.';
comment on column sesame.unfolded_walk.next is 'Where the next part starts, see part_of_walk.';

create function sesame.fold_everything_or_defer() returns void
language plpgsql volatile set search_path = '' as $$
begin
  if (select count(*) from (select from sesame.walked_sources limit sesame.most_at_once() + 1) as source)
    <= sesame.most_at_once() then
    perform sesame.hold_limits();
    perform sesame.fold_everything();
    perform sesame.settle_limits();
    return;
  end if;
  insert into sesame.unfolded_walk as held (next, total, cause)
  values ('sources/', sesame.length_of_walk(), current_setting('sesame.cause'))
  on conflict (is_only) do update set
    (next, walked, total, cause, since) = (excluded.next, 0, excluded.total, excluded.cause, now());
end
$$;

comment on function sesame.fold_everything_or_defer is
  'Derives everything again: at once if it is little, else part by part. Call under lock_fold().';

create function sesame.objects_between(part sesame.part) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if part.stage = 'members' then
    return jsonb_build_object('member', (
      select coalesce(jsonb_agg(distinct member.user_id), '[]') from sesame.walked_members as member
      where member.user_id between part.first::uuid and part.last::uuid
    ));
  end if;
  if part.stage = 'tokens' then
    return jsonb_build_object('access_token', (
      select coalesce(jsonb_agg(token.id), '[]') from public.access_tokens as token
      where token.id between part.first::uuid and part.last::uuid
    ));
  end if;
  return (
    select coalesce(json_object_agg(given.kind, given.ids)::jsonb, '{}')
    from (
      select source.kind, jsonb_agg(distinct source.id) as ids
      from sesame.walked_sources as source
      where source.id between part.first and part.last
      group by source.kind
    ) as given
  );
end
$$;

comment on function sesame.objects_between is 'The sources, tokens or members {kind: [id, …]} in this part of a walk.';

create function sesame.fold_limited(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_ids text[] := sesame.ids_in(objects);
begin
  -- A setting may also change how the sources of a member add up.
  if objects ? 'member' then
    perform sesame.project_owners(v_ids::uuid[]);
    return;
  end if;
  perform sesame.hold_limits(v_ids);
  perform sesame.fold_sources(objects);
  perform sesame.settle_limits(v_ids);
end
$$;

comment on function sesame.fold_limited is
  'Folds these objects or members {kind: [id, …]} after a change of the settings: what the site''s server limited stays limited.';

-- The walk goes on: an object or a member that cannot be folded waits among the unfolded objects.
create function sesame.fold_limited_or_defer(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
begin
  perform sesame.fold_limited(objects);
exception when query_canceled or others then
  if sesame.is_no_fault(sqlstate, clock_timestamp() - v_begun) then raise; end if;
  perform sesame.defer_objects(objects);
  perform sesame.postpone_objects(objects, sqlstate);
end
$$;

create function sesame.fold_walk_part(most integer) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_walk sesame.unfolded_walk;
  v_part sesame.part;
begin
  select * into v_walk from sesame.unfolded_walk;
  if not found then
    return;
  end if;
  v_part := sesame.part_of_walk(v_walk.next, most);
  perform sesame.set_cause(v_walk.cause);
  perform sesame.fold_limited_or_defer(sesame.objects_between(v_part));

  if v_part.next is null then
    delete from sesame.unfolded_walk where is_only;
  else
    update sesame.unfolded_walk set (next, walked) = (v_part.next, walked + v_part.walked) where is_only;
  end if;
end
$$;

comment on function sesame.fold_walk_part is
  'Folds the next part of the walk, of at most so many rows. Call under lock_fold().';

create function sesame.count_unfolded() returns bigint
language plpgsql stable set search_path = '' as $$
begin
  return (select count(*) from sesame.unfolded_objects where next_try <= now())
    + coalesce((select greatest(1, total - walked) from sesame.unfolded_walk), 0);
end
$$;

comment on function sesame.count_unfolded is
  'How many objects and rows can be folded now, after a change that touched too many at once. 0: none.';

create function sesame.is_all_folded() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return not exists (select from sesame.unfolded_objects where next_try <= now())
    and not exists (select from sesame.unfolded_walk);
end
$$;

comment on function sesame.is_all_folded is 'Whether nothing is left that can be folded now.';

create function sesame.fold_next_part(most integer) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if not sesame.fold_objects_part(most) then
    perform sesame.fold_walk_part(most);
  end if;
end
$$;

comment on function sesame.fold_next_part is
  'Folds the next part of what a large change left: of the objects, else of the walk. Call under lock_fold().';

create function public.sesame_fold_part(most integer default 500) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '3s'
-- As for process_stripe_events: use look-ups by the given ids.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
begin
  if (most > 0) is not true then
    raise sqlstate '22023' using message = 'a part holds at least one row', detail = format('most is %s', most);
  end if;
  if not sesame.is_all_folded() then
    perform sesame.lock_fold();
    perform sesame.fold_next_part(most);
  end if;
  return jsonb_build_object(
    'left', sesame.count_unfolded(),
    'failed', (select count(*) from sesame.unfolded_objects where next_try > now())
  );
end
$$;

select sesame.revoke_default_grants('public.sesame_fold_part');
grant execute on function public.sesame_fold_part(integer) to service_role;

comment on function public.sesame_fold_part is
  'Folds the next part of a change that touched too many objects at once: a price that thousands of sales wait for, or '
  'the settings. Call it until left is 0. left may grow first, while it finds what depends on the objects. Calls may '
  'end at any point, and several may run at once. failed: how many objects could not be folded. They are tried again '
  'after ten minutes. 22023: most is not positive; 55P03: the fold is busy.';
