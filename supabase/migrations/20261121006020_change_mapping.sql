-- The mapping of a price changes. Each change is kept.

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
  'The modules of the price before the change, with their terms. []: it opened nothing on purpose; null: it was '
  'not mapped.';
comment on column sesame.price_changes.became is 'The same after the change.';

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
  'The modules that a price opens: [{module, access_level, …}, …]. []: it opens nothing on purpose; null: it is '
  'not mapped.';

create function sesame.raise_bad_terms(problem text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  raise sqlstate 'SE071' using
    message = 'these terms cannot be read',
    detail = problem,
    hint = 'Give a JSON object of access_level ("standard"), max_usage (a whole number, or null: no limit) and '
      'access_duration ("30 days", or null: for ever). Leave out the terms that stay as they are.';
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
  'The mapping of a price to a module on these terms. A missing term keeps its value, or gets that of a new '
  'mapping.';

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
  'Maps a price to this module (null: to nothing), instead of all its modules or of one of them.';

create function sesame.change_mapping(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text
) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_was jsonb := sesame.mapping_of(price);
begin
  if v_was is null and of_module is not null and sesame.sales_at_prices(array[price]) = '{}' then
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
