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
  'The same from the other end: the invoices that a payment (pi_, or ch_ where it has none) pays.';

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
  'What a payment paid beside this invoice: 0 where it is not known to have paid any other.';

create function sesame.block_of_shares(
  payment_ids text[], shares bigint[], of_invoice text, of_account text, of_livemode boolean,
  asked bigint, received bigint default null, at_least bigint default null
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  return (
    with paid as (
      select
        coalesce(part.share, back.received) as known_share, coalesce(part.share, back.received, asked) as share,
        back.payment_id, back.received, back.returned, back.disputed
      from sesame.payment_returns(payment_ids, of_account, of_livemode) as back
      join unnest(payment_ids, shares) as part (payment_id, share) on part.payment_id = back.payment_id
    ),
    -- A part that went back is taken off the others first: it closes only what nothing else explains.
    explained as (
      select
        known_share,
        least(share, greatest(0, returned - elsewhere)) as returned,
        least(share, greatest(0, returned + coalesce(disputed, 0) - elsewhere)) as in_question,
        disputed is not null and (elsewhere = 0 or returned + disputed > elsewhere) as is_disputed
      from paid
      cross join lateral (
        select case when returned > 0 or disputed is not null then coalesce(sesame.paid_elsewhere(
          payment_id, of_invoice, share, paid.received, of_account, of_livemode), 0) end as elsewhere
        offset 0
      ) as beside
    )
    select sesame.block_of_money(
      coalesce(block_of_shares.received, nullif(greatest(sum(known_share)::bigint, at_least), 0), asked),
      coalesce(sum(returned), 0)::bigint, coalesce(sum(in_question), 0)::bigint, coalesce(bool_or(is_disputed), false)
    )
    from explained
  );
end
$$;

comment on function sesame.block_of_shares is
  'Why what these payments (pi_, ch_) paid is closed: disputed, refunded, or null. shares: what each paid of it, null '
  'where only a link is known. received: what came in; null: the sum of the shares, and not less than at_least. asked: '
  'what was to be paid, where nothing says what was; null: not known either, and then whatever went back is all of it.';

create function sesame.payments_and_sum(
  of_invoice text, of_account text, of_livemode boolean,
  out payment_ids text[], out shares bigint[], out received bigint
)
language plpgsql stable set search_path = '' as $$
begin
  -- Payment records are among its payments: of money outside Stripe nothing else knows.
  select
    coalesce(array_agg(paying.payment_id), '{}'), array_agg(paying.amount_paid),
    greatest(
      (select invoice.amount_paid from sesame.invoices as invoice
       where (invoice.id, invoice.account, invoice.livemode) = (of_invoice, of_account, of_livemode)),
      (select sum(part.amount_paid)::bigint from sesame.invoice_payments as part
       where part.invoice_id = of_invoice and part.status = 'paid'
         and (part.account, part.livemode) = (of_account, of_livemode)),
      0
    )
  into payment_ids, shares, received
  from sesame.payments_of_invoice(of_invoice, of_account, of_livemode) as paying;
end
$$;

comment on function sesame.payments_and_sum is
  'The payments of an invoice, what each paid of it, and what it received: what its payments paid, and never less '
  'than it says itself.';

create function sesame.block_of_payments(
  payment_ids text[], of_invoice text, of_account text, of_livemode boolean, asked bigint
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
declare
  v_invoice record;
  v_shares bigint[];
begin
  if of_invoice is null then
    return sesame.block_of_shares(payment_ids, null, null, of_account, of_livemode, asked);
  end if;
  v_invoice := sesame.payments_and_sum(of_invoice, of_account, of_livemode);
  for n in 1 .. cardinality(payment_ids) loop
    v_shares[n] := v_invoice.shares[array_position(v_invoice.payment_ids, payment_ids[n])];
  end loop;
  return sesame.block_of_shares(
    payment_ids, v_shares, of_invoice, of_account, of_livemode, asked, at_least => v_invoice.received);
end
$$;

comment on function sesame.block_of_payments is
  'Why what a session, a payment or a charge paid is closed: disputed, refunded, or null. of_invoice: the invoice that '
  'a session names. asked as for block_of_shares.';

create function sesame.block_of_invoice(
  of_invoice text, of_account text, of_livemode boolean, of_subscription text default null
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  return sesame.add_block('{}', of_invoice, of_account, of_livemode, of_subscription) ->> of_invoice;
end
$$;

comment on function sesame.block_of_invoice is
  'Why what an invoice paid for is closed: disputed, refunded, or null. of_subscription: whose credits may have paid '
  'it; null: those of any.';

create function sesame.add_block(
  blocks jsonb, of_invoice text, of_account text, of_livemode boolean, of_subscription text
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_paid record;
begin
  if blocks ? of_invoice then
    return blocks;
  end if;
  v_paid := sesame.payments_and_sum(of_invoice, of_account, of_livemode);
  -- Where nothing was received, nothing can go back: but its own credits may have paid it.
  if v_paid.received = 0 and v_paid.payment_ids = '{}' then
    return sesame.add_blocks_of_credits(blocks, of_invoice, of_account, of_livemode, of_subscription);
  end if;
  return blocks || jsonb_build_object(of_invoice, sesame.block_of_shares(
    v_paid.payment_ids, v_paid.shares, of_invoice, of_account, of_livemode, v_paid.received, v_paid.received));
end
$$;

comment on function sesame.add_block is
  'The blocks {invoice: reason or null} that are known, with that of this invoice.';

create function sesame.credited_invoices(
  of_invoice text, of_account text, of_livemode boolean, of_subscription text
) returns setof text
language plpgsql stable set search_path = '' as $$
declare
  v_paid record := sesame.payments_and_sum(of_invoice, of_account, of_livemode);
begin
  if v_paid.received > 0 or v_paid.payment_ids <> '{}' then
    return;
  end if;
  return query
    with credit as materialized (
      select distinct
        line.subscription_id, line.price_id, line.subscription_item_id, line.period_start, line.period_end,
        line.created_at
      from (select * from sesame.billed_lines where billed_lines.invoice_id = of_invoice offset 0) as line
      where (line.account, line.livemode) = (of_account, of_livemode)
        and line.is_credit and line.status = 'paid'
        and line.subscription_id = coalesce(of_subscription, line.subscription_id)
    ),
    older as materialized (
      select distinct
        line.invoice_id, line.subscription_id, line.price_id, line.subscription_item_id, line.period_start,
        line.period_end
      from (
        select subscription_id as id, min(period_start) as since, min(created_at) as created_at
        from credit group by subscription_id
      ) as credited
      cross join lateral (
        select * from sesame.billed_lines
        where billed_lines.subscription_id = credited.id and billed_lines.period_end > credited.since
        offset 0
      ) as line
      where (line.account, line.livemode) = (of_account, of_livemode)
        and line.status = 'paid' and not line.is_credit
        and (line.created_at, line.invoice_id) < (credited.created_at, of_invoice)
    )
    select distinct older.invoice_id
    from credit
    join older on older.subscription_id = credit.subscription_id and older.price_id = credit.price_id
      and coalesce(older.subscription_item_id = credit.subscription_item_id, true)
      and older.period_start < credit.period_end and older.period_end > credit.period_start;
end
$$;

comment on function sesame.credited_invoices is
  'Of an invoice that received nothing: the older invoices that had been paid for what its own credits take back.';

create function sesame.add_blocks_of_credits(
  blocks jsonb, of_invoice text, of_account text, of_livemode boolean, of_subscription text
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_older jsonb := '{}';  -- {invoice: [those whose time its credits took back]}
  v_next text[] := array[of_invoice];
  v_id text;
begin
  -- Not by recursion: there may be hundreds in a row, and each stands on many of those before it.
  while v_next <> '{}' loop
    v_older := v_older || (
      select jsonb_object_agg(next.id, array(
        select sesame.credited_invoices(next.id, of_account, of_livemode, of_subscription)
      ))
      from unnest(v_next) as next (id)
    );
    v_next := array(
      select distinct older.id
      from unnest(v_next) as next (id)
      cross join lateral jsonb_array_elements_text(v_older -> next.id) as older (id)
      where not v_older ? older.id and not blocks ? older.id
    );
  end loop;

  for v_id in
    select invoice.id
    from jsonb_object_keys(v_older) as behind (id)
    cross join lateral (
      select known.id, known.created_at from sesame.invoices as known
      where (known.id, known.account, known.livemode) = (behind.id, of_account, of_livemode)
      offset 0
    ) as invoice
    order by invoice.created_at nulls first, invoice.id
  loop
    if v_older -> v_id = '[]' and v_id <> of_invoice then
      blocks := sesame.add_block(blocks, v_id, of_account, of_livemode, of_subscription);
    else
      blocks := blocks || jsonb_build_object(v_id, (
        select case when count(blocks ->> older.id) = count(*) then min((blocks ->> older.id)::sesame.reason) end
        from jsonb_array_elements_text(v_older -> v_id) as older (id)
      ));
    end if;
  end loop;
  return blocks;
end
$$;

comment on function sesame.add_blocks_of_credits is
  'The same for an invoice that its own credits paid. It is given back once every older invoice is that had been paid '
  'for what was credited, and as gravely as the gravest of them.';
