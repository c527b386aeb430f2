-- The invoices that paid for the current period of an item, and whether they were refunded or disputed.

create view sesame.subscription_items as
select
  subscription.livemode, subscription.account, subscription.id as subscription_id,
  item.id, item.price_id, item.quantity,
  to_timestamp(item.current_period_start) as period_start, to_timestamp(item.current_period_end) as period_end,
  array(
    select one ->> 'id' from jsonb_array_elements(subscription.items) as one where one ->> 'id' is not null
  ) as present_ids
from sesame.subscriptions as subscription
cross join lateral jsonb_to_recordset(subscription.items)
  as item (id text, price_id text, quantity bigint, current_period_start bigint, current_period_end bigint);

comment on view sesame.subscription_items is 'One row for each item of each subscription, with its period. present_ids: the items that the subscription has now.';

create function sesame.period_payment(
  item sesame.subscription_items, of_module bigint,
  out block sesame.reason, out paid_until timestamptz, out is_paid boolean
)
language plpgsql stable set search_path = '' as $$
declare
  v_invoice record;
  v_blocks jsonb := '{}';
  v_block sesame.reason;
begin
  is_paid := false;
  -- The paid invoices with lines for the current period, the newest first.
  for v_invoice in
    with counted as (
      select
        line.invoice_id, line.created_at, line.cost, line.period_end,
        -- Lines at its present price; else its own lines at any price; else lines of items that it replaced.
        case
          when line.price_id = item.price_id
            and (line.subscription_item_id = item.id or line.is_of_no_item) then 1
          when line.subscription_item_id = item.id then 2
          when line.is_of_no_item and exists (
            select from public.module_prices as offer
            where (offer.stripe_price_id, offer.module_id) = (line.price_id, of_module)
          ) then 3
        end as nearness
      from (
        select *, coalesce(subscription_item_id <> all (item.present_ids), true) as is_of_no_item
        from sesame.billed_lines
        where subscription_id = item.subscription_id
          and billed_lines.period_end > item.period_start and billed_lines.period_start < item.period_end
        offset 0
      ) as line
      where line.status = 'paid' and not line.is_credit and not line.is_sale
        and (line.account, line.livemode) = (item.account, item.livemode)
    )
    select
      counted.invoice_id, bool_and(counted.cost = 0) as is_gift,
      max(counted.period_end) filter (where counted.cost > 0) as reaches_to,
      (select settings.refunded_period_closes from sesame.settings where settings.id) as can_go_back
    from counted
    where counted.nearness = (select min(nearest.nearness) from counted as nearest)
    group by counted.invoice_id, counted.created_at
    order by counted.created_at desc, counted.invoice_id desc
  loop
    if v_invoice.can_go_back then
      v_blocks := sesame.add_block(
        v_blocks, v_invoice.invoice_id, item.account, item.livemode, item.subscription_id);
      v_block := v_blocks ->> v_invoice.invoice_id;
    end if;
    -- An invoice without cost was a gift: a refund does not close it, a dispute does.
    if v_invoice.is_gift and v_block = 'refunded' then
      v_block := null;
    end if;

    if v_block is null and block is null then
      is_paid := true;
      return;  -- the newest invoice is not closed
    end if;
    block := coalesce(block, v_block);
    if v_block is null and not v_invoice.is_gift then
      is_paid := true;
      paid_until := greatest(paid_until, v_invoice.reaches_to);
    end if;
  end loop;
end
$$;

comment on function sesame.period_payment is
  'block: the reason why the newest paid invoice for the period of an item is closed (disputed, refunded). paid_until: '
  'the latest end of the other invoices for the period that are not closed. is_paid: a paid line that is not closed '
  'reaches into the period.';
