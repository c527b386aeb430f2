-- Why a user has or lacks a module. There is a chain of links from a payment to a page, and each link is a query of
-- stored data. The first links: Stripe's events were understood, were delivered, and are mapped to a module.

create type sesame.explained as (code sesame.code, detail text, about text);

comment on type sesame.explained is
  'The answer of one link of the chain. code null: the link holds. detail: ids and times, for the operator. '
  'about: the one id that the fix needs.';

create function sesame.broken(code sesame.code, detail text, about text default null) returns sesame.explained
language plpgsql immutable set search_path = '' as $$
begin
  return (code, detail, about);
end
$$;

-- The quoted texts of a body, in lower case. The body is split, not searched: so the time does not grow with the
-- user's number of purchases. Only whole quoted texts count, so that a longer address with the same end is not found.
create function sesame.quoted_in(body text) returns setof text
language plpgsql immutable rows 100 set search_path = '' as $$
begin
  return query
    select lower(coalesce(
      case when position('\' in quoted) > 0 then sesame.as_json(format('"%s"', quoted)) #>> '{}' end,
      quoted
    ) collate "C")
    from string_to_table(body, '"') as quoted;
end
$$;

-- Understood: was an event about one of these kept but not applied, or not yet? Is one of them still being derived? Only the bodies of the latest events are
-- searched: an endpoint of the wrong mode may have sent any number.
create function sesame.explain_understanding(ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_words text[] := array(select distinct lower(id collate "C") from unnest(ids) as id where id <> '');
begin
  return coalesce((
    select sesame.broken(
      case event.outcome
        when 'failed' then 'event_failed'
        when 'received' then 'event_waiting'
        else event.detail::sesame.code
      end,
      format('%s %s: %s, received %s', event.id, event.type, coalesce(event.detail, 'waits'), event.received_at),
      event.id
    )
    from sesame.stripe_events as event
    where event.outcome in ('received', 'failed', 'quarantined')
      and (event.id = any (ids) or event.object_id = any (ids) or event.id in (
        select latest.id
        from (
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'failed' order by stored.received_at desc limit 1000
          )
          union all
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'received' order by stored.received_at desc limit 1000
          )
          union all
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'quarantined' order by stored.received_at desc limit 1000
          )
        ) as latest
        cross join lateral sesame.quoted_in(latest.payload) as quoted (word)
        join unnest(v_words) as sought (word) on sought.word = quoted.word
      ))
    order by event.outcome = 'quarantined', event.outcome = 'received', event.created desc
    limit 1
  ), (
    select sesame.broken(unfolded.code, unfolded.detail, unfolded.id) from sesame.unfolded_among(ids) as unfolded
  ));
end
$$;

-- Delivered: do Stripe's events reach us at all, and was one of them about this user?
create function sesame.explain_delivery(of_user uuid, of_email text, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_last timestamptz := (select max(received_at) from sesame.stripe_events);
begin
  return case
    when exists (
      select from sesame.sales where source_id = any (ids) and code is distinct from 'subscription_missing'
    ) or exists (
        select from sesame.sources where user_id = any (of_user || array(select sesame.accounts_behind(of_email)))
      )
      or exists (
        select from public.access_tokens
        where created_by is null and sesame.tidy_email(user_ref) = of_email
      ) then null
    when v_last is null then sesame.broken('nothing_delivered', null)
    else coalesce(
      (
        select sesame.broken(sale.code, sesame.told_of(sale), sale.source_id)
        from sesame.sales as sale
        where sale.source_id = any (ids)
        order by sale.source_id
        limit 1
      ),
      sesame.broken('no_purchase_known', format('the last event came at %s', v_last))
    )
  end;
end
$$;

-- Mapped: do the user's purchases open a module?
create function sesame.explain_mapping(of_user uuid, of_module bigint, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return (
    select sesame.broken(
      sale.code, sesame.told_of(sale),
      case when sale.code = 'price_unmapped' then sale.price_id else sale.source_id end
    )
    from sesame.sales as sale
    where sale.source_id = any (ids) and coalesce(sale.user_id, of_user) = of_user
      and (
        sale.code in ('price_unmapped', 'module_unknown', 'line_items_unknown')
        -- For these it is known which module was paid for.
        or sale.code in ('price_recurs', 'paid_after_end') and exists (
          select from public.module_prices as offer
          where offer.stripe_price_id = any (sale.price_ids) and offer.module_id = of_module
        )
      )
    order by sale.source_id, sale.price_id
    limit 1
  );
end
$$;
