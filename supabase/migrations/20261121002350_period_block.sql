-- The invoice of the current period, refunded or disputed, closes that period; the next one restores.

create function sesame.period_block(
  of_subscription text, of_account text, of_livemode boolean, period_start timestamptz
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  return (
    select min(sesame.payment_block(
      paying.payment_intent_ids, paying.charge_ids, of_account, of_livemode, invoice.amount_paid
    ))
    from sesame.invoices as invoice
    join sesame.settings on settings.id and settings.refunded_period_closes
    cross join lateral sesame.payments_of_invoice(invoice.id, invoice.account, invoice.livemode) as paying
    where invoice.subscription_id = of_subscription
      and invoice.period_end > period_block.period_start
      and invoice.period_start <= period_block.period_start
      and invoice.status = 'paid'
      and (invoice.account, invoice.livemode) = (of_account, of_livemode)
  );
end
$$;

comment on function sesame.period_block is
  'Why the period that starts then is closed: disputed, refunded, or null. Both by its invoice.';
