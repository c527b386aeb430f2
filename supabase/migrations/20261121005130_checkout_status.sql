-- The other questions of the function `checkout`: the state of a session, the user's Stripe customer, and free
-- modules. For service_role only: the user is an argument.

create function public.sesame_checkout_status(user_id uuid, session_id text, livemode boolean)
returns table (status text, modules jsonb)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_session sesame.checkout_sessions;
  v_sources text[];
  v_buyer text;
begin
  select * into v_session from sesame.checkout_sessions as session
  where (session.id, session.account, session.livemode) = (session_id, '', sesame_checkout_status.livemode);
  v_sources := array[v_session.id, v_session.subscription_id];
  -- Prefer the present owner (claims, moves) to the buyer named in the session.
  v_buyer := coalesce(
    (select min(held.user_id::text) from sesame.grants as held
     where held.source_id = any (v_sources) and (held.account, held.livemode) = ('', v_session.livemode)),
    v_session.user_ref);

  if v_buyer = any (sesame.refs_of(sesame_checkout_status.user_id)) then
    status := case
      when v_session.status = 'expired' then 'expired'
      when v_session.mode = 'subscription' and not exists (
        select from sesame.subscriptions as known where known.id = v_session.subscription_id
      ) then null  -- what it opens is not known yet
      when v_session.paid_at is not null or exists (
        select from sesame.payment_intents as payment
        where payment.id = v_session.payment_intent_id and payment.status = 'succeeded'
      ) then 'paid'
      when v_session.status = 'complete' then case
        when sesame.is_payment_processing(
          coalesce(v_session.subscription_id, v_session.id), '', v_session.livemode
        ) then 'processing' else 'failed'
      end
    end;
    modules := sesame.modules_of(sesame_checkout_status.user_id, array(
      select held.module_id from sesame.grants as held where held.source_id = any (v_sources)));
  end if;
  return next;
end
$$;

select sesame.revoke_default_grants('public.sesame_checkout_status');
grant execute on function public.sesame_checkout_status(uuid, text, boolean) to service_role;

comment on function public.sesame_checkout_status is
  'The state of a user''s Checkout Session, as one row: paid, processing, failed or expired, and its modules as '
  'the user has them. The status is null if the session is not known yet, or if it belongs to another user. The '
  'answer is the same for both.';

create function public.sesame_stripe_customer(user_id uuid, livemode boolean) returns table (customer_id text)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select theirs.customer_id from sesame.customer_of(sesame_stripe_customer.user_id, sesame_stripe_customer.livemode) as theirs;
end
$$;

select sesame.revoke_default_grants('public.sesame_stripe_customer');
grant execute on function public.sesame_stripe_customer(uuid, boolean) to service_role;

comment on function public.sesame_stripe_customer is 'The Stripe customer of a user, as one row. Null: none.';

create function public.sesame_claim_free_module_for(user_id uuid, module text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
begin
  return sesame.claim_free(sesame_claim_free_module_for.user_id, sesame_claim_free_module_for.module);
end
$$;

select sesame.revoke_default_grants('public.sesame_claim_free_module_for');
grant execute on function public.sesame_claim_free_module_for(uuid, text) to service_role;

comment on function public.sesame_claim_free_module_for is
  'Does claim_free_module for a user whose session a function has checked. False: they have it already.';
