-- Every sale and every unfinished one, with the reason if it does not open a module.

create function sesame.obstacles_to(price_ids text[], module_ref text)
returns table (code sesame.code, price_id text)
language plpgsql stable set search_path = '' as $$
declare
  v_unmapped text[] := array(
    select distinct price.id from unnest(price_ids) as price (id) where sesame.is_unmapped(price.id) order by 1);
  v_is_unlisted boolean := coalesce(cardinality(price_ids), 0) = 0;
begin
  if v_is_unlisted and module_ref is null then
    return query select 'line_items_unknown'::sesame.code, null::text;
  elsif v_is_unlisted or v_unmapped <> '{}' then
    -- What no mapped price sells is what the metadata names.
    if exists (
      select from sesame.sold_modules(price_ids, module_ref) as sold where sold.price_id is null
    ) then
      return;
    elsif module_ref is not null and not exists (select from sesame.sold_modules(null, module_ref)) then
      return query select 'module_unknown'::sesame.code, null::text;
    else
      return query select 'price_unmapped'::sesame.code, id from unnest(v_unmapped) as price (id);
    end if;
  end if;
end
$$;

comment on function sesame.obstacles_to is
  'Why a part of a sale opens no module, one row each: line_items_unknown, module_unknown, or price_unmapped '
  'with the price.';

create view sesame.sales as
  select
    purchase.livemode, purchase.account, purchase.source, purchase.source_id, buyer.user_id, buyer.waits_for,
    purchase.price_ids, purchase.module_ref, obstacle.code, obstacle.price_id
  from sesame.purchases as purchase
  cross join lateral (
    select * from sesame.buyers
    where (source, source_id, account, livemode) = (purchase.source, purchase.source_id, purchase.account, purchase.livemode)
    offset 0
  ) as buyer
  left join lateral sesame.obstacles_to(purchase.price_ids, purchase.module_ref) as obstacle on true
  union all
  select
    subscription.livemode, subscription.account, 'subscription', subscription.id, buyer.user_id, buyer.waits_for,
    subscription.price_ids, subscription.sold_module_ref, obstacle.code, obstacle.price_id
  from sesame.sold_subscriptions as subscription
  cross join lateral (
    select * from sesame.buyers
    where source = 'subscription'
      and (source_id, account, livemode) = (subscription.id, subscription.account, subscription.livemode)
    offset 0
  ) as buyer
  left join lateral sesame.obstacles_to(subscription.price_ids, subscription.sold_module_ref) as obstacle on true
  union all
  -- A name that is neither a user nor an address.
  select
    named.livemode, named.account, named.source, named.source_id, buyer.user_id, buyer.waits_for,
    named.price_ids, named.module_ref, buyer.code, null
  from (
    select livemode, account, source, source_id, price_ids, module_ref from sesame.purchases
    union all
    select livemode, account, 'subscription', id, price_ids, sold_module_ref from sesame.sold_subscriptions
  ) as named
  cross join lateral (
    select * from sesame.buyers
    where (source, source_id, account, livemode) = (named.source, named.source_id, named.account, named.livemode)
    offset 0
  ) as buyer
  where buyer.code is not null
  union all
  -- The line stands alone and has a recurring price. It does not sell a module for ever.
  select
    line.livemode, line.account, 'invoice', line.invoice_id, buyer.user_id, buyer.waits_for,
    array[line.price_id], null, 'price_recurs', line.price_id
  from sesame.invoice_lines as line
  join sesame.invoices as invoice
    on (invoice.id, invoice.account, invoice.livemode) = (line.invoice_id, line.account, line.livemode)
  join sesame.prices as price
    on (price.id, price.account, price.livemode) = (line.price_id, line.account, line.livemode)
  cross join lateral (
    select * from sesame.buyers
    where source = 'invoice' and (source_id, account, livemode) = (line.invoice_id, line.account, line.livemode)
    offset 0
  ) as buyer
  where line.stands_alone and line.subscription_id is null and price.is_recurring
    and invoice.status = 'paid'
    and exists (select from public.module_prices as offer where offer.stripe_price_id = line.price_id offset 0)
  union all
  -- The payment is for a time after the end of the subscription.
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id, buyer.user_id, buyer.waits_for,
    late.price_ids, null, 'paid_after_end', null
  from sesame.invoices as invoice
  join sesame.subscriptions as ended
    on (ended.id, ended.account, ended.livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
  cross join lateral (
    select array_agg(distinct line.price_id) as price_ids
    from sesame.billed_lines as line
    where (line.invoice_id, line.account, line.livemode) = (invoice.id, invoice.account, invoice.livemode)
      and not line.is_credit and not line.is_sale and line.cost > 0 and line.period_end > ended.ended_at
  ) as late
  cross join lateral (
    select * from sesame.buyers
    where source = 'invoice' and (source_id, account, livemode) = (invoice.id, invoice.account, invoice.livemode)
    offset 0
  ) as buyer
  where invoice.status = 'paid' and invoice.amount_paid > 0 and invoice.paid_at > ended.ended_at
    and late.price_ids is not null
    and sesame.block_of_invoice(invoice.id, invoice.account, invoice.livemode) is null
  union all
  -- The session was left or has expired, or its subscription is not known.
  select
    session.livemode, session.account, 'checkout_session', session.id, buyer.user_id, buyer.waits_for,
    session.price_ids, session.module_ref,
    case when session.status = 'complete' then 'subscription_missing'::sesame.code else 'not_bought' end, null
  from sesame.checkout_sessions as session
  cross join lateral (
    select * from sesame.buyers
    where source = 'checkout_session' and (source_id, account, livemode) = (session.id, session.account, session.livemode)
    offset 0
  ) as buyer
  where session.mode in ('payment', 'subscription')
    and (session.mode = 'subscription' or session.status <> 'complete')
    and not exists (
      select from sesame.subscriptions as subscription
      where (subscription.id, subscription.account, subscription.livemode)
        = (session.subscription_id, session.account, session.livemode)
    )
    and not exists (
      select from sesame.payment_intents as payment
      where (payment.id, payment.account, payment.livemode)
        = (session.payment_intent_id, session.account, session.livemode)
        and payment.status = 'succeeded'
    )
  union all
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id, buyer.user_id, buyer.waits_for,
    array(
      select distinct line.price_id from sesame.invoice_lines as line
      where (line.invoice_id, line.account, line.livemode) = (invoice.id, invoice.account, invoice.livemode)
        and line.price_id is not null
    ),
    invoice.module_ref, 'subscription_missing', null
  from sesame.invoices as invoice
  cross join lateral (
    select * from sesame.buyers
    where source = 'invoice' and (source_id, account, livemode) = (invoice.id, invoice.account, invoice.livemode)
    offset 0
  ) as buyer
  where invoice.status = 'paid' and invoice.subscription_id is not null
    and not exists (
      select from sesame.subscriptions as subscription
      where (subscription.id, subscription.account, subscription.livemode)
        = (invoice.subscription_id, invoice.account, invoice.livemode)
    );

comment on view sesame.sales is
  'Each sale or attempt, its buyer or the address it waits for, and one row for each part that opens nothing. '
  'code null: every part opens something. Query it by source_id.';

create function sesame.told_of(sale sesame.sales) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return format(
    '%s sold %s', sale.source_id,
    coalesce(
      sale.price_id, sale.module_ref, nullif(array_to_string(sale.price_ids, ', '), ''), 'what we do not know yet'
    )
  );
end
$$;
