-- The first day that is not paid for. The grace of a subscription that is past due counts from that day, once.

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
    from (
      select * from sesame.billed_lines where billed_lines.subscription_id = item.subscription_id offset 0
    ) as line
    cross join lateral (
      select
        line.subscription_item_id is not distinct from item.id as is_own,
        coalesce(line.subscription_item_id <> all (item.present_ids), true) as is_of_no_item
    ) as whose
    cross join lateral (
      select (whose.is_own or whose.is_of_no_item) and (line.price_id = item.price_id or exists (
        select from public.module_prices as offer
        where (offer.stripe_price_id, offer.module_id) = (line.price_id, of_module)
      )) as is_at_module
      offset 0
    ) as near
    where (line.account, line.livemode) = (item.account, item.livemode)
      and not line.is_credit and not line.is_sale
      and (near.is_at_module or line.subscription_item_id = item.id);
end
$$;

comment on function sesame.item_lines is
  'All lines ever billed for an item: those with its id, and those at prices of this module (is_at_module) that belong '
  'to no other item. of_module null: metadata named the module, and no other price opens it.';

create function sesame.credits_of(item sesame.subscription_items)
returns table (
  invoice_id text, created_at timestamptz, price_id text, subscription_item_id text,
  period_start timestamptz, period_end timestamptz, charged_item_ids text[]
)
language plpgsql stable set search_path = '' as $$
begin
  return query
    with credit as materialized (
      select distinct
        line.invoice_id, line.created_at, line.price_id, line.subscription_item_id, line.period_start, line.period_end
      from (
        select * from sesame.billed_lines
        where billed_lines.subscription_id = item.subscription_id and billed_lines.is_credit
        offset 0
      ) as line
      where line.status = 'paid' and (line.account, line.livemode) = (item.account, item.livemode)
    ),
    charged as materialized (
      select line.invoice_id, line.price_id, array_agg(distinct line.subscription_item_id) as item_ids
      from (select distinct credit.invoice_id as id from credit) as crediting
      cross join lateral (
        select * from sesame.billed_lines
        where (billed_lines.invoice_id, billed_lines.account, billed_lines.livemode)
          = (crediting.id, item.account, item.livemode)
        offset 0
      ) as line
      where not line.is_credit
      group by line.invoice_id, line.price_id
    )
    select credit.*, charged.item_ids
    from credit
    left join charged on (charged.invoice_id, charged.price_id) = (credit.invoice_id, credit.price_id);
end
$$;

comment on function sesame.credits_of is
  'The credits on the paid invoices of a subscription. charged_item_ids: the items to which the same invoice charges '
  'the same price; null: it does not charge that price.';

create function sesame.paid_until(
  item sesame.subscription_items, of_module bigint,
  out at_module timestamptz, out of_item timestamptz
)
language plpgsql stable set search_path = '' as $$
declare
  v_bill record;
  v_blocks jsonb := '{}';
  v_block sesame.reason;
begin
  for v_bill in
    with credit as materialized (
      select * from sesame.credits_of(item)
    ),
    line as materialized (
      select distinct
        one.invoice_id, one.created_at, one.price_id, one.subscription_item_id, one.period_start, one.period_end,
        one.is_at_module, one.cost = 0 as is_gift
      from sesame.item_lines(item, of_module) as one
      where one.status = 'paid' and one.period_end is not null
    )
    select
      line.invoice_id, line.is_at_module, line.is_gift, max(least(line.period_end, credited.since)) as until,
      (select settings.refunded_period_closes from sesame.settings where settings.id) as can_go_back
    from line
    -- Time that a later invoice credited, and did not charge again, counts only up to the start of the credit.
    cross join lateral (
      select min(credit.period_start) as since
      from credit
      where credit.price_id = line.price_id
        and coalesce(credit.subscription_item_id = line.subscription_item_id, true)
        and credit.period_start < line.period_end and credit.period_end > line.period_start
        and (credit.created_at, credit.invoice_id) > (line.created_at, line.invoice_id)
        -- A charge without an item may belong to any item.
        and coalesce(line.subscription_item_id <> all (credit.charged_item_ids), credit.charged_item_ids is null)
    ) as credited
    group by line.invoice_id, line.is_at_module, line.is_gift
    order by until desc
  loop
    continue when of_item is not null and not v_bill.is_at_module;
    if v_bill.can_go_back then
      v_blocks := sesame.add_block(v_blocks, v_bill.invoice_id, item.account, item.livemode, item.subscription_id);
      v_block := v_blocks ->> v_bill.invoice_id;
    end if;
    if v_block is null or v_block = 'refunded' and v_bill.is_gift then
      of_item := coalesce(of_item, v_bill.until);
      if v_bill.is_at_module then
        at_module := v_bill.until;
        return;
      end if;
    end if;
  end loop;
end
$$;

comment on function sesame.paid_until is
  'The latest end of the paid lines of an item that are not closed: at_module of lines at prices of the module, '
  'of_item of all its lines. Null: no such line is known.';

create function sesame.unpaid_since(item sesame.subscription_items, of_module bigint) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  -- Computed once over the lines at prices of the module, and once over all lines of the item. So neither an unpaid
  -- upgrade nor a change while past due gains time.
  return (
    select min(greatest(scope.paid_until, coalesce(owed.since, item.period_start)))
    from sesame.paid_until(item, of_module) as paid
    cross join lateral (values (true, paid.at_module), (false, paid.of_item)) as scope (at_module_only, paid_until)
    cross join lateral (
      select min(line.owed_from) as since
      from sesame.item_lines(item, of_module) as line
      where line.status in ('draft', 'open', 'uncollectible')
        and (line.is_at_module or not scope.at_module_only)
        and coalesce(line.period_end > scope.paid_until, scope.paid_until is null)
    ) as owed
  );
end
$$;

comment on function sesame.unpaid_since is
  'The first day of an item that is not paid for, as far as its invoices are known; else the start of its period.';
