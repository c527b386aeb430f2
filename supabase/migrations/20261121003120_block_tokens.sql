-- Tokens whose payment was refunded or is in dispute are blocked until the money is back. A token that names a
-- subscription is open as long as the subscription.

create function sesame.block_of_subscription(of_subscription text, of_user uuid, of_module bigint) returns sesame.reason
language plpgsql stable strict set search_path = '' as $$
begin
  return (
    select min(case
      -- The subscription itself decides on this module for this user. So the token is closed, or it would open twice.
      when own.is_there then 'expired'
      when subscription.status in ('canceled', 'incomplete_expired') then 'canceled'
      when subscription.status in ('unpaid', 'paused') then subscription.status
      when subscription.latest_invoice_id is not null and settings.refunded_period_closes
        then sesame.block_of_invoice(subscription.latest_invoice_id, '', mode.livemode, of_subscription)::text
    end::sesame.reason)
    from (values (true), (false)) as mode (livemode)
    join sesame.settings on settings.id
    cross join lateral (
      select known.status::text as status, latest.id as latest_invoice_id
      from sesame.subscriptions as known
      left join lateral (
        select invoice.id, invoice.subscription_id from sesame.invoices as invoice
        where (invoice.id, invoice.account, invoice.livemode) = (known.latest_invoice_id, '', mode.livemode)
        offset 0
      ) as latest on latest.subscription_id = known.id  -- as in sesame.buyer_names
      where (known.id, known.account, known.livemode) = (of_subscription, '', mode.livemode)
      offset 0
    ) as subscription
    cross join lateral (
      select exists (
        select from sesame.grants as held
        where (held.source_id, held.module_id, held.source, held.account, held.livemode)
            = (of_subscription, of_module, 'subscription', '', mode.livemode)
          and held.user_id = of_user
      ) as is_there
    ) as own
  );
end
$$;

comment on function sesame.block_of_subscription is
  'The reason why a token that names this subscription opens nothing: expired where the subscription itself decides '
  'for the user; canceled, unpaid, paused, refunded or disputed where it does not; null: the token opens, or the '
  'subscription is unknown.';

create function sesame.subscription_behind(payment_id text) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when starts_with(payment_id, 'sub_') then payment_id
    when starts_with(payment_id, 'cs_') then (
      select min(session.subscription_id)
      from (select * from sesame.checkout_sessions where id = subscription_behind.payment_id offset 0) as session
    )
  end;
end
$$;

comment on function sesame.subscription_behind is 'The subscription (sub_) that a token names, or that the session (cs_) it names sold.';

create function sesame.block_tokens(token_ids uuid[]) returns uuid[]
language plpgsql volatile set search_path = '' as $$
declare
  v_owners uuid[];
begin
  with paid as materialized (
    select token.id, token.payment_id, token.created_by, token.module_id, token.blocked_by
    from public.access_tokens as token
    where token.id = any (token_ids)
      and (
        token.blocked_by is not null
        -- Most payments have no object that could block. So this looks first whether there is one. py_ is a charge,
        -- too: one that was not paid by card.
        or case replace(left(token.payment_id, 3), 'py_', 'ch_')
          when 'sub' then exists (select from sesame.subscriptions where id = token.payment_id offset 0)
          when 'cs_' then exists (select from sesame.checkout_sessions where id = token.payment_id offset 0)
          when 'in_' then exists (select from sesame.invoices where id = token.payment_id offset 0)
          when 'ch_' then exists (select from sesame.charges where id = token.payment_id offset 0)
            or exists (select from sesame.refunds where charge_id = token.payment_id offset 0)
            or exists (select from sesame.disputes where charge_id = token.payment_id offset 0)
          when 'pi_' then exists (select from sesame.refunds where payment_intent_id = token.payment_id offset 0)
            or exists (select from sesame.disputes where payment_intent_id = token.payment_id offset 0)
            or exists (
              select from sesame.charges as charge
              where payment_intent_id = token.payment_id
                and (
                  amount_refunded > 0
                  -- A refund and a dispute may name the charge alone.
                  or exists (select from sesame.refunds where charge_id = charge.id offset 0)
                  or exists (select from sesame.disputes where charge_id = charge.id offset 0)
                )
              offset 0
            )
        end
      )
  ),
  blocked as (
    update public.access_tokens as token
    set blocked_by = known.reason
    from (
      select paid.id, coalesce(
        sesame.block_of_payment(paid.payment_id),
        sesame.block_of_subscription(sesame.subscription_behind(paid.payment_id), paid.created_by, paid.module_id)
      )::text as reason
      from paid
      offset 0
    ) as known
    where token.id = known.id and token.blocked_by is distinct from known.reason
    returning token.created_by
  )
  select array_agg(created_by) into v_owners from blocked;
  return v_owners;
end
$$;

comment on function sesame.block_tokens is
  'Blocks or unblocks these tokens as their payments require; answers the owners of the changed tokens. Call under '
  'lock_fold().';
