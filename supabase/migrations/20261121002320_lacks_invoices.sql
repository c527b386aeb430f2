-- Whether all invoices of a subscription are known. Missing ones are read from Stripe.

create function sesame.lacks_invoices(of_subscription text, of_account text, of_livemode boolean) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select
    from (
      select one as item, one.period_start
      from sesame.subscription_items as one
      where (one.subscription_id, one.account, one.livemode) = (of_subscription, of_account, of_livemode)
        -- They were read since then, so there are no others.
        and not exists (
          select from sesame.stripe_events as read
          where read.object_id = of_subscription || '/invoices' and read.type like '%.fetched'
            and read.created >= coalesce(one.period_start, '-infinity')
          offset 0
        )
        -- Nearly always the last paid line reaches the present period. This one look-up comes before all lines are
        -- read.
        and not exists (
          select
          from (
            select * from sesame.billed_lines
            where billed_lines.subscription_id = one.subscription_id and billed_lines.period_end >= one.period_start
            offset 0
          ) as line
          where (line.account, line.livemode) = (one.account, one.livemode)
            and line.status = 'paid' and not line.is_credit and line.price_id = one.price_id
          offset 0
        )
      offset 0
    ) as unread
    cross join lateral (select found.of_item as until from sesame.paid_until(unread.item, null) as found offset 0) as paid
    where coalesce(paid.until < unread.period_start, true)
      and not exists (
        select from sesame.item_lines(unread.item, null) as line
        where line.status in ('draft', 'open', 'uncollectible')
          and line.period_start <= paid.until and line.period_end > paid.until
      )
  );
end
$$;

comment on function sesame.lacks_invoices is
  'Whether the invoices between the paid time and the present period are missing.';
