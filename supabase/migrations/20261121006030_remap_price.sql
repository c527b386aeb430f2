-- A mapping was wrong: an operator corrects it, and earlier sales at the price follow.

-- The effect of a change on earlier buyers.

create function sesame.open_terms(is_open boolean, expires_at timestamptz, access_level text, max_usage integer)
returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return case when sesame.is_open(is_open, expires_at) then jsonb_build_object(
    'access_level', access_level, 'max_usage', max_usage, 'expires_at', expires_at
  ) end;
end
$$;

comment on function sesame.open_terms is
  'The terms of access that is open at this moment. Null: nothing is open.';

create function sesame.name_change(was jsonb, becomes jsonb) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case
    when was is null and becomes is not null then 'gains'
    when was is not null and becomes is null then 'loses'
    when was <> becomes then 'changes'
  end;
end
$$;

comment on function sesame.name_change is 'The kind of change for the user. Null: nothing changes.';

create function sesame.access_changed_since(log_id bigint)
returns table (user_id uuid, module_id bigint, was jsonb, becomes jsonb)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      present.user_id, present.module_id,
      sesame.open_terms(
        former.is_active, former.expires_at, former.metadata ->> 'access_level', (former.metadata ->> 'max_usage')::integer
      ),
      sesame.open_terms(
        present.is_active, present.expires_at, present.metadata ->> 'access_level', (present.metadata ->> 'max_usage')::integer
      )
    from (
      select distinct on (log.user_id, log.module_id) *
      from sesame.access_log as log
      where log.id > log_id
      order by log.user_id, log.module_id, log.id desc
    ) as present
    left join lateral (
      select * from sesame.access_log as log
      where (log.user_id, log.module_id) = (present.user_id, present.module_id) and log.id <= log_id
      order by log.id desc
      limit 1
    ) as former on true;
end
$$;

comment on function sesame.access_changed_since is
  'The access of users with later entries of the access log: at this entry, and now.';

create function sesame.guest_grants(objects jsonb) returns sesame.grants[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select held from sesame.grants as held
    where held.user_id is null
      and held.source_id in (select jsonb_array_elements_text(ids) from jsonb_each(objects) as objects_of (kind, ids))
  );
end
$$;

comment on function sesame.guest_grants is
  'The grants from these objects {kind: [id, …]} whose buyer is not known.';

create function sesame.guest_changes(former sesame.grants[], present sesame.grants[])
returns table (module_id bigint, change text, purchases bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      source.module_id,
      sesame.name_change(
        sesame.open_terms(was.reason < 'denied', was.expires_at, was.access_level, was.max_usage),
        sesame.open_terms(is_now.reason < 'denied', is_now.expires_at, is_now.access_level, is_now.max_usage)
      ),
      count(*)
    from unnest(former) as was
    full join unnest(present) as is_now using (source_id, module_id, source, account, livemode) as source
    group by 1, 2;
end
$$;

comment on function sesame.guest_changes is
  'For how many purchases without a known buyer a module opens, closes or changes.';

create function sesame.remap_and_compare(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text
) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_sold jsonb := sesame.sales_at_prices(array[price]);
  v_sales jsonb;
  v_guests sesame.grants[];
  v_since bigint := coalesce((select max(id) from sesame.access_log), 0);
begin
  if sesame.count_objects(v_sold) > sesame.most_at_once() then
    return sesame.remap_by_parts(price, of_module, terms, instead_of, actor, why, v_sold);
  end if;
  v_sales := sesame.find_dependents(v_sold);
  v_guests := sesame.guest_grants(v_sales);
  perform sesame.change_mapping(price, of_module, terms, instead_of, actor, why);
  perform sesame.fold_sources(v_sales);

  return (
    select jsonb_agg(to_jsonb(changed) || jsonb_build_object('slug', module.slug))
    from (
      select user_id, module_id, sesame.name_change(was, becomes) as change, was, becomes, null::bigint as purchases
      from sesame.access_changed_since(v_since)
      union all
      select null, module_id, guests.change, null, null, guests.purchases
      from sesame.guest_changes(v_guests, sesame.guest_grants(v_sales)) as guests
    ) as changed
    join public.modules as module on module.id = changed.module_id
    where changed.change is not null
  );
end
$$;

-- Its answer would need the whole fold in one call.
create function sesame.remap_by_parts(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text, sold jsonb
) returns jsonb
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.change_mapping(price, of_module, terms, instead_of, actor, why);
  perform sesame.defer_objects(sold);
  return jsonb_build_array(jsonb_build_object(
    'slug', (select slug from public.modules where id = of_module),
    'change', 'follows', 'purchases', sesame.count_objects(sold)
  ));
end
$$;

comment on function sesame.remap_by_parts is
  'Changes the mapping, and writes down that what was sold at the price is to be derived part by part.';

comment on function sesame.remap_and_compare is
  'Changes the mapping, derives again what was sold at the price, and answers which users gain or lose access.';

create function public.remap_price(
  price text, module text, terms jsonb, actor text, reason text,
  dry_run boolean default false, instead_of text default null
) returns table (user_id uuid, slug text, change text, was jsonb, becomes jsonb, purchases bigint)
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  v_module_id bigint := case when module is not null then sesame.find_module(module) end;
  v_instead_of bigint := case when instead_of is not null then sesame.find_module(instead_of) end;
  v_terms jsonb := coalesce(nullif(terms, 'null'), '{}');
  v_changes jsonb;
begin
  perform sesame.check_terms(v_terms, v_module_id);
  perform sesame.lock_fold();
  perform sesame.set_cause(format('operator: %s: %s', actor, reason));

  -- A dry run makes the whole change and rolls it back. So its answer is always that of the real run. Messages to
  -- Realtime are rows as well, and are rolled back, too.
  begin
    v_changes := sesame.remap_and_compare(price, v_module_id, v_terms, v_instead_of, actor, reason);
    if dry_run then
      raise sqlstate 'SE099';
    end if;
  exception when sqlstate 'SE099' then
    null;  -- never SE000: a code that ends in 000 would catch all errors of ours
  end;

  return query
    select changed.*
    from jsonb_to_recordset(v_changes)
      as changed (user_id uuid, slug text, change text, was jsonb, becomes jsonb, purchases bigint)
    order by changed.slug, changed.change desc, changed.user_id;
end
$$;

select sesame.revoke_default_grants('public.remap_price');
grant execute on function public.remap_price(text, text, jsonb, text, text, boolean, text) to service_role;

comment on function public.remap_price is
  'Corrects the mapping of a price, for earlier and later sales. It opens this module (slug or id); null: '
  'nothing, on purpose. terms {access_level, max_usage, access_duration}: a missing term stays as it is. '
  'instead_of: only this module of a bundle is replaced. Answers a row for each user and module whose access '
  'changes. A row with user_id null counts the purchases without a known buyer. Where thousands of purchases '
  'have the price, the answer is one row with change follows and their number: sesame_fold_part derives them. dry_run: '
  'the answer is the same, and nothing is changed. SE006: no such module. SE070: no such price. SE071: terms that cannot be read. SE072: '
  'the price does not open instead_of. 23514 or 23502: actor or reason is empty.';
