-- The modules that a sale opens: mapped prices decide, and metadata names the module of an unmapped price.

create function sesame.sold_modules(price_ids text[], module_ref text)
returns table (
  module_id bigint, price_id text, access_level text, max_usage integer, access_duration interval
)
language plpgsql stable rows 1 set search_path = '' as $$
begin
  return query
    select offer.module_id, offer.stripe_price_id, offer.access_level, offer.max_usage, offer.access_duration
    from public.module_prices as offer
    where offer.stripe_price_id = any (price_ids);
  if module_ref is null then
    return;
  end if;

  return query
    select module.id, null::text, 'standard', null::integer, null::interval
    from public.modules as module
    where (
        module.slug = module_ref
        or module.id = case when module_ref ~ '^[0-9]{1,18}$' then module_ref::bigint end
      )
      and (
        coalesce(cardinality(price_ids), 0) = 0
        or exists (select from unnest(price_ids) as price (id) where sesame.is_unmapped(price.id))
      )
      -- A module that one of the prices sells has the terms of that price.
      and not exists (
        select from public.module_prices as offer
        where offer.module_id = module.id and offer.stripe_price_id = any (price_ids)
      );
end
$$;

comment on function sesame.sold_modules is
  'The modules that these prices and this metadata.module_id (id or slug) sell, with their terms; price_id null: by metadata.';

create function sesame.is_unmapped(price_id text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return not exists (select from public.module_prices as offer where offer.stripe_price_id = price_id)
    and not exists (select from sesame.extra_prices as extra where extra.stripe_price_id = price_id);
end
$$;

comment on function sesame.is_unmapped is 'Whether a price opens nothing, and is not marked as opening nothing on purpose.';
