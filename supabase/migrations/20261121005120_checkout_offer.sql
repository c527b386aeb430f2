-- The function `checkout` asks here before it sells: what may this user buy? For service_role only: the user is an
-- argument.

create function sesame.doubtful_objects(of_user uuid, module_ids bigint[], of_livemode boolean) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select source_id
    from sesame.grants
    where user_id = of_user and module_id = any (module_ids) and (account, livemode) = ('', of_livemode)
      and not by_address and (
        source = 'checkout_session' and reason = 'pending_payment'
        or source = 'subscription' and reason not in ('canceled', 'denied')
          and not sesame.is_open(reason < 'denied', expires_at)
      )
    union
    -- The price does not matter: of two sessions that open the same module, both could be paid.
    (select id
    from sesame.checkout_sessions
    where user_ref = any (sesame.refs_of(of_user)) and status = 'open' and (account, livemode) = ('', of_livemode)
      and price_ids && array(
        select offer.stripe_price_id from public.module_prices as offer where offer.module_id = any (module_ids))
    order by created_at desc nulls last
    limit 5)
  );
end
$$;

comment on function sesame.doubtful_objects is
  'Objects to be read from Stripe before anything is sold once more: the event that pays them may be lost.';

create function sesame.had_subscription(of_user uuid, module_ids bigint[], of_livemode boolean) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from sesame.grants as held
    join sesame.subscriptions as known
      on (known.id, known.account, known.livemode) = (held.source_id, held.account, held.livemode)
    where held.user_id = of_user and held.source = 'subscription' and held.livemode = of_livemode
      -- Anybody can type any address, so an address must not use up its owner's trial.
      and not held.by_address
      -- The first payment never came: nothing was used.
      and known.status not in ('incomplete', 'incomplete_expired')
      and (held.module_id = any (module_ids) or exists (
        -- The subscription had another price before.
        select from sesame.invoice_lines as line
        join public.module_prices as offer on offer.stripe_price_id = line.price_id
        where (line.subscription_id, line.account, line.livemode) = (held.source_id, held.account, held.livemode)
          and offer.module_id = any (module_ids)))
  );
end
$$;

comment on function sesame.had_subscription is
  'Whether a user ever had a subscription, in a trial or paid, to one of these modules.';

create function sesame.trial_days_of(of_price text, of_user uuid, of_livemode boolean) returns integer
language plpgsql stable set search_path = '' as $$
begin
  return (
    select terms.trial_days
    from public.price_terms as terms
    join sesame.settings on settings.id
    where terms.stripe_price_id = of_price and terms.trial_days is not null
      and not (settings.trial_once_per_person and sesame.had_subscription(of_user, array(
        select offer.module_id from public.module_prices as offer where offer.stripe_price_id = of_price), of_livemode))
  );
end
$$;

comment on function sesame.trial_days_of is
  'The days of the trial with which this price begins for this user. Null: there is no trial, or the user had theirs.';

create function sesame.mapped_prices(of_user uuid, price_ids text[], of_livemode boolean) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
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
      ),
      'trial_days', sesame.trial_days_of(mapped.id, of_user, of_livemode),
      'max_quantity', coalesce(terms.max_quantity, 1)
    ) order by mapped.id), '[]')
    from unnest(price_ids) as mapped (id)
    left join public.price_terms as terms on terms.stripe_price_id = mapped.id
  );
end
$$;

comment on function sesame.mapped_prices is
  'Prices, the modules that each opens, how many finished sessions a user had for each, the trial that each gives '
  'this user, and how many may be bought at once.';

create function public.sesame_checkout_offer(user_id uuid, module text, price text, livemode boolean)
returns table (
  reason text, modules jsonb, prices jsonb, doubts text[], customer_id text, former_customers integer,
  promotion_codes boolean, automatic_tax boolean, tax_ids boolean
)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_named bigint := (select offer.id from public.modules as offer
    where offer.is_active and offer.id = (select sold.module_id from sesame.sold_modules(null, module) as sold));
  v_price_ids text[] := array(
    select distinct offer.stripe_price_id from public.module_prices as offer
    where case when price is null
      -- A price that is not listed is sold only by its name.
      then offer.module_id = v_named and not exists (
        select from public.price_terms as terms
        where terms.stripe_price_id = offer.stripe_price_id and not terms.is_listed)
      else offer.stripe_price_id = price end);
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
    -- A bundle may be bought if the user lacks at least one of its modules.
    when not v_is_any_missing then v_obstacle::text
    when v_price_ids = '{}' then 'not_for_sale'
  end;
  modules := sesame.modules_of(sesame_checkout_offer.user_id, v_module_ids);
  prices := sesame.mapped_prices(sesame_checkout_offer.user_id, v_price_ids, sesame_checkout_offer.livemode);
  doubts := sesame.doubtful_objects(sesame_checkout_offer.user_id, v_module_ids, sesame_checkout_offer.livemode);
  select theirs.customer_id, theirs.former_customers into customer_id, former_customers
  from sesame.customer_of(sesame_checkout_offer.user_id, sesame_checkout_offer.livemode) as theirs;
  select settings.checkout_promotion_codes, settings.checkout_automatic_tax, settings.checkout_tax_ids
  into promotion_codes, automatic_tax, tax_ids
  from sesame.settings;
  return next;
end
$$;

select sesame.revoke_default_grants('public.sesame_checkout_offer');
grant execute on function public.sesame_checkout_offer(uuid, text, text, boolean) to service_role;

comment on function public.sesame_checkout_offer is
  'What a user may buy when they ask for a module (slug or id) or a price, as one row. The reason is null if '
  'they may; else no_such_module, no_such_price, not_for_sale, free, denied, already_owned, payment_pending or '
  'subscription_stalled. The doubts are objects to be read from Stripe first. The last three columns are settings of '
  'the payment page.';
