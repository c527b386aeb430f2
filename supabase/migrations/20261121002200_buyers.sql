-- The buyer of each object that may be a sale, decided in one place.
--
-- `offset 0` keeps a look-up a look-up: without it the planner may turn it into a join that reads a whole
-- index, see docs/decisions/0007_plans_are_fixed.md.

create view sesame.buyer_names as
select
  named.livemode, named.account, named.source, named.source_id,
  named.names || customer.user_ref
    || case when settings.client_reference_id_names_buyer then named.client_reference_id end as names,
  named.named_at || customer.user_ref_at || named.client_reference_at as named_at,
  named.object_ids, coalesce(named.email, customer.email, named.last_email) as email,
  named.customer_id, named.bought_at
from (
  select
    session.livemode, session.account, 'checkout_session' as source, session.id as source_id,
    array[
      session.user_ref, subscription.user_ref, payment.user_ref, invoice.user_ref, invoice.subscription_user_ref
    ] as names,
    array[
      session.user_ref_at, subscription.user_ref_at, payment.user_ref_at, invoice.user_ref_at,
      invoice.subscription_user_ref_at
    ] as named_at,
    array[session.id, session.payment_intent_id, session.invoice_id, session.subscription_id] as object_ids,
    session.client_reference_id, session.created_at as client_reference_at,
    session.email, null as last_email, session.customer_id, session.created_at as bought_at
  from sesame.checkout_sessions as session
  left join lateral (
    select user_ref, user_ref_at from sesame.subscriptions
    where (id, account, livemode) = (session.subscription_id, session.account, session.livemode)
    offset 0
  ) as subscription on true
  left join lateral (
    select user_ref, user_ref_at from sesame.payment_intents
    where (id, account, livemode) = (session.payment_intent_id, session.account, session.livemode)
    offset 0
  ) as payment on true
  left join lateral (
    select user_ref, user_ref_at, subscription_user_ref, subscription_user_ref_at from sesame.invoices
    where (id, account, livemode) = (session.invoice_id, session.account, session.livemode)
    offset 0
  ) as invoice on true
  union all
  select
    payment.livemode, payment.account, 'payment_intent', payment.id,
    array[payment.user_ref], array[payment.user_ref_at], array[payment.id],
    null, null, null, null, payment.customer_id, payment.created_at
  from sesame.payment_intents as payment
  union all
  select
    charge.livemode, charge.account, 'charge', charge.id,
    array[charge.user_ref], array[charge.user_ref_at], array[charge.id],
    null, null, null, null, charge.customer_id, charge.created_at
  from sesame.charges as charge
  union all
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id,
    array[
      session.user_ref, subscription.user_ref, payment.user_ref, invoice.user_ref, invoice.subscription_user_ref
    ],
    array[
      session.user_ref_at, subscription.user_ref_at, payment.user_ref_at, invoice.user_ref_at,
      invoice.subscription_user_ref_at
    ],
    invoice.id || (invoice.subscription_id || payment.ids), session.client_reference_id, session.created_at,
    coalesce(session.email, invoice.email), null, invoice.customer_id, invoice.paid_at
  from sesame.invoices as invoice
  -- The name on the session that sold it comes first. Of several sessions, the first one with a name counts.
  left join lateral (
    select told.user_ref, told.user_ref_at, told.client_reference_id, told.created_at, told.email
    from (
      (select * from sesame.checkout_sessions where invoice_id = invoice.id offset 0)
      union
      (select * from sesame.checkout_sessions where subscription_id = invoice.subscription_id offset 0)
    ) as told
    where (told.account, told.livemode) = (invoice.account, invoice.livemode)
    order by told.user_ref_at, told.id
    limit 1
  ) as session on true
  left join lateral (
    select user_ref, user_ref_at from sesame.subscriptions
    where (id, account, livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
    offset 0
  ) as subscription on true
  cross join lateral (
    select
      array_agg(paying.payment_id) as ids, min(found.user_ref) as user_ref, min(found.user_ref_at) as user_ref_at
    from sesame.payments_of_invoice(invoice.id, invoice.account, invoice.livemode) as paying
    left join lateral (
      select user_ref, user_ref_at from sesame.payment_intents
      where (id, account, livemode) = (paying.payment_id, invoice.account, invoice.livemode)
      offset 0
    ) as found on true
  ) as payment
  union all
  select
    subscription.livemode, subscription.account, 'subscription', subscription.id,
    array[session.user_ref, subscription.user_ref, invoice.user_ref],
    array[session.user_ref_at, subscription.user_ref_at, invoice.user_ref_at],
    array[subscription.id], session.client_reference_id, session.created_at,
    session.email, latest_invoice.email, subscription.customer_id, subscription.created_at
  from sesame.subscriptions as subscription
  left join lateral (
    select told.user_ref, told.user_ref_at, told.client_reference_id, told.created_at, told.email
    from sesame.checkout_sessions as told
    where told.subscription_id = subscription.id
      and (told.account, told.livemode) = (subscription.account, subscription.livemode)
    order by told.user_ref_at, told.id
    limit 1
  ) as session on true
  left join lateral (
    select
      coalesce(told.user_ref, told.subscription_user_ref) as user_ref,
      least(told.user_ref_at, told.subscription_user_ref_at) as user_ref_at
    from sesame.invoices as told
    where told.subscription_id = subscription.id
      and (told.user_ref is not null or told.subscription_user_ref is not null)
      and (told.account, told.livemode) = (subscription.account, subscription.livemode)
    order by 2, told.id
    limit 1
  ) as invoice on true
  left join lateral (
    select latest.email
    from (
      select email, subscription_id from sesame.invoices
      where (id, account, livemode) = (subscription.latest_invoice_id, subscription.account, subscription.livemode)
      offset 0
    ) as latest
    where latest.subscription_id = subscription.id  -- so that sesame.dependents leads from the invoice to here
  ) as latest_invoice on true
) as named
join sesame.settings on settings.id
left join lateral (
  select user_ref, user_ref_at, email from sesame.customers
  where (id, account, livemode) = (named.customer_id, named.account, named.livemode)
  offset 0
) as customer on true;

comment on view sesame.buyer_names is
  'The names of the buyer of each object, the nearest first, with the time at which each was written. object_ids: all '
  'ids under which it may have been claimed. Query it by source and source_id.';

create view sesame.buyers as
select
  named.livemode, named.account, named.source, named.source_id,
  buyer.user_id, buyer.waits_for, buyer.by_address, buyer.code
from sesame.buyer_names as named
cross join lateral sesame.find_buyer(
  named.names, named.named_at, named.object_ids, named.email, named.customer_id, named.bought_at,
  named.account, named.livemode
) as buyer;

comment on view sesame.buyers is
  'The buyer of each object that may be a sale: read by the grants, by explain and by erasure. Query it by source and '
  'source_id.';
