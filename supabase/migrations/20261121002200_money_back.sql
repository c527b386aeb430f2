-- Whether the money of a purchase went back.

create function billing.is_refunded(purchase billing.purchases) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_charge_ids text[];
  v_captured bigint;
  v_charge_says bigint;
  v_known bigint;
  v_returned bigint;
begin
  select array_agg(charge.id), sum(charge.amount_captured), sum(charge.amount_refunded)
  into v_charge_ids, v_captured, v_charge_says
  from billing.charges as charge
  where (charge.payment_intent_id = purchase.payment_intent_id or charge.id = purchase.charge_id)
    and (charge.account, charge.livemode) = (purchase.account, purchase.livemode);

  select
    coalesce(sum(refund.amount), 0),
    coalesce(sum(refund.amount) filter (where refund.status < 'canceled'), 0)
  into v_known, v_returned
  from billing.refunds as refund
  where (
      refund.payment_intent_id = purchase.payment_intent_id
      or refund.charge_id = any (v_charge_ids)
      or refund.charge_id = purchase.charge_id
    )
    and (refund.account, refund.livemode) = (purchase.account, purchase.livemode);

  -- Of what the charge says went back, only what no known refund explains: a refund that failed is
  -- known, so the charge's old figure cannot bring it back.
  v_returned := v_returned + greatest(0, v_charge_says - v_known);

  return v_returned > 0 and v_returned >= coalesce(
    purchase.amount_received, nullif(v_captured, 0), purchase.amount_total, 0
  );
end
$$;

revoke execute on function billing.is_refunded(billing.purchases) from public, anon, authenticated, service_role;

comment on function billing.is_refunded is
  'True when refunds reach what was received. A partial refund takes nothing away.';
