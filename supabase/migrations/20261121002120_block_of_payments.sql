-- Whether a payment was refunded or disputed. One payment may pay several invoices, so each counts by its share.

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
    -- A refund is first set against what the payment paid elsewhere. Only the rest counts here.
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
  'The reason why these payments (pi_, ch_) close what they paid for: disputed, refunded, or null. shares: the amount '
  'that each paid of it, null where only a link is known. received: the received amount; null: the sum of the shares, '
  'and at least at_least. asked: the amount due, used where the paid amount is unknown; null: unknown as well, so any '
  'refund counts as a full refund.';

create function sesame.payments_and_sum(
  of_invoice text, of_account text, of_livemode boolean,
  out payment_ids text[], out shares bigint[], out received bigint
)
language plpgsql stable set search_path = '' as $$
begin
  -- Payment records count too: they are the only trace of money outside Stripe.
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
  'The payments of an invoice, the amount that each paid of it, and the amount received: the sum of its payments, and '
  'at least its own amount_paid.';

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
  'The reason why a session, a payment or a charge is closed: disputed, refunded, or null. of_invoice: the invoice '
  'that the session names. asked: as for block_of_shares.';
