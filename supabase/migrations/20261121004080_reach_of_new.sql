-- What a new object reaches that is alone in its call. The arrows lead to all that may read it. Nearly always it
-- changes little there, and a few look-ups show that. Each condition names the view or function that it repeats, and
-- the column. Where one fails, the subscription is derived, or the arrows are followed.

create function sesame.reach_of_invoice(of_invoice text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_reached jsonb := jsonb_build_object('invoice', jsonb_build_array(of_invoice));
  v_subscription jsonb;
  v_found record;
begin
  select invoice.subscription_id, subscription.is_unchanged into v_found
  from sesame.invoices as invoice
  -- An invoice with a received amount and no known payment is not closed. It can only open a period that another one
  -- closes (period_payment), or an invoice that credits paid (credited_invoices).
  left join lateral (
    select
      known.user_ref is not null  -- buyer_names.names: it is nearer than the names on invoices; then email is not read
      and not exists (select from sesame.claims where object_id = known.id offset 0)  -- find_buyer: earlier names
      and known.status <> 'past_due'  -- subscription_grants.expires_at: unpaid_since; pending_fetches: lacks_invoices
      and (
        invoice.status <> 'paid'  -- period_payment: only paid lines count
        or invoice.amount_paid > 0  -- add_block: else its own credits paid it
          and known.collection_method <> 'send_invoice'  -- subscription_grants.reason: is_paid
          and jsonb_array_length(known.items) = 1  -- derived_grants: one item may hide another one for its module
          and not exists (
            select from sesame.grants as held
            where held.source_id = known.id and held.source = 'subscription'
              and held.reason_after in ('refunded', 'disputed')  -- subscription_grants.reason_after: paid.block
            offset 0
          )
      ) as is_unchanged
    from sesame.subscriptions as known
    where (known.id, known.account, known.livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
    offset 0
  ) as subscription on true
  where invoice.id = of_invoice
    and invoice.subscription_id is not null
    and (invoice.user_ref is null or invoice.customer_id is null)  -- known_names
    -- payments_of_invoice, which reads all these: a known payment may have been refunded.
    and invoice.payment_intent_id is null
    and invoice.charge_id is null
    and not exists (select from sesame.invoice_payments where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.payment_intents where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.charges where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.checkout_sessions where invoice_id = of_invoice offset 0)  -- purchases, too
    and not exists (  -- billed_lines.subscription_id
      select from sesame.invoice_lines as line
      where line.invoice_id = of_invoice and line.subscription_id <> invoice.subscription_id
      offset 0
    )
    and not exists (  -- purchase_grants.reason: the block of an invoice that sells something, and that credits paid
      select from sesame.invoice_lines as line
      where line.subscription_id = invoice.subscription_id and line.stands_alone and line.invoice_id <> of_invoice
      offset 0
    );
  if not found then
    return null;
  end if;
  v_subscription := jsonb_build_object('subscription', jsonb_build_array(v_found.subscription_id));
  if v_found.is_unchanged is not true then  -- null: the subscription is not known, and may have to be fetched
    v_reached := v_reached || v_subscription;
  end if;
  return v_reached || sesame.tokens_paid_by(v_reached || v_subscription);
end
$$;

comment on function sesame.reach_of_invoice is
  'All objects {kind: [id, …]} that must be derived again with a new invoice of a subscription. Null: see the arrows.';

create function sesame.reach_of_new(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return case when not objects ? 'price' then sesame.reach_of_invoice(objects #>> '{invoice,0}') end;
end
$$;

comment on function sesame.reach_of_new is
  'All objects {kind: [id, …]} that must be derived again with this one new object. Null: see the arrows.';
