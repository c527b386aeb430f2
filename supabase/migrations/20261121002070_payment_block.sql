-- Money that went back, or is in dispute: it closes whatever it had paid for, purchase or period.

create function sesame.payments_of_invoice(
  of_invoice text, of_account text, of_livemode boolean, out payment_intent_ids text[], out charge_ids text[]
)
language plpgsql stable set search_path = '' as $$
begin
  -- Old API versions name the payment on the invoice, or the invoice on payment and charge.
  select array_agg(distinct found.payment_intent_id), array_agg(distinct found.charge_id)
  into payment_intent_ids, charge_ids
  from (
    select invoice.payment_intent_id, invoice.charge_id
    from sesame.invoices as invoice
    where invoice.id = of_invoice and (invoice.account, invoice.livemode) = (of_account, of_livemode)
    union all
    select part.payment_intent_id, part.charge_id
    from sesame.invoice_payments as part
    where part.invoice_id = of_invoice and (part.account, part.livemode) = (of_account, of_livemode)
    union all
    select payment.id, null
    from sesame.payment_intents as payment
    where payment.invoice_id = of_invoice and (payment.account, payment.livemode) = (of_account, of_livemode)
    union all
    select charge.payment_intent_id, charge.id
    from sesame.charges as charge
    where charge.invoice_id = of_invoice and (charge.account, charge.livemode) = (of_account, of_livemode)
  ) as found;
end
$$;

comment on function sesame.payments_of_invoice is
  'The payments and charges that pay an invoice, as far as anything said so.';

create function sesame.payment_block(
  payment_intent_ids text[], named_charge_ids text[], of_account text, of_livemode boolean, amount bigint
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
declare
  v_settings sesame.settings;
  v_charge_ids text[];
  v_received bigint;
  v_captured bigint;
  v_charge_says bigint;
  v_known bigint;
  v_returned bigint;
begin
  -- By payment or by charge, as two look-ups: one with "or" would read a whole index.
  select * into v_settings from sesame.settings where settings.id;

  select array_agg(charge.id), sum(charge.amount_captured), sum(charge.amount_refunded)
  into v_charge_ids, v_captured, v_charge_says
  from (
    (select * from sesame.charges where payment_intent_id = any (payment_intent_ids) offset 0)
    union
    (select * from sesame.charges where id = any (named_charge_ids) offset 0)
  ) as charge
  where (charge.account, charge.livemode) = (of_account, of_livemode);
  v_charge_ids := v_charge_ids || named_charge_ids;

  if exists (
    select
    from (
      (select * from sesame.disputes where payment_intent_id = any (payment_intent_ids) offset 0)
      union all
      (select * from sesame.disputes where charge_id = any (v_charge_ids) offset 0)
    ) as dispute
    where (dispute.account, dispute.livemode) = (of_account, of_livemode)
      and case
        when dispute.status = 'won' then false
        when dispute.status in ('warning_needs_response', 'warning_under_review') then v_settings.inquiry_closes
        when dispute.status = 'warning_closed' then false
        else v_settings.dispute_closes
      end
  ) then
    return 'disputed';
  end if;

  select
    coalesce(sum(refund.amount), 0),
    coalesce(sum(refund.amount) filter (where refund.status < 'canceled'), 0)
  into v_known, v_returned
  from (
    (select * from sesame.refunds where payment_intent_id = any (payment_intent_ids) offset 0)
    union
    (select * from sesame.refunds where charge_id = any (v_charge_ids) offset 0)
  ) as refund
  where (refund.account, refund.livemode) = (of_account, of_livemode);

  -- Of what the charges say went back, only what no known refund explains: a refund that failed is
  -- known, so a charge's old figure cannot bring it back.
  v_returned := v_returned + greatest(0, v_charge_says - v_known);
  if v_returned = 0 or not v_settings.full_refund_closes then
    return null;
  end if;

  select sum(payment.amount_received) into v_received
  from (select * from sesame.payment_intents where id = any (payment_intent_ids) offset 0) as payment
  where (payment.account, payment.livemode) = (of_account, of_livemode);

  if v_returned >= coalesce(nullif(v_received, 0), nullif(v_captured, 0), amount, 0) then
    return 'refunded';
  end if;
  return null;
end
$$;

comment on function sesame.payment_block is
  'disputed, refunded, or null. A partial refund blocks nothing; amount is what was asked, where no payment is known.';
