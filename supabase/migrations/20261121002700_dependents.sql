-- The objects that must be derived again when an object changes: arrows from an object to those whose derivation reads
-- it. The two halves of a purchase find each other along these arrows, whichever arrives first. An extra arrow costs
-- time; a missing one would lose an update.

create view sesame.dependents as
  -- A session lends its buyer to its subscription, and stands in for its payment and its invoice.
  select 'checkout_session' as from_kind, id as from_id, 'payment_intent' as to_kind, payment_intent_id as to_id
  from sesame.checkout_sessions
  union all
  select 'checkout_session', id, 'invoice', invoice_id from sesame.checkout_sessions
  union all
  select 'checkout_session', id, 'subscription', subscription_id from sesame.checkout_sessions
  union all
  -- A payment pays its session or its invoice.
  select 'payment_intent', payment_intent_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  select 'payment_intent', payment_intent_id, 'invoice', id from sesame.invoices
  union all
  select 'payment_intent', id, 'invoice', invoice_id from sesame.payment_intents
  union all
  -- A charge belongs to its payment, or on old API versions to its invoice.
  select 'charge', id, 'payment_intent', payment_intent_id from sesame.charges
  union all
  select 'charge', id, 'invoice', invoice_id from sesame.charges
  union all
  select 'charge', charge_id, 'invoice', id from sesame.invoices
  union all
  -- A charge also links its payment to the invoice that it pays, whichever of the two names it.
  select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.charges
  union all
  select 'payment_intent', charge.payment_intent_id, 'invoice', invoice.id
  from sesame.charges as charge
  cross join lateral (
    (select id from sesame.invoices where charge_id = charge.id offset 0)
    union all
    (select invoice_id from sesame.invoice_payments where charge_id = charge.id offset 0)
  ) as invoice
  union all
  -- A refund and a dispute take from their payment.
  select 'refund', id, 'payment_intent', payment_intent_id from sesame.refunds
  union all
  select 'refund', id, 'charge', charge_id from sesame.refunds
  union all
  select 'dispute', id, 'payment_intent', payment_intent_id from sesame.disputes
  union all
  select 'dispute', id, 'charge', charge_id from sesame.disputes
  union all
  -- An invoice pays periods of subscriptions, and stands in for its payment.
  select 'invoice', id, 'payment_intent', payment_intent_id from sesame.invoices
  union all
  select 'invoice', id, 'charge', charge_id from sesame.invoices
  union all
  select 'invoice', id, 'subscription', subscription_id from sesame.invoices
  union all
  select 'invoice', invoice_id, 'subscription', subscription_id from sesame.invoice_lines
  union all
  select 'invoice', invoice_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  -- A subscription lends its buyer to what its invoices and its session sell beside it.
  select 'subscription', subscription_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  select 'subscription', subscription_id, 'checkout_session', id
  from sesame.checkout_sessions where cardinality(price_ids) > 1
  union all
  -- A price that recurs is not sold once.
  select 'price', price_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  select 'price', price.id, 'checkout_session', session.id
  from sesame.prices as price
  join sesame.checkout_sessions as session on session.price_ids @> array[price.id]
  union all
  -- An invoice payment links the two, in both directions.
  select 'invoice_payment', id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'invoice_payment', id, 'payment_intent', payment_intent_id from sesame.invoice_payments
  union all
  select 'invoice_payment', id, 'charge', charge_id from sesame.invoice_payments
  union all
  select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'charge', charge_id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'invoice', invoice_id, 'payment_intent', payment_intent_id from sesame.invoice_payments
  union all
  select 'invoice', invoice_id, 'charge', charge_id from sesame.invoice_payments
  union all
  -- A customer lends their user to all they bought.
  select 'customer', customer_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  select 'customer', customer_id, 'payment_intent', id from sesame.payment_intents
  union all
  select 'customer', customer_id, 'charge', id from sesame.charges where module_ref is not null
  union all
  select 'customer', customer_id, 'invoice', id from sesame.invoices
  union all
  select 'customer', customer_id, 'subscription', id from sesame.subscriptions
  union all
  -- An object that names its buyer also names the buyer of the same customer's purchases without a name.
  select 'checkout_session', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.checkout_sessions
  union all
  select 'payment_intent', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.payment_intents
  union all
  select 'charge', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.charges
  union all
  select 'invoice', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.invoices
  union all
  select 'subscription', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.subscriptions
  union all
  select 'known_customer', customer_id, 'checkout_session', id from sesame.checkout_sessions where user_ref is null
  union all
  select 'known_customer', customer_id, 'payment_intent', id
  from sesame.payment_intents where user_ref is null and coalesce(module_ref, '') <> ''  -- as in sesame.purchases
  union all
  select 'known_customer', customer_id, 'charge', id
  from sesame.charges where user_ref is null and module_ref is not null
  union all
  select 'known_customer', customer_id, 'subscription', id from sesame.subscriptions where user_ref is null
  union all
  -- Most invoices bill subscriptions, and sell nothing beside them.
  select 'known_customer', customer_id, 'invoice', id
  from sesame.invoices
  where user_ref is null and (subscription_id is null or exists (
    select from sesame.invoice_lines as line where line.invoice_id = invoices.id and line.stands_alone
    offset 0
  ));

comment on view sesame.dependents is
  'When from changes, derive to again. By ids alone: the same id in another account only costs time.';
