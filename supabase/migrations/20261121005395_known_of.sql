-- What is known of a problem, so that the command that fixes it can be pasted as it is printed.

create function sesame.known_sale(of_source text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_build_object(
      'source_id', of_source,
      'price_id', (
        select price_id from unnest(sale.price_ids) as price_id
        where not exists (select from public.module_prices where stripe_price_id = price_id)
          and not exists (select from sesame.extra_prices where stripe_price_id = price_id)
        order by price_id
        limit 1
      ),
      -- Metadata holds anything; only what could be a slug is put into a command.
      'module', substring(sale.module_ref from '^[a-z][a-z0-9-]*$')
    )
    from (values (true)) as one
    left join sesame.sales as sale on sale.source_id = of_source
    order by sale.code is null
    limit 1
  );
end
$$;

comment on function sesame.known_sale is
  'The first of its prices that is neither mapped nor marked as opening nothing, and the module that its metadata names.';

create function sesame.known_of(code text, about text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(jsonb_strip_nulls(case
    when about is null then null
    when code in ('foreign_account', 'wrong_mode', 'event_failed') then (
      select jsonb_build_object('event_id', event.id, 'account_id', nullif(event.account, 'unreadable'))
      from sesame.stripe_events as event where event.id = about
    )
    when code = 'grant_missing' then jsonb_build_object('right', about)
    when code in ('token_waits', 'exhausted') then jsonb_build_object('token_id', about)
    when sesame.kind_of(about) is not null then sesame.known_sale(about)
    -- With one module in the catalogue there is no choice.
    when code like 'price\_%' then jsonb_build_object(
      'price_id', about, 'module', (select min(slug) from public.modules having count(*) = 1)
    )
  end), '{}');
end
$$;

comment on function sesame.known_of is
  'What the command for this code needs, by the names of its blanks, as far as it is known: price_id, module, '
  'source_id, event_id, account_id, token_id, right.';
