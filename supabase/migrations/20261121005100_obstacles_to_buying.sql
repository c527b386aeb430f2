-- The reasons why a user cannot buy a module now.

-- Stripe calls a completed session unpaid both while its payment is processing and after it failed. For an incomplete
-- subscription it says nothing: the payment of its latest invoice counts.
create function sesame.is_payment_processing(of_id text, of_account text, of_livemode boolean) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_invoice text := (
    select latest_invoice_id from sesame.subscriptions
    where (id, account, livemode) = (of_id, of_account, of_livemode));
begin
  return (
    with sold_in as materialized (
      select session.*
      from (
        (select * from sesame.checkout_sessions where id = of_id offset 0)
        union all
        (select * from sesame.checkout_sessions where subscription_id = of_id offset 0)
      ) as session
      where (session.account, session.livemode) = (of_account, of_livemode)
    ),
    payment as materialized (
      select
        known.status = 'processing' and known.processing_at >= coalesce(known.unpaid_at, '-infinity') as is_processing,
        known.status = 'canceled' or known.status = 'processing' and known.processing_at < known.unpaid_at as has_ended
      from (
        select payment_intent_id as id from sold_in
        union
        select payment_id from sesame.payments_of_invoice(v_invoice, of_account, of_livemode)
      ) as paying
      join sesame.payment_intents as known on (known.id, known.account, known.livemode) = (paying.id, of_account, of_livemode)
    )
    select exists (select from payment where is_processing)
      or exists (
        select from sold_in where status = 'complete' and payment_status = 'unpaid' and not async_failed)
      and not exists (select from payment where has_ended)
      and not exists (
        select from sesame.invoice_payments
        where invoice_id = v_invoice and status = 'canceled' and (account, livemode) = (of_account, of_livemode))
  );
end
$$;

comment on function sesame.is_payment_processing is
  'Whether a payment is still processing: that of a Checkout Session (cs_) or of the latest invoice of a '
  'subscription (sub_).';

-- A purchase known by its address alone may give a module, but never blocks a purchase: a buyer may type any address.
-- Only the gravest reason is returned.
create type sesame.buying_obstacle as enum ('denied', 'payment_pending', 'subscription_stalled', 'already_owned');

create function sesame.obstacle_to_buying(of_user uuid, of_module bigint) returns sesame.buying_obstacle
language plpgsql stable set search_path = '' as $$
begin
  -- It looks at the user's sources, not at their access: a graver refusal may hide a source that waits for its money.
  return (
    select min(case
      when reason = 'denied' then 'denied'
      when reason = 'pending_payment' and not by_address
        and sesame.is_payment_processing(source_id, account, livemode) then 'payment_pending'
      -- Access that ends by itself may be bought again. A subscription may not: the customer would pay twice.
      when reason < 'denied' and (expires_at is null or source = 'subscription' and expires_at > now())
        then 'already_owned'
      when source = 'subscription' and not by_address and case
        when expires_at <= now() then reason_after = 'past_due_expired'
        else reason in ('disputed', 'refunded', 'unpaid', 'paused', 'unknown_status', 'revoked')
      end then 'subscription_stalled'
    end::sesame.buying_obstacle)
    from sesame.sources
    where user_id = of_user and module_id = of_module
  );
end
$$;

comment on function sesame.obstacle_to_buying is
  'Why a user may not buy a module. Null: they may. subscription_stalled: a subscription is closed and has not '
  'ended.';
