-- What a new object reaches that is alone in its call. The arrows lead to all that may read it. Nearly always it
-- changes little there, and a few look-ups show that. Each condition names the view or function that it repeats, and
-- the column. Where one fails, the subscription is derived, or the arrows are followed.

create function sesame.names_others(user_ref text, customer_id text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return user_ref is not null and customer_id is not null and exists (
    select from sesame.dependents as arrow
    where arrow.from_kind = 'known_customer' and arrow.from_id = customer_id and arrow.to_id is not null
  );
end
$$;

comment on function sesame.names_others is
  'Whether a name on an object of this customer reaches purchases of theirs without a name (known_names).';

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
    and not sesame.names_others(invoice.user_ref, invoice.customer_id)
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

create function sesame.reach_of_payment(of_payment text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_sessions jsonb;
begin
  select jsonb_agg(session.id) into v_sessions
  from (select id, invoice_id from sesame.checkout_sessions where payment_intent_id = of_payment offset 0) as session
  -- payments_of_invoice, invoices_of_payment: all ways between an invoice and this payment.
  having not coalesce(bool_or(session.invoice_id is not null), false)
    and not exists (select from sesame.payment_intents where id = of_payment and invoice_id is not null offset 0)
    and not exists (select from sesame.invoices where payment_intent_id = of_payment offset 0)
    and not exists (select from sesame.invoice_payments where payment_intent_id = of_payment offset 0)
    and not exists (
      select from sesame.charges as charge
      where charge.payment_intent_id = of_payment
        and (
          charge.invoice_id is not null
          or exists (select from sesame.invoices where charge_id = charge.id offset 0)
          or exists (select from sesame.invoice_payments where charge_id = charge.id offset 0)
        )
      offset 0
    );
  if not found then
    return null;
  end if;
  return jsonb_build_object('payment_intent', array[of_payment])
    || case when v_sessions is null then '{}' else jsonb_build_object('checkout_session', v_sessions) end;
end
$$;

comment on function sesame.reach_of_payment is
  'A payment (pi_) that no known invoice reads, and the sessions that it pays {kind: [id, …]}. Null: one may read it.';

create function sesame.reach_of_new(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_reached jsonb;
begin
  if objects ? 'price' then
    return null;
  elsif objects ? 'invoice' then
    return sesame.reach_of_invoice(objects #>> '{invoice,0}');
  elsif objects ? 'charge' then
    select sesame.reach_of_payment(charge.payment_intent_id) into v_reached
    from sesame.charges as charge
    where charge.id = objects #>> '{charge,0}'
      and charge.payment_intent_id is not null  -- else it is a payment itself
      and not sesame.names_others(charge.user_ref, charge.customer_id);
  elsif objects ? 'payment_intent' then
    select sesame.reach_of_payment(payment.id) into v_reached
    from sesame.payment_intents as payment
    where payment.id = objects #>> '{payment_intent,0}'
      and not sesame.names_others(payment.user_ref, payment.customer_id);
  else
    select sesame.reach_of_payment(session.payment_intent_id) into v_reached
    from sesame.checkout_sessions as session
    where session.id = objects #>> '{checkout_session,0}'
      and session.payment_intent_id is not null  -- else its invoice may read it, which reach_of_payment would not see
      and session.subscription_id is null  -- buyer_names of subscriptions and of their invoices; sold_subscriptions
      and not sesame.names_others(session.user_ref, session.customer_id);
  end if;
  if v_reached is null then
    return null;
  end if;
  v_reached := objects || v_reached;
  return v_reached || sesame.tokens_paid_by(v_reached);
end
$$;

comment on function sesame.reach_of_new is
  'All objects {kind: [id, …]} that must be derived again with this one new object. Null: see the arrows.';
