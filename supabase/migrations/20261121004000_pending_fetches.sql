-- Objects to be read again from Stripe, because no event says enough about them. This is a view: its rows come and go
-- with the facts.

create view sesame.missing_subscriptions as
select distinct paid.livemode, paid.account, paid.subscription_id
from (
  select livemode, account, subscription_id, coalesce(paid_at, created_at) as at
  from sesame.checkout_sessions
  where mode = 'subscription' and status = 'complete' and subscription_id is not null
  union all
  select livemode, account, subscription_id, paid_at
  from sesame.invoices
  where status = 'paid' and subscription_id is not null
) as paid
where paid.at < now() - interval '15 minutes'
  and not exists (
    select from sesame.subscriptions as known
    where (known.id, known.account, known.livemode) = (paid.subscription_id, paid.account, paid.livemode)
    offset 0
  );

comment on view sesame.missing_subscriptions is
  'Subscriptions that were paid for more than a quarter of an hour ago, and of which no event has come.';

create view sesame.pending_fetches as
  select 'subscription' as kind, livemode, account, id as object_id, 'tie' as why
  from sesame.subscriptions where not is_settled
  union all
  select 'dispute', livemode, account, id, 'tie'
  from sesame.disputes where not is_settled
  union all
  select 'customer', livemode, account, id, 'tie'
  from sesame.customers where not is_settled
  union all
  select 'price_listing', livemode, account, id, 'tie'
  from sesame.price_listings where not is_settled
  union all
  select 'product', livemode, account, id, 'tie'
  from sesame.products where not is_settled
  union all
  select 'subscription', livemode, account, id, 'unknown status'
  from sesame.subscriptions where status = 'unknown' and is_settled
  union all
  select 'dispute', livemode, account, id, 'unknown status'
  from sesame.disputes where status = 'unknown' and is_settled
  union all
  select 'subscription', livemode, account, id, 'more items'
  from sesame.subscriptions where not items_complete and is_settled and status <> 'unknown'
  union all
  select 'invoice', livemode, account, id, 'more lines'
  from sesame.invoices where not lines_complete and status in ('open', 'uncollectible', 'paid')
  union all
  -- Past due, and the state of the time before its period is not known.
  select 'subscription_invoices', livemode, account, id, 'unpaid periods'
  from sesame.subscriptions
  where status = 'past_due' and sesame.lacks_invoices(id, account, livemode)
  union all
  -- It was sold as a single payment. Only the price says whether that is right.
  select 'price', line.livemode, line.account, offer.id, 'recurring or not'
  from (
    select distinct mapped.stripe_price_id as id
    from public.module_prices as mapped
    where mapped.stripe_price_id ~ '^(price|plan)_'
      and not exists (select from sesame.prices as price where price.id = mapped.stripe_price_id offset 0)
  ) as offer
  -- One such line is enough: there may be a million.
  cross join lateral (
    select sold.livemode, sold.account from sesame.invoice_lines as sold
    where sold.price_id = offer.id and sold.stands_alone
    limit 1
  ) as line
  union all
  -- It was paid for, and its own events never came.
  select 'subscription', livemode, account, subscription_id, 'never came'
  from sesame.missing_subscriptions
  union all
  -- It is not known what the completed session sold: the buyer may have added something on Stripe's page. An older
  -- list counts if nothing could be added, or if the sum is still the requested one.
  select 'checkout_session', livemode, account, id, 'line items'
  from sesame.checkout_sessions
  where mode = 'payment' and status = 'complete' and (
    price_ids is null
    or not price_ids_are_final
      and (has_optional_items or amount_subtotal is distinct from price_ids_subtotal)
  )
  union all
  -- A charge with a larger refunded sum than its known refunds.
  select 'charge', charge.livemode, charge.account, charge.id, 'refunds'
  from sesame.charges as charge
  where charge.amount_refunded > 0 and charge.amount_refunded > (
    select coalesce(sum(refund.amount), 0)
    from (
      select * from sesame.refunds where charge_id = charge.id
      union
      select * from sesame.refunds where payment_intent_id = charge.payment_intent_id
    ) as refund
    where (refund.account, refund.livemode) = (charge.account, charge.livemode)
  )
  union all
  -- Money went back for an unknown payment. Since 2025-03-31 only the invoice payments name its invoice.
  select distinct 'payment_intent', back.livemode, back.account, back.payment_intent_id, 'invoice payments'
  from (
    select livemode, account, payment_intent_id from sesame.refunds where payment_intent_id is not null
    union all
    select livemode, account, payment_intent_id from sesame.disputes where payment_intent_id is not null
  ) as back
  where not exists (
      select from sesame.checkout_sessions where payment_intent_id = back.payment_intent_id
      offset 0
    )
    and not exists (
      select from sesame.invoice_payments where payment_intent_id = back.payment_intent_id
      offset 0
    )
    and not exists (
      select from sesame.invoices where payment_intent_id = back.payment_intent_id
      offset 0
    )
    and not exists (
      select from sesame.payment_intents
      where id = back.payment_intent_id and (invoice_id is not null or module_ref is not null)
      offset 0
    )
  union all
  -- A thin event only says that something changed.
  select distinct 'event', thin.livemode, thin.account, thin.object_id, 'thin event'
  from sesame.stripe_events as thin
  where thin.type like 'v1.%' and thin.object_id is not null
    and not exists (
      select from sesame.stripe_events as fetched
      where fetched.object_id = thin.object_id and fetched.type like '%.fetched' and fetched.created >= thin.created
      offset 0
    );

create index stripe_events_thin_idx on sesame.stripe_events (object_id) where type like 'v1.%';
create index subscriptions_to_fetch_idx on sesame.subscriptions (id)
  where not is_settled or status = 'unknown' or not items_complete;
create index disputes_to_fetch_idx on sesame.disputes (id) where not is_settled or status = 'unknown';
create index customers_to_fetch_idx on sesame.customers (id) where not is_settled;
create index price_listings_to_fetch_idx on sesame.price_listings (id) where not is_settled;
create index products_to_fetch_idx on sesame.products (id) where not is_settled;
create index invoices_to_fetch_idx on sesame.invoices (id)
  where not lines_complete and status in ('open', 'uncollectible', 'paid');
create index checkout_sessions_to_fetch_idx on sesame.checkout_sessions (id)
  where mode = 'payment' and status = 'complete' and (
    price_ids is null
    or not price_ids_are_final
      and (has_optional_items or amount_subtotal is distinct from price_ids_subtotal)
  );
create index subscriptions_past_due_idx on sesame.subscriptions (id) where status = 'past_due';
create index charges_refunded_idx on sesame.charges (id) where amount_refunded > 0;

comment on view sesame.pending_fetches is
  'Objects whose facts leave a question open that only Stripe can answer, with the reason.';
