-- Mapped prices that a list of prices cannot show yet: reconcile reads them. They are not among pending_fetches, because
-- no access waits for them.

create view sesame.unread_prices as
select mapped.id
from (
  select distinct stripe_price_id as id from public.module_prices where stripe_price_id ~ '^(price|plan)_\w+$'
) as mapped
where not exists (
  select from sesame.price_listings as known
  where known.id = mapped.id and known.account = ''
    -- A project that has gone live sells live prices. What its test key answered about an id says nothing then.
    and (known.livemode or not (select exists (select from sesame.prices where livemode and account = '')))
    -- One that is not active needs no product.
    and (not known.is_active or exists (
      select from sesame.products as product
      where (product.id, product.account, product.livemode) = (known.product_id, known.account, known.livemode)
      offset 0
    ))
  offset 0
);

create index prices_live_idx on sesame.prices (id) where livemode and account = '';

comment on view sesame.unread_prices is
  'Mapped prices of which Stripe has said nothing yet, or whose product is not known.';
