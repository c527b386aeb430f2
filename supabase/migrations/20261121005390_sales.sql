-- Every sale, and what nearly was one, with what stands between it and a module.

create function sesame.obstacle_to(price_ids text[], module_ref text) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when exists (select from sesame.sold_modules(price_ids, module_ref)) then null
    when module_ref is not null then 'module_unknown'
    when coalesce(cardinality(price_ids), 0) = 0 then 'line_items_unknown'
    else 'price_unmapped'
  end;
end
$$;

comment on function sesame.obstacle_to is 'Why what was sold opens no module; null: it opens one.';

create view sesame.sales as
  select
    purchase.source_id, buyer.user_id, buyer.waits_for, purchase.price_ids, purchase.module_ref,
    sesame.obstacle_to(purchase.price_ids, purchase.module_ref) as code
  from sesame.purchases as purchase
  cross join lateral sesame.find_buyer(
    purchase.names, purchase.named_at, purchase.object_ids, purchase.email, purchase.account, purchase.livemode
  ) as buyer
  -- An invoice that names no price and no module is about something else.
  where purchase.source <> 'invoice' or purchase.price_ids <> '{}' or purchase.module_ref is not null
  union all
  select
    subscription.id, buyer.user_id, buyer.waits_for, subscription.price_ids,
    coalesce(subscription.module_ref, session.module_ref),
    sesame.obstacle_to(subscription.price_ids, coalesce(subscription.module_ref, session.module_ref))
  from sesame.subscriptions as subscription
  left join lateral (
    select * from sesame.checkout_sessions
    where subscription_id = subscription.id
      and (account, livemode) = (subscription.account, subscription.livemode)
    order by user_ref_at, id
    limit 1
  ) as session on true
  left join sesame.customers as customer
    on (customer.id, customer.account, customer.livemode)
      = (subscription.customer_id, subscription.account, subscription.livemode)
  cross join lateral sesame.find_buyer(
    array[session.user_ref, subscription.user_ref, customer.user_ref],
    array[session.user_ref_at, subscription.user_ref_at, customer.user_ref_at],
    array[subscription.id], coalesce(session.email, customer.email), subscription.account, subscription.livemode
  ) as buyer
  union all
  -- Left, or expired; or it began a subscription that nothing is known of.
  select
    session.id, buyer.user_id, buyer.waits_for, session.price_ids, session.module_ref,
    case when session.status = 'complete' then 'subscription_missing' else 'not_bought' end
  from sesame.checkout_sessions as session
  left join sesame.customers as customer
    on (customer.id, customer.account, customer.livemode)
      = (session.customer_id, session.account, session.livemode)
  cross join lateral sesame.find_buyer(
    array[session.user_ref, customer.user_ref], array[session.user_ref_at, customer.user_ref_at],
    array[session.id], coalesce(session.email, customer.email), session.account, session.livemode
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
    invoice.id, buyer.user_id, buyer.waits_for, invoice.price_ids, invoice.module_ref, 'subscription_missing'
  from sesame.invoices as invoice
  left join sesame.customers as customer
    on (customer.id, customer.account, customer.livemode)
      = (invoice.customer_id, invoice.account, invoice.livemode)
  cross join lateral sesame.find_buyer(
    array[invoice.user_ref, customer.user_ref], array[invoice.user_ref_at, customer.user_ref_at],
    array[invoice.id], coalesce(invoice.email, customer.email), invoice.account, invoice.livemode
  ) as buyer
  where invoice.status = 'paid' and invoice.subscription_id is not null
    and not exists (
      select from sesame.subscriptions as subscription
      where (subscription.id, subscription.account, subscription.livemode)
        = (invoice.subscription_id, invoice.account, invoice.livemode)
    );

comment on view sesame.sales is
  'Each sale or attempt, who bought it, or for which address it waits, and why it opens nothing; code null: '
  'it opens something. To be asked by source_id.';

create function sesame.told_of(sale sesame.sales) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return format(
    '%s sold %s', sale.source_id,
    coalesce(sale.module_ref, nullif(array_to_string(sale.price_ids, ', '), ''), 'what we do not know yet')
  );
end
$$;
