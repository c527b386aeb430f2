-- One-time purchases: each sale once, though Stripe shows it as session, payment, charge and invoice.

create view sesame.sale_lines as
select line.livemode, line.account, line.invoice_id, array_agg(distinct line.price_id) as price_ids
from sesame.billed_lines as line
where line.is_sale
group by line.livemode, line.account, line.invoice_id;

comment on view sesame.sale_lines is 'The prices that each invoice sells as one-time purchases.';

create view sesame.purchases as
  -- A Checkout Session in payment mode that is complete, or whose payment succeeded.
  select
    session.livemode, session.account, 'checkout_session' as source, session.id as source_id,
    coalesce(session.module_ref, payment.module_ref, invoice.module_ref) as module_ref,
    coalesce(session.price_ids, invoice.price_ids) as price_ids,
    session.invoice_id,
    -- A session and its invoice may name the same payment.
    array_remove(
      session.payment_intent_id || case when session.invoice_id is not null then array(
        select payment_id from sesame.payments_of_invoice(session.invoice_id, session.account, session.livemode)
        where payment_id is distinct from session.payment_intent_id
      ) end, null
    ) as payment_ids,
    session.amount_total as amount,
    least(session.paid_at, payment.paid_at) as paid_at, session.async_failed as has_failed
  from sesame.checkout_sessions as session
  left join lateral (
    select status, paid_at, module_ref from sesame.payment_intents
    where (id, account, livemode) = (session.payment_intent_id, session.account, session.livemode)
    offset 0
  ) as payment on true
  left join lateral (
    select sold.module_ref, (
      select sale.price_ids from sesame.sale_lines as sale
      where (sale.invoice_id, sale.account, sale.livemode) = (sold.id, sold.account, sold.livemode)
    ) as price_ids
    from sesame.invoices as sold
    where (sold.id, sold.account, sold.livemode) = (session.invoice_id, session.account, session.livemode)
    offset 0
  ) as invoice on true
  where session.mode = 'payment'
    and (session.status = 'complete' or payment.status = 'succeeded')
  union all
  -- A payment that names its module itself, and belongs to no session and no invoice.
  select
    payment.livemode, payment.account, 'payment_intent', payment.id, payment.module_ref, null,
    null, array[payment.id], payment.amount_received, payment.paid_at, false
  from sesame.payment_intents as payment
  where payment.status = 'succeeded'
    -- With "is not null", the planner may read the whole index of such payments instead of one entry.
    and coalesce(payment.module_ref, '') <> ''
    and not exists (
      select from sesame.checkout_sessions as session
      where session.payment_intent_id = payment.id
        and session.account = payment.account and session.livemode = payment.livemode
      offset 0
    )
    and not exists (
      select from sesame.invoices_of_payment(payment.id, payment.account, payment.livemode)
    )
  union all
  -- A charge of a site that makes no payment intents.
  select
    charge.livemode, charge.account, 'charge', charge.id, charge.module_ref, null,
    null, array[charge.id], charge.amount_captured, charge.paid_at, false
  from sesame.charges as charge
  where charge.amount_captured > 0 and coalesce(charge.module_ref, '') <> ''
    and charge.payment_intent_id is null
    and not exists (
      select from sesame.invoices_of_payment(charge.id, charge.account, charge.livemode)
    )
  union all
  -- One-time lines of a paid invoice, whether or not it also bills a subscription. Metadata names what an invoice
  -- without a subscription sells.
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id,
    case when invoice.subscription_id is null then coalesce(payment.module_ref, invoice.module_ref) end,
    coalesce(sale.price_ids, '{}'),
    invoice.id, payment.ids, invoice.amount_paid, invoice.paid_at, false
  from sesame.invoices as invoice
  left join lateral (
    select sold.price_ids from sesame.sale_lines as sold
    where (sold.invoice_id, sold.account, sold.livemode) = (invoice.id, invoice.account, invoice.livemode)
    offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
  ) as sale on true
  cross join lateral (
    select coalesce(array_agg(paying.payment_id order by paying.payment_id), '{}') as ids,
      min(found.module_ref) as module_ref
    from sesame.payments_of_invoice(invoice.id, invoice.account, invoice.livemode) as paying
    left join lateral (
      select module_ref from sesame.payment_intents
      where (id, account, livemode) = (paying.payment_id, invoice.account, invoice.livemode)
      offset 0
    ) as found on true
  ) as payment
  where invoice.status = 'paid'
    and (
      sale.price_ids is not null
      or invoice.subscription_id is null and coalesce(payment.module_ref, invoice.module_ref) is not null
    )
    -- Credit notes over the full total waived the money before it was paid.
    and not (
      invoice.amount_paid = 0 and coalesce(invoice.total > 0 and invoice.amount_credited >= invoice.total, false)
    )
    and not exists (
      select from sesame.checkout_sessions as session
      where session.invoice_id = invoice.id and session.mode = 'payment'
        and session.account = invoice.account and session.livemode = invoice.livemode
      offset 0
    )
  union all
  -- The one-time prices of a Checkout Session in subscription mode, until its invoice says what was sold.
  select
    session.livemode, session.account, 'checkout_session', session.id, null, once.price_ids,
    session.invoice_id,
    array(select payment_id from sesame.payments_of_invoice(session.invoice_id, session.account, session.livemode)),
    session.amount_total, session.paid_at, false
  from sesame.checkout_sessions as session
  cross join lateral (
    select array_agg(price.id) as price_ids
    from unnest(session.price_ids) as listed (id)
    cross join lateral (
      select known.id, known.is_recurring from sesame.prices as known
      where (known.id, known.account, known.livemode) = (listed.id, session.account, session.livemode)
      offset 0
    ) as price
    where not price.is_recurring
  ) as once
  where session.mode = 'subscription' and session.payment_status = 'paid' and once.price_ids is not null
    and not exists (
      select from sesame.invoices as invoice
      where (invoice.id, invoice.account, invoice.livemode)
        = (session.invoice_id, session.account, session.livemode)
      offset 0
    );

comment on view sesame.purchases is
  'Each one-time sale as one row, whichever objects Stripe has for it. payment_ids: its payments (pi_, or ch_ where it '
  'has none). invoice_id: the invoice of the sale. paid_at null: not paid, or not yet.';
