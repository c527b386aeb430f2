-- One-time purchases: each sale once, though Stripe shows it as session, payment and invoice.

create view billing.purchases as
  -- A Checkout Session in payment mode, paid by its own word or by its payment's.
  select
    session.livemode, session.account, 'checkout_session' as source, session.id as source_id,
    coalesce(session.user_ref, payment.user_ref, invoice.user_ref) as user_ref,
    coalesce(session.module_ref, payment.module_ref, invoice.module_ref) as module_ref,
    coalesce(session.price_ids, invoice.price_ids) as price_ids,
    session.payment_intent_id, invoice.charge_id,
    least(session.paid_at, payment.paid_at) as paid_at, session.async_failed as has_failed,
    nullif(payment.amount_received, 0) as amount_received, session.amount_total
  from billing.checkout_sessions as session
  left join billing.payment_intents as payment
    on (payment.id, payment.account, payment.livemode)
     = (session.payment_intent_id, session.account, session.livemode)
  left join billing.invoices as invoice
    on (invoice.id, invoice.account, invoice.livemode)
     = (session.invoice_id, session.account, session.livemode)
  where session.mode = 'payment'
    and (session.status = 'complete' or payment.status = 'succeeded')
  union all
  -- A payment that names its module itself, where no session and no invoice tells the story.
  select
    payment.livemode, payment.account, 'payment_intent', payment.id,
    payment.user_ref, payment.module_ref, null,
    payment.id, null, payment.paid_at, false, payment.amount_received, null
  from billing.payment_intents as payment
  where payment.status = 'succeeded'
    and payment.module_ref is not null
    and payment.invoice_id is null
    and not exists (
      select from billing.checkout_sessions as session
      where session.payment_intent_id = payment.id
        and session.account = payment.account and session.livemode = payment.livemode
    )
    and not exists (
      select from billing.invoices as invoice
      where invoice.payment_intent_id = payment.id
        and invoice.account = payment.account and invoice.livemode = payment.livemode
    )
  union all
  -- A paid invoice without a subscription, sent by hand or out of band.
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id,
    coalesce(payment.user_ref, invoice.user_ref), coalesce(payment.module_ref, invoice.module_ref),
    invoice.price_ids,
    paying.payment_intent_id, invoice.charge_id,
    invoice.paid_at, false, nullif(payment.amount_received, 0), invoice.amount_paid
  from billing.invoices as invoice
  -- Old API versions name the payment on the invoice, or the invoice on the payment.
  cross join lateral (
    select coalesce(
      invoice.payment_intent_id,
      (
        select min(found.id)
        from billing.payment_intents as found
        where found.invoice_id = invoice.id
          and found.account = invoice.account and found.livemode = invoice.livemode
          and found.status = 'succeeded'
      )
    ) as payment_intent_id
  ) as paying
  left join billing.payment_intents as payment
    on (payment.id, payment.account, payment.livemode)
     = (paying.payment_intent_id, invoice.account, invoice.livemode)
  where invoice.status = 'paid'
    and invoice.subscription_id is null
    and not exists (
      select from billing.checkout_sessions as session
      where session.invoice_id = invoice.id
        and session.account = invoice.account and session.livemode = invoice.livemode
    );

comment on view billing.purchases is
  'Each one-time sale as one row, whatever Stripe shows it as. paid_at null: not paid, or not yet.';
