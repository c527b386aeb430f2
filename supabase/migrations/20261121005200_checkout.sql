-- What the function `checkout` asks, one call each: what it may sell to whom, what became of a session,
-- which of Stripe's customers a user is. For service_role only: the user is an argument.

create index checkout_sessions_user_ref_idx on sesame.checkout_sessions (user_ref) where user_ref is not null;
create index subscriptions_user_ref_idx on sesame.subscriptions (user_ref) where user_ref is not null;
create index customers_user_ref_idx on sesame.customers (user_ref) where user_ref is not null;

create function sesame.modules_of(of_user uuid, module_ids bigint[]) returns jsonb
language sql stable set search_path = '' as $$
  -- As my_modules, which answers members only; status none: he has nothing to do with it.
  select coalesce(jsonb_agg(jsonb_build_object(
    'module_id', module.id, 'slug', module.slug, 'title', module.title,
    'status', case
      when access.id is null then 'none'
      when access.is_active and (access.expires_at is null or access.expires_at > now()) then 'active'
      when access.is_active then 'expired'
      when access.metadata ->> 'reason' = 'pending_payment' then 'pending'
      else 'closed'
    end,
    'expires_at', access.expires_at,
    'reason', case
      when access.expires_at <= now() then access.metadata ->> 'reason_after'
      else access.metadata ->> 'reason'
    end
  ) order by module.id), '[]')
  from public.modules as module
  left join public.module_access as access on access.module_id = module.id and access.user_id = of_user
  where module.id = any (module_ids)
$$;

comment on function sesame.modules_of is 'Modules as a user has them: [{module_id, slug, title, status, expires_at, reason}].';

-- Stripe says of a completed session only that it is unpaid, while its payment is processing and after it failed.
-- Of an incomplete subscription it says nothing: what counts is the payment of its latest invoice.
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
  'Whether the payment of a Checkout Session (cs_) or of the latest invoice of a subscription (sub_) is on its way.';

-- What came by an address alone may give a module and stand in nobody's way: anybody may type any address.
-- The gravest first: of several it is told.
create type sesame.buying_obstacle as enum ('denied', 'payment_pending', 'subscription_stalled', 'already_owned');

create function sesame.obstacle_to_buying(of_user uuid, of_module bigint) returns sesame.buying_obstacle
language sql stable set search_path = '' as $$
  -- By his sources and not by his access: one that waits for its money may stand behind a graver refusal.
  select min(case
    when reason = 'denied' then 'denied'
    when reason = 'pending_payment' and not by_address
      and sesame.is_payment_processing(source_id, account, livemode) then 'payment_pending'
    -- What ends by itself may be bought again. A subscription does not: it would be paid twice.
    when reason < 'denied' and (expires_at is null or source = 'subscription' and expires_at > now())
      then 'already_owned'
    when source = 'subscription' and not by_address and case
      when expires_at <= now() then reason_after = 'past_due_expired'
      else reason in ('disputed', 'refunded', 'unpaid', 'paused', 'unknown_status', 'revoked')
    end then 'subscription_stalled'
  end::sesame.buying_obstacle)
  from sesame.sources
  where user_id = of_user and module_id = of_module
$$;

comment on function sesame.obstacle_to_buying is
  'Why a user may not buy a module; null: he may. subscription_stalled: one that is not ended, and closed.';

create function sesame.customer_of(
  of_user uuid, of_livemode boolean, out customer_id text, out former_customers integer
)
language plpgsql stable set search_path = '' as $$
declare
  v_accounts uuid[] := sesame.accounts_of(of_user);
  v_refs text[] := sesame.refs_of(of_user);
begin
  -- Named by the site only. Anybody may type the address of a member: who holds the address, a claim link or a
  -- moved purchase may have what was paid for, and not see or change what it was paid with.
  with named as (
    select customer.id
    from sesame.customers as customer
    where customer.user_ref = any (v_refs) and (customer.account, customer.livemode) = ('', of_livemode)
    union
    select session.customer_id
    from sesame.checkout_sessions as session
    where session.user_ref = any (v_refs) and (session.account, session.livemode) = ('', of_livemode)
    union
    select subscription.customer_id
    from sesame.subscriptions as subscription
    where subscription.user_ref = any (v_refs) and (subscription.account, subscription.livemode) = ('', of_livemode)
  ),
  judged as (
    select
      named.id, coalesce(held.is_deleted, false) as is_deleted,
      -- A customer that buys for several users is nobody's: each would see what the others pay.
      coalesce(held.user_ref = any (v_refs), not exists (
        select from sesame.checkout_sessions as other
        where other.customer_id = named.id and other.user_ref <> all (v_refs)
        union all
        select from sesame.subscriptions as other
        where other.customer_id = named.id and other.user_ref <> all (v_refs)
        union all
        select from sesame.subscriptions as other join sesame.claims as claim on claim.object_id = other.id
        where other.customer_id = named.id and claim.user_id <> all (v_accounts) and claim.way <> 'operator'
      )) as is_exclusive,
      exists (
        select from sesame.subscriptions as running
        where running.customer_id = named.id
          and running.status not in ('incomplete', 'incomplete_expired', 'canceled')
      ) as has_subscription
    from named
    left join sesame.customers as held on (held.id, held.account, held.livemode) = (named.id, '', of_livemode)
    where named.id is not null
  )
  select
    (array_agg(judged.id order by judged.has_subscription desc, judged.id)
      filter (where judged.is_exclusive and not judged.is_deleted))[1],
    count(distinct judged.id) filter (where judged.is_deleted)
  into customer_id, former_customers
  from judged;
end
$$;

comment on function sesame.customer_of is
  'The customer at Stripe that the site named as this user, and how many of them are deleted there; null: none, or '
  'only customers that buy for others, too.';

create function sesame.doubtful_objects(of_user uuid, module_ids bigint[], of_livemode boolean) returns text[]
language sql stable set search_path = '' as $$
  select array(
    select source_id
    from sesame.grants
    where user_id = of_user and module_id = any (module_ids) and (account, livemode) = ('', of_livemode)
      and not by_address and (
        source = 'checkout_session' and reason = 'pending_payment'
        or source = 'subscription' and reason not in ('canceled', 'denied')
          and not (reason < 'denied' and coalesce(expires_at > now(), true))
      )
    union
    -- At whatever price: of two sessions that open the same both could be paid.
    (select id
    from sesame.checkout_sessions
    where user_ref = any (sesame.refs_of(of_user)) and status = 'open' and (account, livemode) = ('', of_livemode)
      and price_ids && array(
        select offer.stripe_price_id from public.module_prices as offer where offer.module_id = any (module_ids))
    order by created_at desc nulls last
    limit 5)
  )
$$;

comment on function sesame.doubtful_objects is
  'What is to be read from Stripe before anything is sold once more: the event that pays it may be lost.';

create function sesame.mapped_prices(of_user uuid, price_ids text[], of_livemode boolean) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'price', mapped.id,
    'modules', (
      select jsonb_agg(jsonb_build_object(
        'module_id', sold.id, 'slug', sold.slug, 'title', sold.title,
        'access_level', offer.access_level, 'max_usage', offer.max_usage, 'access_duration', offer.access_duration
      ) order by sold.id)
      from public.module_prices as offer join public.modules as sold on sold.id = offer.module_id
      where offer.stripe_price_id = mapped.id
    ),
    'former_sessions', (
      select count(*) from sesame.checkout_sessions as session
      where session.user_ref = of_user::text and session.price_ids @> array[mapped.id]
        and session.status <> 'open' and (session.account, session.livemode) = ('', of_livemode)
    )
  ) order by mapped.id), '[]')
  from unnest(price_ids) as mapped (id)
$$;

comment on function sesame.mapped_prices is
  'Prices with what each opens, and how many sessions a user had for it that are over.';

create function public.sesame_checkout_offer(user_id uuid, module text, price text, livemode boolean)
returns table (
  reason text, modules jsonb, prices jsonb, doubts text[], customer_id text, former_customers integer
)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_named bigint := (select offer.id from public.modules as offer
    where offer.is_active and offer.id = (select sold.module_id from sesame.sold_modules(null, module) as sold));
  v_price_ids text[] := array(
    select distinct offer.stripe_price_id from public.module_prices as offer
    where case when price is null then offer.module_id = v_named else offer.stripe_price_id = price end);
  v_module_ids bigint[] := case when price is null then array_remove(array[v_named], null) else array(
    select offer.module_id from public.module_prices as offer
    join public.modules as sold on sold.id = offer.module_id and sold.is_active
    where offer.stripe_price_id = price) end;
  v_is_any_missing boolean;
  v_obstacle sesame.buying_obstacle;
begin
  select bool_or(found.obstacle is null), min(found.obstacle) into v_is_any_missing, v_obstacle
  from unnest(v_module_ids) as wanted (id)
  cross join lateral (select sesame.obstacle_to_buying(sesame_checkout_offer.user_id, wanted.id) as obstacle) as found;

  reason := case
    when module is not null and v_named is null then 'no_such_module'
    when v_module_ids = '{}' or v_named <> all (v_module_ids) then 'no_such_price'
    when v_obstacle = 'denied' then 'denied'
    when price is null and (select offer.is_free from public.modules as offer where offer.id = v_named) then 'free'
    -- One module of a bundle that he does not have yet is reason enough to buy it.
    when not v_is_any_missing then v_obstacle::text
    when v_price_ids = '{}' then 'not_for_sale'
  end;
  modules := sesame.modules_of(sesame_checkout_offer.user_id, v_module_ids);
  prices := sesame.mapped_prices(sesame_checkout_offer.user_id, v_price_ids, sesame_checkout_offer.livemode);
  doubts := sesame.doubtful_objects(sesame_checkout_offer.user_id, v_module_ids, sesame_checkout_offer.livemode);
  select his.customer_id, his.former_customers into customer_id, former_customers
  from sesame.customer_of(sesame_checkout_offer.user_id, sesame_checkout_offer.livemode) as his;
  return next;
end
$$;

select sesame.revoke_default_grants('public.sesame_checkout_offer');
grant execute on function public.sesame_checkout_offer(uuid, text, text, boolean) to service_role;

comment on function public.sesame_checkout_offer is
  'What a user who asks for a module (slug or id) or a price may buy, as one row. reason null: he may; else '
  'no_such_module, no_such_price, not_for_sale, free, denied, already_owned, payment_pending or '
  'subscription_stalled. doubts: objects to be read from Stripe first.';

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
  -- Whom it was given to counts more than whom it was sold to.
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
  'What became of a user''s Checkout Session, as one row: paid, processing, failed or expired, and its modules '
  'as he has them. status null: not seen yet, or not his, which are told alike.';

create function public.sesame_stripe_customer(user_id uuid, livemode boolean) returns table (customer_id text)
language sql stable security definer set search_path = '' as $$
  select his.customer_id from sesame.customer_of(sesame_stripe_customer.user_id, sesame_stripe_customer.livemode) as his
$$;

select sesame.revoke_default_grants('public.sesame_stripe_customer');
grant execute on function public.sesame_stripe_customer(uuid, boolean) to service_role;

comment on function public.sesame_stripe_customer is
  'The customer at Stripe that a user is, as one row; null: none.';

create function public.sesame_claim_free_module_for(user_id uuid, module text) returns boolean
language sql volatile security definer set search_path = '' as $$
  select sesame.claim_free(sesame_claim_free_module_for.user_id, sesame_claim_free_module_for.module)
$$;

select sesame.revoke_default_grants('public.sesame_claim_free_module_for');
grant execute on function public.sesame_claim_free_module_for(uuid, text) to service_role;

comment on function public.sesame_claim_free_module_for is
  'claim_free_module for a user whose session a function has checked; false: he has it already.';
