-- The fold: facts in, grants out, and from them access.
--
-- A purchase without a user id belongs to the account that has verified the buyer's address. Purchase and account may
-- come in either order, or at once, each in a transaction of its own. The fold looks for the account; the account's
-- trigger (tg_welcome_user) looks for the purchase, and waits until it can see what the fold is about to commit.

create function sesame.fold_sources(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_owners uuid[] := '{}';
  v_addresses text[] := '{}';
  v_portion jsonb;
  v_written record;
begin
  for v_portion in select * from sesame.portions_of(objects) loop
    v_written := sesame.write_grants(v_portion);
    v_owners := v_owners || v_written.owners;
    v_addresses := v_addresses || v_written.addresses;
  end loop;
  -- A token may wait for the grants of its subscription.
  if objects ? 'access_token' then
    v_owners := v_owners || sesame.block_tokens(sesame.ids_of(objects, 'access_token')::uuid[]);
  end if;

  if v_owners <> '{}' then
    perform sesame.project_owners(v_owners);
  end if;
  if v_addresses <> '{}' then
    perform sesame.claim_for_members(v_addresses);
  end if;
end
$$;

comment on function sesame.fold_sources is
  'Derives the grants of these objects {kind: [id, …]} again and projects what changed. Call under lock_fold().';

create function sesame.write_grants(objects jsonb, out owners uuid[], out addresses text[])
language plpgsql volatile set search_path = '' as $$
declare
  v_ids text[] := array(select jsonb_array_elements_text(ids) from jsonb_each(objects) as objects_of (kind, ids));
  v_former_owners uuid[];
  v_few record;
begin
  if cardinality(v_ids) <= 6 then
    v_few := sesame.write_few_grants(objects, v_ids);
    owners := v_few.owners;
    addresses := v_few.addresses;
    return;
  end if;
  v_former_owners := array(select user_id from sesame.grants where source_id = any (v_ids));
  with derived as materialized (
    select * from sesame.derive_grants(objects)
  ),
  -- Materialized, or each of its rows would carry the whole array that it came from.
  given as materialized (
    select kind, id
    from jsonb_each(objects) as objects_of (kind, ids)
    cross join lateral jsonb_array_elements_text(ids) as id
  ),
  withdrawn as (
    delete from sesame.grants as held
    where held.source_id = any (v_ids)
      -- Ids of two kinds may be alike.
      and (held.source, held.source_id) in (select kind, id from given)
      and (held.source, held.source_id, held.module_id, held.account, held.livemode) not in (
        select source, source_id, module_id, account, livemode from derived
      )
    returning held.user_id
  ),
  granted as (
    insert into sesame.grants as held
    select * from derived
    on conflict (source_id, module_id, source, account, livemode) do update set
      (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at, price_id,
       access_level, max_usage, waits_for, by_address, pass_from, pass_duration, payment_root)
      = row (excluded.*)
      where held is distinct from excluded
    returning held.user_id
  )
  select
    case when count(*) > 0 then array_agg(user_id) || v_former_owners end,
    (select array_agg(distinct waits_for) from derived where waits_for is not null)
  into owners, addresses
  from (table withdrawn union all table granted) as changed;
end
$$;

comment on function sesame.write_grants is
  'Makes the grants of these objects {kind: [id, …]} equal to derived_grants. owners: the users whose access may have '
  'changed by it; null: nothing changed. addresses: those that the grants wait for.';

create function sesame.project_owners(user_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if cardinality(user_ids) <= 500 then
    perform sesame.project_access(user_ids);
    return;
  end if;
  -- Each user once, after all their grants are written: the access log has no step in between.
  perform sesame.project_access(array_agg(owner.user_id))
  from (
    select given.user_id, row_number() over (order by given.user_id) as place
    from unnest(user_ids) as given (user_id)
    group by given.user_id
  ) as owner
  group by (owner.place - 1) / 500;
end
$$;

create function sesame.claim_for_members(addresses text[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.lock_addresses(addresses);
  -- Where two accounts have verified one address, the one that Auth spells as we do comes first.
  perform sesame.claim_grants(array_agg(member.id order by place), array_agg(member.address order by place))
  from sesame.find_members(addresses) with ordinality as member (id, address, place);
end
$$;

comment on function sesame.claim_for_members is
  'Claims the purchases that wait for these addresses, where a member has verified them. Call under lock_fold().';

create function sesame.claim_grants(members uuid[], addresses text[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_claimed jsonb;
begin
  with claimed as (
    insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, address_hash, actor, why)
    select
      held.livemode, held.account, held.source, held.source_id, member.id, 'email'::sesame.claim_way,
      sesame.address_hash(member.address), 'member',
      'verified the address'
    from unnest(members, addresses) with ordinality as member (id, address, place)
    cross join lateral (
      select waiting.livemode, waiting.account, waiting.source, waiting.source_id
      from sesame.grants as waiting where waiting.waits_for = member.address
      offset 0
    ) as held
    order by member.place
    on conflict do nothing  -- a purchase of several modules is claimed once
    returning object_kind, object_id
  )
  select json_object_agg(kind, ids) into v_claimed
  from (select object_kind as kind, jsonb_agg(object_id) as ids from claimed group by 1) as by_kind;

  if v_claimed is not null then
    perform sesame.fold_sources(v_claimed);
  end if;
end
$$;

comment on function sesame.claim_grants is
  'Claims for each of these members all purchases that wait for their address. Call under lock_fold().';
