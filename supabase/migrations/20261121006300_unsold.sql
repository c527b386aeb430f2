-- Sales that were paid for and open nothing. Not every sale is examined: sales with the same prices and the same
-- metadata meet the same obstacle, so each such basket is examined once.

create view sesame.paid_baskets as
select price_ids, module_ref, min(source_id) as source_id
from (
  select source_id, price_ids, module_ref from sesame.purchases where paid_at is not null
  union all
  select id, price_ids, sold_module_ref from sesame.sold_subscriptions where status in ('active', 'trialing', 'past_due')
) as paid
group by price_ids, module_ref;

comment on view sesame.paid_baskets is
  'Each combination of paid prices and metadata.module_id, once, with one of its sales.';

create view sesame.unsold as
select basket.source_id, obstacle.code, obstacle.price_id
from sesame.paid_baskets as basket
cross join lateral sesame.obstacles_to(basket.price_ids, basket.module_ref) as obstacle
-- Its lines are a pending fetch.
where obstacle.code <> 'line_items_unknown';

comment on view sesame.unsold is
  'Payments that open no module: the price or, if metadata names the module, a sale.';

create function sesame.has_been_settled(of_user uuid, price_ids text[], since timestamptz) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from public.module_prices as offer
    where offer.stripe_price_id = any (price_ids)
      and (
        exists (
          select from public.module_access as access
          where (access.user_id, access.module_id) = (of_user, offer.module_id)
            and sesame.is_open(access.is_active, access.expires_at)
        )
        or exists (
          select from sesame.manual_grants as held
          where (held.user_id, held.module_id) = (of_user, offer.module_id)
            and held.kind = 'grant' and held.created_at >= since
        )
      )
  );
end
$$;

comment on function sesame.has_been_settled is
  'Whether the buyer has a module of these prices open, or an operator has granted it since then.';

-- Few invoices pass the first check. Those are examined in the same way as in explain.
create view sesame.wasted_payments as
select sale.code, sale.source_id
from (
  select invoice.id, invoice.paid_at
  from sesame.invoices as invoice
  join sesame.subscriptions as ended
    on (ended.id, ended.account, ended.livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
  where invoice.status = 'paid' and invoice.amount_paid > 0 and invoice.paid_at > ended.ended_at
    and invoice.paid_at > now() - interval '90 days'
  union
  select invoice.id, invoice.paid_at
  from sesame.prices as price
  join sesame.invoice_lines as line
    on (line.price_id, line.account, line.livemode) = (price.id, price.account, price.livemode)
  join sesame.invoices as invoice
    on (invoice.id, invoice.account, invoice.livemode) = (line.invoice_id, line.account, line.livemode)
  where price.is_recurring and line.stands_alone and line.subscription_id is null
    and invoice.status = 'paid' and invoice.paid_at > now() - interval '90 days'
    and exists (select from public.module_prices as offer where offer.stripe_price_id = line.price_id)
) as invoice
cross join lateral (
  select distinct asked.code, asked.source_id
  from sesame.sales as asked
  where asked.source = 'invoice' and asked.source_id = invoice.id and asked.code in ('paid_after_end', 'price_recurs')
    and not sesame.has_been_settled(asked.user_id, asked.price_ids, invoice.paid_at)
  offset 0
) as sale;

comment on view sesame.wasted_payments is
  'Invoices of the last ninety days whose payment opens nothing: after the end of their subscription, or for a '
  'line that stands alone at a recurring price. A row is gone once the money is refunded, or the buyer has the '
  'module.';

create view sesame.unowned_grants as
select coalesce(buyer.code, 'buyer_unknown') as code, held.source_id
from (
  select
    source, source_id, account, livemode, waits_for,
    row_number() over (order by waits_for is not null, source_id) as place
  from sesame.grants
  where user_id is null and reason < 'denied'
) as held
-- If a site writes unreadable names into every sale, the first thousand are enough.
left join lateral (
  select found.code from sesame.buyers as found
  where held.waits_for is null and held.place <= 1000
    and (found.source, found.source_id, found.account, found.livemode)
      = (held.source, held.source_id, held.account, held.livemode)
  offset 0
) as buyer on true;

comment on view sesame.unowned_grants is
  'Grants that are paid for and have no owner: user_unreadable if the site wrote a name that is neither a uuid '
  'nor an address, else buyer_unknown.';
