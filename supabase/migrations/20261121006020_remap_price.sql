-- A mapping that was wrong: an operator corrects it, and what was sold at the price follows.

create table sesame.price_changes (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  price text not null,
  was jsonb,
  became jsonb not null,
  actor text not null,
  why text not null,
  constraint price_changes_actor_is_named check (actor <> ''),
  constraint price_changes_why_is_said check (why <> '')
);

alter table sesame.price_changes enable row level security;

comment on table sesame.price_changes is
  'Every correction of a mapping. Private: no policy, written by remap_price only.';
comment on column sesame.price_changes.was is
  'The modules of the price with their terms: [] where it opened nothing on purpose, null where it was not mapped.';
comment on column sesame.price_changes.became is 'As was.';

create function sesame.mapping_of(price text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(
    (
      select jsonb_agg(jsonb_build_object(
        'module', module.slug, 'access_level', offer.access_level, 'max_usage', offer.max_usage,
        'access_duration', offer.access_duration
      ) order by module.slug)
      from public.module_prices as offer
      join public.modules as module on module.id = offer.module_id
      where offer.stripe_price_id = price
    ),
    (select '[]'::jsonb from sesame.extra_prices where stripe_price_id = price)
  );
end
$$;

comment on function sesame.mapping_of is
  'What a price opens: [{module, access_level, …}, …]; []: nothing, on purpose; null: it is not mapped.';

create function sesame.raise_bad_terms(problem text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  raise sqlstate 'SE071' using
    message = 'these terms cannot be read',
    detail = problem,
    hint = 'Give a JSON object of access_level ("standard"), max_usage (a whole number, or null: no limit) and '
      'access_duration ("30 days", or null: for ever). Leave out what stays as it is.';
end
$$;

create function sesame.check_terms(terms jsonb, of_module bigint) returns void
language plpgsql immutable set search_path = '' as $$
begin
  if jsonb_typeof(terms) <> 'object' then
    perform sesame.raise_bad_terms(format('%s is not an object', terms));
  elsif terms - array['access_level', 'max_usage', 'access_duration'] <> '{}' then
    perform sesame.raise_bad_terms(format(
      'unknown: %s', terms - array['access_level', 'max_usage', 'access_duration']
    ));
  elsif of_module is null and terms <> '{}' then
    perform sesame.raise_bad_terms('a price that opens no module has no terms');
  -- Postgres would read a number without a unit as seconds.
  elsif terms ->> 'access_duration' ~ '^[-+.0-9\s]*$' then
    perform sesame.raise_bad_terms(format('access_duration %s has no unit', terms -> 'access_duration'));
  elsif jsonb_typeof(terms -> 'access_level') <> 'string' or terms ->> 'access_level' !~ '\S' then
    perform sesame.raise_bad_terms(format('access_level %s is not a word', terms -> 'access_level'));
  end if;
end
$$;

create function sesame.new_offer(price text, of_module bigint, terms jsonb) returns public.module_prices
language plpgsql stable set search_path = '' as $$
declare
  v_offer public.module_prices;
begin
  select * into v_offer from public.module_prices where (stripe_price_id, module_id) = (price, of_module);
  if not found then
    v_offer := row(price, of_module, 'standard', null, null, now());
  end if;

  v_offer := jsonb_populate_record(v_offer, terms);
  if v_offer.max_usage <= 0 or v_offer.access_duration <= interval '0' then
    perform sesame.raise_bad_terms(format('%s: max_usage and access_duration are more than 0, or null', terms));
  end if;
  return v_offer;
exception when data_exception then
  perform sesame.raise_bad_terms(sqlerrm);
end
$$;

comment on function sesame.new_offer is
  'The mapping of a price to a module on these terms; what they leave out is as it is, or as in a new mapping.';

create function sesame.write_mapping(price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text)
returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from public.module_prices
  where stripe_price_id = price
    and (instead_of is null or module_id = instead_of) and module_id is distinct from of_module;
  delete from sesame.extra_prices where stripe_price_id = price and of_module is not null;

  if of_module is not null then
    insert into public.module_prices as offer
    select (sesame.new_offer(price, of_module, terms)).*
    on conflict (stripe_price_id, module_id) do update set
      (access_level, max_usage, access_duration)
      = (excluded.access_level, excluded.max_usage, excluded.access_duration);
  elsif sesame.mapping_of(price) is null then
    insert into sesame.extra_prices (stripe_price_id, actor, why) values (price, actor, why);
  end if;
end
$$;

comment on function sesame.write_mapping is
  'Makes this module (null: nothing) what a price opens, instead of all it opened or of one module of it.';

create function sesame.change_mapping(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text
) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_was jsonb := sesame.mapping_of(price);
begin
  if v_was is null and of_module is not null and sesame.sales_of_prices(array[price]) = '{}' then
    raise sqlstate 'SE070' using
      message = 'no such price',
      detail = format('%s is not mapped, and nothing was sold at it', coalesce(price, 'null')),
      hint = 'Compare it with the price in Stripe (price_…). To map a new price, insert it into public.module_prices.';
  elsif instead_of is not null and not exists (
    select from public.module_prices where (stripe_price_id, module_id) = (price, instead_of)
  ) then
    raise sqlstate 'SE072' using
      message = 'this price does not open that module',
      detail = format('%s opens %s', coalesce(price, 'null'), coalesce(nullif(v_was, '[]')::text, 'nothing')),
      hint = 'Name a module of the price in instead_of, or leave instead_of out.';
  end if;

  perform set_config('sesame.remapping', 'yes', true);
  perform sesame.write_mapping(price, of_module, terms, instead_of, actor, why);
  perform set_config('sesame.remapping', '', true);
  insert into sesame.price_changes (price, was, became, actor, why)
  values (price, v_was, sesame.mapping_of(price), actor, why);
end
$$;

-- What a change does to those who bought.

create function sesame.open_terms(is_open boolean, expires_at timestamptz, access_level text, max_usage integer)
returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return case when is_open and (expires_at is null or expires_at > now()) then jsonb_build_object(
    'access_level', access_level, 'max_usage', max_usage, 'expires_at', expires_at
  ) end;
end
$$;

comment on function sesame.open_terms is 'What is open at this moment; null: nothing.';

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

comment on function sesame.name_change is 'Null: nothing changes for the user.';

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
  'What the users of later entries of the access log had at this entry, and have now.';

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

comment on function sesame.guest_grants is 'The grants from these objects {kind: [id, …]} whose buyer is not known.';

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

comment on function sesame.guest_changes is 'For how many purchases without a known buyer a module opens, closes or changes.';

create function sesame.remap_and_compare(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text
) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_sales jsonb := sesame.sales_of_prices(array[price]);
  v_guests sesame.grants[] := sesame.guest_grants(v_sales);
  v_since bigint := coalesce((select max(id) from sesame.access_log), 0);
begin
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

comment on function sesame.remap_and_compare is
  'Changes the mapping, derives again what was sold at the price, and answers who gains and who loses what.';

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

  -- A dry run does all of it and takes it back, so it cannot say anything else than the real one would do.
  -- What Realtime is told is a row as well, and goes with the rest.
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
  'Corrects what a price opens, for what was sold and for what will be: this module (slug or id), null: nothing, '
  'on purpose. terms {access_level, max_usage, access_duration}: what they leave out stays as it is. instead_of: '
  'only this module of a bundle is replaced. Answers a row for each user and module whose access changes, and '
  'with user_id null for how many purchases without a known buyer; dry_run: the same, and nothing is changed. '
  'SE006: no such module; SE070: no such price; SE071: terms that cannot be read; SE072: the price does not open '
  'instead_of; 23514 or 23502: actor or reason is empty.';
