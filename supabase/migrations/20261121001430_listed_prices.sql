-- The prices that are for sale, derived from the facts, the mapping and the terms. A visitor who is not signed in reads
-- them (price_list), so they are in a table of their own: it holds no row that is not for sale.

create table public.listed_prices (
  stripe_price_id text not null,
  livemode boolean not null,
  product text,
  description text,
  image text,
  nickname text,
  amount bigint,
  varies_by text,
  currency text,
  interval text,
  interval_count bigint,
  tax text,
  primary key (stripe_price_id, livemode),
  constraint listed_prices_tax_is_known check (tax in ('included', 'excluded'))
);

create index listed_prices_live_idx on public.listed_prices (stripe_price_id) where livemode;

alter table public.listed_prices enable row level security;

create policy listed_prices_select_all on public.listed_prices
  for select to anon, authenticated
  using (true);

select sesame.revoke_default_grants('public.listed_prices');
grant select on public.listed_prices to anon, authenticated, service_role;

comment on table public.listed_prices is
  'The prices that are for sale, as Stripe has them. Readable by all, and written by Sesame only. The view price_list '
  'adds the modules.';
comment on column public.listed_prices.amount is
  'In the smallest unit of the currency; null: not fixed, see varies_by.';
comment on column public.listed_prices.varies_by is
  'Why the amount is not fixed, in Stripe''s word: tiers, custom_unit_amount, metered, transform_quantity or '
  'unit_amount_decimal.';
comment on column public.listed_prices.interval is 'day, week, month or year; null: paid once.';
comment on column public.listed_prices.tax is
  'Whether the amount includes tax: included or excluded; null: Stripe does not say.';

-- Checkout sells on the project's own account. A mapped price of a connected account is sold elsewhere.
create view sesame.derived_listed_prices as
select
  price.id as stripe_price_id, price.livemode, product.name as product, product.description, product.image,
  price.nickname, price.amount, price.varies_by, price.currency, price.interval, price.interval_count,
  case price.tax_behavior when 'inclusive' then 'included' when 'exclusive' then 'excluded' end as tax
from sesame.price_listings as price
cross join lateral (
  select known.name, known.description, known.image
  from sesame.products as known
  where (known.id, known.account, known.livemode) = (price.product_id, price.account, price.livemode)
    and known.is_active
  offset 0
) as product
where price.account = '' and price.is_active
  and exists (select from public.module_prices as mapped where mapped.stripe_price_id = price.id offset 0)
  and not exists (
    select from public.price_terms as terms where terms.stripe_price_id = price.id and not terms.is_listed
    offset 0
  );

comment on view sesame.derived_listed_prices is
  'What public.listed_prices must be: mapped and listed prices that are active, with an active product.';

create function sesame.list_prices(price_ids text[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from public.listed_prices as held
  where held.stripe_price_id = any (price_ids)
    and not exists (
      select from sesame.derived_listed_prices as derived
      where (derived.stripe_price_id, derived.livemode) = (held.stripe_price_id, held.livemode)
      offset 0  -- a look-up for each row, never the whole view
    );
  insert into public.listed_prices as held
  select derived.* from sesame.derived_listed_prices as derived where derived.stripe_price_id = any (price_ids)
  on conflict (stripe_price_id, livemode) do update set
    (stripe_price_id, livemode, product, description, image, nickname, amount, varies_by, currency, interval,
     interval_count, tax)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

comment on function sesame.list_prices is
  'Writes the rows of these prices in public.listed_prices. Call it under lock_fold().';

create function sesame.prices_to_list(objects jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_products text[] := array(select jsonb_array_elements_text(objects -> 'product'));
begin
  return array(
    select jsonb_array_elements_text(objects -> 'price_listing')
    union
    select price.id
    from (select known.id from sesame.price_listings as known where known.product_id = any (v_products) offset 0) as price
    where exists (select from public.module_prices as mapped where mapped.stripe_price_id = price.id offset 0)
  );
end
$$;

comment on function sesame.prices_to_list is
  'The prices that these objects {kind: [id, …]} are about: the given ones, and the mapped ones of the given products.';
