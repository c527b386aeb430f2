-- The catalogue may change after the sale: a new mapping reaches earlier buyers, too.
--
-- There may be thousands of buyers. One plan for all of them takes an eighth of the time of one plan for each. Very many
-- are folded part by part, see the chapter unfolded_objects.

create function sesame.sales_at_prices(price_ids text[]) returns jsonb
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (
      select jsonb_agg(id) from sesame.checkout_sessions as session
      where session.price_ids && sales_at_prices.price_ids
    ),
    'invoice', (
      select jsonb_agg(distinct invoice_id) from sesame.invoice_lines as line
      where line.price_id = any (sales_at_prices.price_ids)
    ),
    'subscription', (
      select jsonb_agg(id) from sesame.subscriptions as subscription
      where subscription.price_ids && sales_at_prices.price_ids
    )
  ));
end
$$;

comment on function sesame.sales_at_prices is 'The objects {kind: [id, …]} that name one of these prices.';

create function sesame.fold_prices(price_ids text[]) returns void
language plpgsql volatile set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform sesame.fold_or_defer(sesame.sales_at_prices(price_ids));
end
$$;

comment on function sesame.fold_prices is
  'Derives again all that was sold at these prices, part by part if it is much. Call it under lock_fold().';

-- remap_price changes several rows and folds once, after the last change.
create function sesame.is_remapping() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(current_setting('sesame.remapping', true), '') = 'yes';
end
$$;

comment on function sesame.is_remapping is
  'Whether remap_price is changing mappings at this moment. Only the owner can change a sold mapping at all.';

-- The lock comes before the rows: remap_price holds it and may need the same rows.
create trigger module_prices_lock
  before insert or update or delete on public.module_prices
  for each statement
  execute function sesame.tg_lock_fold();

create trigger extra_prices_lock
  before insert or delete on sesame.extra_prices
  for each statement
  execute function sesame.tg_lock_fold();

create function sesame.tg_fold_prices() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if sesame.is_remapping() then
    return null;
  end if;
  perform sesame.lock_fold();
  perform sesame.set_cause('catalogue');
  perform sesame.fold_prices(array(select distinct stripe_price_id from changed));
  return null;
end
$$;

create trigger module_prices_fold_inserted
  after insert on public.module_prices
  referencing new table as changed
  for each statement
  execute function sesame.tg_fold_prices();

create trigger module_prices_fold_updated
  after update on public.module_prices
  referencing new table as changed
  for each statement
  execute function sesame.tg_fold_prices();

create trigger module_prices_fold_deleted
  after delete on public.module_prices
  referencing old table as changed
  for each statement
  execute function sesame.tg_fold_prices();

-- At a price that opens nothing on purpose, the module in metadata is not sold.
create trigger extra_prices_fold_inserted
  after insert on sesame.extra_prices
  referencing new table as changed
  for each statement
  execute function sesame.tg_fold_prices();

create trigger extra_prices_fold_deleted
  after delete on sesame.extra_prices
  referencing old table as changed
  for each statement
  execute function sesame.tg_fold_prices();

create function sesame.tg_fold_new_modules() returns trigger
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  v_refs text[];
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('catalogue');
  v_refs := array(select slug from added union all select id::text from added);
  -- All objects that name the module.
  perform sesame.fold_or_defer(jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (
      select jsonb_agg(id) from sesame.checkout_sessions where module_ref = any (v_refs)
    ),
    'payment_intent', (
      select jsonb_agg(id) from sesame.payment_intents where module_ref = any (v_refs)
    ),
    'charge', (
      select jsonb_agg(id) from sesame.charges where module_ref = any (v_refs) and payment_intent_id is null
    ),
    'invoice', (
      select jsonb_agg(id) from sesame.invoices where module_ref = any (v_refs)
    ),
    'subscription', (
      select jsonb_agg(id) from sesame.subscriptions where module_ref = any (v_refs)
    )
  )));
  return null;
end
$$;

create trigger modules_fold_new_modules
  after insert on public.modules
  referencing new table as added
  for each statement
  execute function sesame.tg_fold_new_modules();

-- A sale keeps its terms, until an operator corrects the mapping with remap_price.
create function sesame.tg_protect_sold_prices() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform sesame.lock_fold();  -- another transaction may be adding a sale
  if not sesame.is_remapping() and exists (
    select from sesame.grants
    where grants.price_id = old.stripe_price_id and grants.module_id = old.module_id
  ) then
    raise sqlstate 'SE004' using
      message = 'this price was sold on these terms',
      detail = format('price %s opens module %s', old.stripe_price_id, old.module_id),
      hint = 'New terms for new customers need a new price in Stripe. remap_price corrects the mapping, also for '
        'earlier buyers.';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;

create trigger module_prices_protect_sold_prices
  before update or delete on public.module_prices
  for each row
  execute function sesame.tg_protect_sold_prices();
