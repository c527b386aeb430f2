-- How the doctor fixes access: it derives grants and access again, part by part. It checks each part without a lock.
-- It takes the lock only for rows that differ.

create function sesame.refold_sources(first text, last text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  -- These purchases wait for addresses that members have verified: the fold claims them.
  v_claimable text[] := array(
    select member.address
    from sesame.find_members(array(
      select distinct waits_for from sesame.grants where source_id between first and last and waits_for is not null
    )) as member
  );
  v_parted jsonb := (
    select jsonb_object_agg(found.kind, found.ids)
    from (
      select parted.kind, jsonb_agg(parted.id) as ids
      from (
        select * from sesame.parted_sources(first, last)
        union
        select source, source_id from sesame.grants
        where source_id between first and last and waits_for = any (v_claimable)
      ) as parted
      group by parted.kind
    ) as found
  );
begin
  if v_parted is not null then
    perform sesame.lock_fold();
    perform sesame.fold_sources(v_parted);
  end if;
end
$$;

comment on function sesame.refold_sources is 'Folds the sources in this range of ids whose grants differ.';

create function sesame.refold_tokens(first uuid, last uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_paid uuid[] := array(
    select id from public.access_tokens where id between first and last and payment_id is not null
  );
  v_waiting uuid[] := array(
    select id from public.access_tokens where id between first and last and created_by is null
  );
begin
  if v_paid <> '{}' then
    perform sesame.lock_fold();
    perform sesame.fold_sources(jsonb_build_object('access_token', to_jsonb(v_paid)));
  end if;
  if v_waiting <> '{}' then
    perform sesame.claim_tokens_for_members(v_waiting);
  end if;
end
$$;

comment on function sesame.refold_tokens is
  'Blocks or frees the tokens in this range according to their payments. Gives waiting tokens to members that '
  'exist by now.';

create function sesame.refold_members(first uuid, last uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_drifted uuid[] := array(select distinct user_id from sesame.drifted_members(first, last));
begin
  if v_drifted <> '{}' then
    perform sesame.lock_fold();
    perform sesame.project_access(v_drifted);
  end if;
end
$$;

comment on function sesame.refold_members is
  'Sets the access of the drifted users in this range to the decision of their sources.';

create function public.sesame_refold(start text default '', most integer default 500) returns jsonb
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
declare
  v_part sesame.part := sesame.part_of_walk(start, most);
  v_logged bigint := (select max(id) from sesame.access_log);
begin
  perform sesame.set_cause('operator: doctor: derived again');
  case v_part.stage
    when 'sources' then perform sesame.refold_sources(v_part.first, v_part.last);
    when 'tokens' then perform sesame.refold_tokens(v_part.first::uuid, v_part.last::uuid);
    when 'members' then perform sesame.refold_members(v_part.first::uuid, v_part.last::uuid);
    else null;  -- the first part only counts the rows
  end case;
  return jsonb_build_object(
    'changed', (select count(*) from sesame.access_log where id > coalesce(v_logged, 0) and at = now()),
    'walked', v_part.walked,
    'total', case when v_part.stage = '' then sesame.length_of_walk() end,
    'next', v_part.next
  );
end
$$;

select sesame.revoke_default_grants('public.sesame_refold');
grant execute on function public.sesame_refold(text, integer) to service_role;

comment on function public.sesame_refold is
  'Derives grants and access again from the facts, in parts of most rows. Each part is a transaction of its own. '
  'changed: how many accesses differed. next: where the next part starts. total, at the start only: how many '
  'rows the walk holds. After an interruption, begin again. 22023: no such start; 55P03: the fold is busy.';
