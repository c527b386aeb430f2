-- The first day that is not paid for: from there on the grace of a subscription that is past due counts, once.

create function sesame.item_lines(item sesame.subscription_items, of_module bigint)
returns table (
  invoice_id text, created_at timestamptz, status sesame.invoice_status, price_id text, subscription_item_id text,
  period_start timestamptz, period_end timestamptz, cost bigint, owed_from timestamptz, is_at_module boolean
)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      line.invoice_id, line.created_at, line.status, line.price_id, line.subscription_item_id,
      line.period_start, line.period_end, line.cost, line.owed_from, near.is_at_module
    from sesame.billed_lines as line
    cross join lateral (
      select
        line.subscription_item_id is not distinct from item.id as is_own,
        coalesce(line.subscription_item_id <> all (array_remove(item.present_ids, null)), true) as is_of_no_item
    ) as whose
    cross join lateral (
      select (whose.is_own or whose.is_of_no_item) and (line.price_id = item.price_id or exists (
        select from public.module_prices as offer
        where (offer.stripe_price_id, offer.module_id) = (line.price_id, of_module)
      )) as is_at_module
      offset 0
    ) as near
    where line.subscription_id = item.subscription_id and (line.account, line.livemode) = (item.account, item.livemode)
      and not line.is_credit and not line.is_sale
      and (near.is_at_module or line.subscription_item_id = item.id);
end
$$;

comment on function sesame.item_lines is
  'What was ever billed for an item: all lines of its id, and those at prices of this module (is_at_module) that are '
  'of no other item. of_module null: metadata named it, and no other price opens it.';

create function sesame.paid_until(item sesame.subscription_items, of_module bigint, at_module_only boolean)
returns timestamptz
language plpgsql stable set search_path = '' as $$
declare
  v_refunds_count boolean := (select settings.refunded_period_closes from sesame.settings where settings.id);
  v_line record;
  v_block sesame.reason;
begin
  for v_line in
    select line.invoice_id, line.cost, least(line.period_end, credited.since) as until
    from sesame.item_lines(item, of_module) as line
    -- What a later invoice took back, and did not charge again, counts only to where it was taken back.
    cross join lateral (
      select min(credit.period_start) as since
      from sesame.billed_lines as credit
      where credit.subscription_id = item.subscription_id and credit.is_credit and credit.status = 'paid'
        and (credit.account, credit.livemode) = (item.account, item.livemode)
        and credit.price_id = line.price_id
        and coalesce(credit.subscription_item_id = line.subscription_item_id, true)
        and credit.period_start < line.period_end and credit.period_end > line.period_start
        and (credit.created_at, credit.invoice_id) > (line.created_at, line.invoice_id)
        and not exists (
          select from sesame.billed_lines as again
          where again.invoice_id = credit.invoice_id and not again.is_credit and again.price_id = line.price_id
            and (again.account, again.livemode) = (item.account, item.livemode)
            and coalesce(again.subscription_item_id = line.subscription_item_id, true)
        )
    ) as credited
    where line.status = 'paid' and (line.is_at_module or not at_module_only)
    order by until desc
  loop
    v_block := case when v_refunds_count
      then sesame.block_of_invoice(v_line.invoice_id, item.account, item.livemode, item.subscription_id)
    end;
    if v_block is null or v_block = 'refunded' and v_line.cost = 0 then
      return v_line.until;
    end if;
  end loop;
  return null;
end
$$;

comment on function sesame.paid_until is
  'The latest end of what was paid for an item and not given back; null: nothing is known to be.';

create function sesame.unpaid_since(item sesame.subscription_items, of_module bigint) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  -- Once over the lines at prices of the module, once over all of the item: so neither an unpaid upgrade nor a
  -- change while past due gains time.
  return (
    select min(greatest(paid.until, coalesce(owed.since, item.period_start)))
    from (values (true), (false)) as scope (at_module_only)
    cross join lateral (
      select sesame.paid_until(item, of_module, scope.at_module_only) as until
      offset 0
    ) as paid
    cross join lateral (
      select min(line.owed_from) as since
      from sesame.item_lines(item, of_module) as line
      where line.status in ('draft', 'open', 'uncollectible')
        and (line.is_at_module or not scope.at_module_only)
        and line.period_end > coalesce(paid.until, '-infinity')
    ) as owed
  );
end
$$;

comment on function sesame.unpaid_since is
  'The first day of an item that is not paid for, as far as its invoices are known; else the start of its period.';

create function sesame.lacks_invoices(of_subscription text, of_account text, of_livemode boolean) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select
    from sesame.subscription_items as item
    cross join lateral (select sesame.paid_until(item, null, false) as until offset 0) as paid
    where (item.subscription_id, item.account, item.livemode) = (of_subscription, of_account, of_livemode)
      -- Nearly always what was paid last reaches to the present period: one look, before all lines are.
      and not exists (
        select from sesame.billed_lines as line
        where line.subscription_id = item.subscription_id and line.period_end >= item.period_start
          and (line.account, line.livemode) = (item.account, item.livemode)
          and line.status = 'paid' and not line.is_credit and line.price_id = item.price_id
        offset 0
      )
      and coalesce(paid.until < item.period_start, true)
      and not exists (
        select from sesame.item_lines(item, null) as line
        where line.status in ('draft', 'open', 'uncollectible')
          and line.period_start <= paid.until and line.period_end > paid.until
      )
      -- Read since then, there are no others.
      and not exists (
        select from sesame.stripe_events as read
        where read.object_id = of_subscription || '/invoices' and read.created >= item.period_start
        offset 0
      )
  );
end
$$;

comment on function sesame.lacks_invoices is
  'Whether nothing says what became of the time between what is paid and the present period.';
