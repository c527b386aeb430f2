-- Whether an invoice was refunded or disputed. An invoice that received nothing may have been paid by its own credits.
-- Then it closes once all older invoices that paid for the credited time are closed.

create function sesame.block_of_invoice(
  of_invoice text, of_account text, of_livemode boolean, of_subscription text default null
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  return sesame.add_block('{}', of_invoice, of_account, of_livemode, of_subscription) ->> of_invoice;
end
$$;

comment on function sesame.block_of_invoice is
  'The reason why an invoice closes what it paid for: disputed, refunded, or null. of_subscription: the subscription '
  'whose credits may have paid it; null: any.';

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
  -- Nothing was received, so nothing can be refunded. But its own credits may have paid the invoice.
  if v_paid.received = 0 and v_paid.payment_ids = '{}' then
    return sesame.add_blocks_of_credits(blocks, of_invoice, of_account, of_livemode, of_subscription);
  end if;
  return blocks || jsonb_build_object(of_invoice, sesame.block_of_shares(
    v_paid.payment_ids, v_paid.shares, of_invoice, of_account, of_livemode, v_paid.received, v_paid.received));
end
$$;

comment on function sesame.add_block is 'The known blocks {invoice: reason or null}, and that of this invoice.';

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
  'For an invoice that received nothing: the older invoices that paid for the time that its credits take back.';

create function sesame.add_blocks_of_credits(
  blocks jsonb, of_invoice text, of_account text, of_livemode boolean, of_subscription text
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_older jsonb := '{}';  -- {invoice: [older invoices whose time its credits took back]}
  v_next text[] := array[of_invoice];
  v_id text;
begin
  -- Not recursive: there may be hundreds in a row, and each depends on many earlier ones.
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
  'The same for an invoice that its own credits paid. It is closed once every older invoice that paid for the credited '
  'time is closed, for the gravest of their reasons.';
