-- Which payments paid an invoice, and whether they went back. Since 2025-03-31 several payments may pay an
-- invoice, some of them outside Stripe, and one payment may pay several invoices.

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
    -- A canceled payment pays nothing, and is no payment of this invoice any more, whoever said so before.
    having count(*) filter (where named.status = 'canceled') = 0
      or count(*) filter (where named.status <> 'canceled') > 0;
end
$$;

comment on function sesame.payments_of_invoice is
  'The payments (pi_, or ch_ where it has none) that pay an invoice, as far as anything said so, and what each '
  'paid of it: null where only a link is known.';

create function sesame.paid_elsewhere(
  of_payment text, of_invoice text, share bigint, received bigint, of_account text, of_livemode boolean
) returns bigint
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case
      when bool_or(part.invoice_id <> of_invoice) then greatest(
        0, greatest(received, sum(part.amount_paid) filter (where part.status = 'paid')) - share)
      else 0
    end
    from (
      (select * from sesame.invoice_payments where payment_intent_id = of_payment offset 0)
      union
      (select * from sesame.invoice_payments where charge_id = of_payment offset 0)
      union
      (select part.* from sesame.invoice_payments as part
       join sesame.charges as charge on charge.id = part.charge_id
       where charge.payment_intent_id = of_payment
       offset 0)
    ) as part
    where part.status <> 'canceled' and (part.account, part.livemode) = (of_account, of_livemode)
  );
end
$$;

comment on function sesame.paid_elsewhere is
  'What a payment paid beside this invoice: 0 where it is not known to have paid any other.';

create function sesame.block_of_invoice(of_invoice text, of_account text, of_livemode boolean) returns sesame.reason
language plpgsql stable set search_path = '' as $$
declare
  v_invoice sesame.invoices;
  v_payments integer;
  v_block sesame.reason;
begin
  select * into v_invoice
  from sesame.invoices as invoice
  where (invoice.id, invoice.account, invoice.livemode) = (of_invoice, of_account, of_livemode);

  with paying as materialized (
    select * from sesame.payments_of_invoice(of_invoice, of_account, of_livemode)
  ),
  returns as (
    select
      coalesce(paying.amount_paid, back.received, v_invoice.amount_paid) as share,
      back.received, back.returned, back.disputed, paying.payment_id
    from sesame.payment_returns(array(select payment_id from paying), of_account, of_livemode) as back
    join paying using (payment_id)
  ),
  -- A part that went back is taken off the others first: it closes only what nothing else explains.
  parts as (
    select
      least(share, greatest(0, returned - elsewhere)) as returned,
      least(share, greatest(0, returned + coalesce(disputed, 0) - elsewhere)) as in_question,
      disputed is not null and (elsewhere = 0 or disputed > elsewhere) as is_disputed
    from returns
    cross join lateral (
      select case when returned > 0 or disputed is not null
        then sesame.paid_elsewhere(payment_id, of_invoice, share, received, of_account, of_livemode)
      end as elsewhere
      offset 0
    ) as paid_elsewhere
  )
  select
    (select count(*) from paying),
    (select sesame.block_of_money(
      greatest(v_invoice.amount_paid, (
        select sum(part.amount_paid)::bigint from sesame.invoice_payments as part
        where part.invoice_id = of_invoice and part.status = 'paid'
          and (part.account, part.livemode) = (of_account, of_livemode)
      ), 0),
      coalesce(sum(returned), 0)::bigint, coalesce(sum(in_question), 0)::bigint, coalesce(bool_or(is_disputed), false)
    ) from parts)
  into v_payments, v_block;

  if v_payments = 0 and v_invoice.amount_paid = 0 and v_invoice.status = 'paid' then
    return sesame.block_of_credits(of_invoice, of_account, of_livemode);
  end if;
  return v_block;
end
$$;

comment on function sesame.block_of_invoice is
  'Why what an invoice paid for is closed: disputed, refunded, or null. Where nothing was received, nothing can go '
  'back; but what was paid by its own credits went back with what the credits are for.';

create function sesame.block_of_credits(of_invoice text, of_account text, of_livemode boolean) returns sesame.reason
language plpgsql stable set search_path = '' as $$
declare
  v_older record;
  v_block sesame.reason;
  v_gravest sesame.reason;
begin
  for v_older in
    select distinct older.invoice_id
    from sesame.billed_lines as credit
    join sesame.invoices as paid
      on (paid.id, paid.account, paid.livemode) = (credit.invoice_id, credit.account, credit.livemode)
    join sesame.billed_lines as older
      on older.subscription_id = credit.subscription_id
      and (older.account, older.livemode) = (credit.account, credit.livemode)
    where credit.invoice_id = of_invoice and (credit.account, credit.livemode) = (of_account, of_livemode)
      and credit.is_credit
      and older.status = 'paid' and not older.is_credit and older.price_id = credit.price_id
      and coalesce(older.subscription_item_id = credit.subscription_item_id, true)
      and older.period_start < credit.period_end and older.period_end > credit.period_start
      and (older.created_at, older.invoice_id) < (paid.created_at, paid.id)
  loop
    v_block := sesame.block_of_invoice(v_older.invoice_id, of_account, of_livemode);
    if v_block is null then
      return null;
    end if;
    v_gravest := least(v_gravest, v_block);
  end loop;
  return v_gravest;
end
$$;

comment on function sesame.block_of_credits is
  'Of an invoice that its own credits paid: disputed, refunded, or null. It is given back once every older invoice '
  'is that had been paid for what was credited.';
