-- A purchase by any of its ids.

create function sesame.sale_of(
  named text, out object_kind text, out object_id text, out account text, out livemode boolean
)
language plpgsql stable set search_path = '' as $$
begin
  -- Several objects may name one sale, as a payment and its session, or an invoice and its subscription. Take the one
  -- that decides.
  select told.kind, told.id, told.account, told.livemode
  into object_kind, object_id, account, livemode
  from (
    select 1 as nearness, 'subscription' as kind, subscription.id, subscription.account, subscription.livemode
    from sesame.subscriptions as subscription
    where subscription.id = named
    union all
    select
      2, case when session.subscription_id is null then 'checkout_session' else 'subscription' end,
      coalesce(session.subscription_id, session.id), session.account, session.livemode
    from sesame.checkout_sessions as session
    where named in (session.id, session.payment_intent_id, session.invoice_id)
    union all
    select
      3, case when invoice.subscription_id is null then 'invoice' else 'subscription' end,
      coalesce(invoice.subscription_id, invoice.id), invoice.account, invoice.livemode
    from sesame.invoices as invoice
    where named in (invoice.id, invoice.payment_intent_id)
      or invoice.id in (
        select part.invoice_id from sesame.invoice_payments as part where part.payment_intent_id = named
        union
        select payment.invoice_id from sesame.payment_intents as payment where payment.id = named
      )
    union all
    select 4, 'payment_intent', payment.id, payment.account, payment.livemode
    from sesame.payment_intents as payment
    where payment.id = named
    union all
    select 5, 'charge', charge.id, charge.account, charge.livemode
    from sesame.charges as charge
    where charge.id = named and charge.payment_intent_id is null
  ) as told
  order by told.nearness, told.account, told.livemode desc
  limit 1;
end
$$;

comment on function sesame.sale_of is
  'The object that stands for a sale at present, found by any id of the sale. Null: there is none.';

create function sesame.find_purchase(
  named text, out object_kind text, out object_id text, out account text, out livemode boolean
)
language plpgsql stable set search_path = '' as $$
begin
  select sale.object_kind, sale.object_id, sale.account, sale.livemode
  into object_kind, object_id, account, livemode
  from sesame.sale_of(named) as sale;

  if object_id is null then
    raise sqlstate 'SE021' using
      message = 'no such purchase',
      detail = coalesce(named, 'null'),
      hint = 'Name a session (cs_…), payment (pi_… or ch_…), invoice (in_…) or subscription (sub_…) that Stripe has sent.';
  end if;
end
$$;

comment on function sesame.find_purchase is 'The same as sale_of, but raises SE021 where there is none.';
