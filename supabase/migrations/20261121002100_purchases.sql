-- One-time purchases: each sale once, though Stripe shows it as session, payment and invoice.
--
-- `offset 0` keeps a look-up a look-up: without it the planner may turn it into a join that reads a whole
-- index, see docs/decisions/0007_plans_are_fixed.md.

create view sesame.purchases as
  -- A Checkout Session in payment mode, paid by its own word or by its payment's.
  select
    session.livemode, session.account, 'checkout_session' as source, session.id as source_id,
    array[
      session.user_ref, payment.user_ref, invoice.user_ref, customer.user_ref,
      case when settings.client_reference_id_names_buyer then session.client_reference_id end
    ] as names,
    array[
      session.user_ref_at, payment.user_ref_at, invoice.user_ref_at, customer.user_ref_at, session.created_at
    ] as named_at,
    array[session.id, session.payment_intent_id, session.invoice_id] as object_ids,
    coalesce(session.email, customer.email) as email,
    coalesce(session.module_ref, payment.module_ref, invoice.module_ref) as module_ref,
    coalesce(session.price_ids, invoice.price_ids) as price_ids,
    array[session.payment_intent_id] as payment_intent_ids,
    case when invoice.charge_id is not null then array[invoice.charge_id] end as charge_ids,
    least(session.paid_at, payment.paid_at) as paid_at, session.async_failed as has_failed,
    session.amount_total as amount
  from sesame.checkout_sessions as session
  join sesame.settings on settings.id
  left join lateral (
    select * from sesame.payment_intents
    where (id, account, livemode) = (session.payment_intent_id, session.account, session.livemode)
    offset 0
  ) as payment on true
  left join lateral (
    select * from sesame.invoices
    where (id, account, livemode) = (session.invoice_id, session.account, session.livemode)
    offset 0
  ) as invoice on true
  left join lateral (
    select user_ref, user_ref_at, email from sesame.customers
    where (id, account, livemode) = (session.customer_id, session.account, session.livemode)
    offset 0
  ) as customer on true
  where session.mode = 'payment'
    and (session.status = 'complete' or payment.status = 'succeeded')
  union all
  -- A payment that names its module itself, where no session and no invoice tells the story.
  select
    payment.livemode, payment.account, 'payment_intent', payment.id,
    array[payment.user_ref, customer.user_ref], array[payment.user_ref_at, customer.user_ref_at],
    array[payment.id], customer.email,
    payment.module_ref, null,
    array[payment.id], null, payment.paid_at, false, payment.amount_received
  from sesame.payment_intents as payment
  left join lateral (
    select user_ref, user_ref_at, email from sesame.customers
    where (id, account, livemode) = (payment.customer_id, payment.account, payment.livemode)
    offset 0
  ) as customer on true
  where payment.status = 'succeeded'
    and payment.module_ref is not null
    and payment.invoice_id is null
    and not exists (
      select from sesame.checkout_sessions as session
      where session.payment_intent_id = payment.id
        and session.account = payment.account and session.livemode = payment.livemode
      offset 0
    )
    and not exists (
      select from sesame.invoices as invoice
      where invoice.payment_intent_id = payment.id
        and invoice.account = payment.account and invoice.livemode = payment.livemode
      offset 0
    )
    and not exists (
      select from sesame.invoice_payments as part
      where part.payment_intent_id = payment.id
        and part.account = payment.account and part.livemode = payment.livemode
      offset 0
    )
  union all
  -- A paid invoice without a subscription, sent by hand or out of band.
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id,
    array[payment.user_ref, invoice.user_ref, customer.user_ref],
    array[payment.user_ref_at, invoice.user_ref_at, customer.user_ref_at],
    invoice.id || paying.payment_intent_ids, coalesce(invoice.email, customer.email),
    coalesce(payment.module_ref, invoice.module_ref),
    invoice.price_ids, paying.payment_intent_ids, paying.charge_ids,
    invoice.paid_at, false, invoice.amount_paid
  from sesame.invoices as invoice
  cross join lateral sesame.payments_of_invoice(invoice.id, invoice.account, invoice.livemode) as paying
  left join lateral (
    select
      min(found.user_ref) as user_ref, min(found.user_ref_at) as user_ref_at, min(found.module_ref) as module_ref
    from sesame.payment_intents as found
    where found.id = any (paying.payment_intent_ids)
      and found.account = invoice.account and found.livemode = invoice.livemode
  ) as payment on true
  left join lateral (
    select user_ref, user_ref_at, email from sesame.customers
    where (id, account, livemode) = (invoice.customer_id, invoice.account, invoice.livemode)
    offset 0
  ) as customer on true
  where invoice.status = 'paid'
    and invoice.subscription_id is null
    and not exists (
      select from sesame.checkout_sessions as session
      where session.invoice_id = invoice.id
        and session.account = invoice.account and session.livemode = invoice.livemode
      offset 0
    );

comment on view sesame.purchases is
  'Each one-time sale as one row, whatever Stripe shows it as. names are those of the buyer, the nearest '
  'first; object_ids all under which it may have been claimed. paid_at null: not paid, or not yet.';
