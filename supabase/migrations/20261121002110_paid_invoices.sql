-- The payments of an invoice, and the invoices of a payment. Since 2025-03-31 several payments may pay an invoice, some
-- of them outside Stripe, and one payment may pay several invoices.

create function sesame.payments_of_invoice(of_invoice text, of_account text, of_livemode boolean)
returns table (payment_id text, amount_paid bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query
    with said as (
      select part.payment_intent_id, part.charge_id, part.status, part.amount_paid
      from sesame.invoice_payments as part
      where part.invoice_id = of_invoice and (part.account, part.livemode) = (of_account, of_livemode)
      union all
      -- Old API versions name the payment on the invoice, or the invoice on payment and charge; a session names both.
      select invoice.payment_intent_id, invoice.charge_id, null, null
      from sesame.invoices as invoice
      where invoice.id = of_invoice and (invoice.account, invoice.livemode) = (of_account, of_livemode)
      union all
      select payment.id, null, null, null
      from sesame.payment_intents as payment
      where payment.invoice_id = of_invoice and (payment.account, payment.livemode) = (of_account, of_livemode)
      union all
      select charge.payment_intent_id, charge.id, null, null
      from sesame.charges as charge
      where charge.invoice_id = of_invoice and (charge.account, charge.livemode) = (of_account, of_livemode)
      union all
      select session.payment_intent_id, null, null, null
      from sesame.checkout_sessions as session
      where session.invoice_id = of_invoice and (session.account, session.livemode) = (of_account, of_livemode)
    ),
    named as (
      -- A charge is the payment only where it has no payment intent.
      select
        coalesce(said.payment_intent_id, charge.payment_intent_id, said.charge_id) as id, said.status,
        said.amount_paid
      from said
      left join lateral (
        select known.payment_intent_id from sesame.charges as known
        where said.payment_intent_id is null
          and (known.id, known.account, known.livemode) = (said.charge_id, of_account, of_livemode)
        offset 0
      ) as charge on true
    )
    select named.id, (sum(named.amount_paid) filter (where named.status = 'paid'))::bigint
    from named
    where named.id is not null
    group by named.id
    -- A canceled payment pays nothing. It no longer belongs to this invoice, even where another object says so.
    having count(*) filter (where named.status = 'canceled') = 0
      or count(*) filter (where named.status <> 'canceled') > 0;
end
$$;

comment on function sesame.payments_of_invoice is
  'The known payments (pi_, or ch_ where it has none) of an invoice, and the amount that each paid of it: null where '
  'only a link is known.';

create function sesame.invoices_of_payment(of_payment text, of_account text, of_livemode boolean)
returns table (invoice_id text, amount_paid bigint)
language plpgsql stable set search_path = '' as $$
declare
  v_charge_ids text[] := of_payment || array(
    select id from sesame.charges
    where payment_intent_id = of_payment and (account, livemode) = (of_account, of_livemode));
begin
  return query
    with said as (
      (select part.invoice_id, part.status, part.amount_paid, part.account, part.livemode
      from sesame.invoice_payments as part where part.payment_intent_id = of_payment offset 0)
      union all
      (select part.invoice_id, part.status, part.amount_paid, part.account, part.livemode
      from sesame.invoice_payments as part
      where part.charge_id = any (v_charge_ids) and part.payment_intent_id is null offset 0)
      union all
      (select invoice.id, null, null, invoice.account, invoice.livemode
      from sesame.invoices as invoice where invoice.payment_intent_id = of_payment offset 0)
      union all
      (select invoice.id, null, null, invoice.account, invoice.livemode
      from sesame.invoices as invoice where invoice.charge_id = any (v_charge_ids) offset 0)
      union all
      (select payment.invoice_id, null, null, payment.account, payment.livemode
      from sesame.payment_intents as payment where payment.id = of_payment offset 0)
      union all
      (select charge.invoice_id, null, null, charge.account, charge.livemode
      from sesame.charges as charge where charge.id = any (v_charge_ids) offset 0)
      union all
      (select session.invoice_id, null, null, session.account, session.livemode
      from sesame.checkout_sessions as session where session.payment_intent_id = of_payment offset 0)
    )
    select said.invoice_id, (sum(said.amount_paid) filter (where said.status = 'paid'))::bigint
    from said
    where said.invoice_id is not null and (said.account, said.livemode) = (of_account, of_livemode)
    group by said.invoice_id
    having count(*) filter (where said.status = 'canceled') = 0
      or count(*) filter (where said.status <> 'canceled') > 0;
end
$$;

comment on function sesame.invoices_of_payment is
  'The reverse: the invoices that a payment (pi_, or ch_ where it has none) pays.';

create function sesame.paid_elsewhere(
  of_payment text, of_invoice text, share bigint, received bigint, of_account text, of_livemode boolean
) returns bigint
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case
      when bool_or(paid.invoice_id is distinct from of_invoice)
        then greatest(0, greatest(received, sum(paid.amount_paid)) - share)
      else 0
    end
    from sesame.invoices_of_payment(of_payment, of_account, of_livemode) as paid
  );
end
$$;

comment on function sesame.paid_elsewhere is
  'The amount that a payment paid for other invoices than this one: 0 where no other is known.';
