-- The known facts about a problem, so that the printed command of its fix can be pasted as it is.

create function sesame.known_sale(code sesame.code, of_source text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_build_object('source_id', of_source) || coalesce((
    select case sale.code
      -- Metadata may hold any text. Only a text that could be a slug goes into a command.
      when 'module_unknown' then jsonb_build_object('module', substring(sale.module_ref from '^[a-z][a-z0-9-]*$'))
      else jsonb_build_object('user_id', sale.user_id, 'module', (
        select min(module.slug)
        from public.module_prices as offer
        join public.modules as module on module.id = offer.module_id
        where offer.stripe_price_id = any (sale.price_ids)
      ))
    end
    from sesame.sales as sale
    where sale.source_id = of_source and sale.code = known_sale.code
    limit 1
  ), '{}');
end
$$;

comment on function sesame.known_sale is
  'The known facts about a sale: its buyer, and the module that it names or should have opened.';

create function sesame.known_of(code sesame.code, about text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(jsonb_strip_nulls(case
    when about is null then null
    when code in ('foreign_account', 'wrong_mode', 'event_failed', 'event_waiting') then (
      select jsonb_build_object('event_id', event.id, 'account_id', nullif(event.account, 'unreadable'))
      from sesame.stripe_events as event where event.id = about
    )
    when code = 'grant_missing' then jsonb_build_object('right', about)
    when code in ('token_waits', 'exhausted') then jsonb_build_object('token_id', about)
    -- If the catalogue has only one module, it must be that one.
    when code = 'price_unmapped' then jsonb_build_object(
      'price_id', about, 'module', (select min(slug) from public.modules having count(*) = 1)
    )
    when code in ('module_unknown', 'price_recurs', 'paid_after_end') then sesame.known_sale(code, about)
    when sesame.kind_of(about) is not null then jsonb_build_object('source_id', about)
  end), '{}');
end
$$;

comment on function sesame.known_of is
  'The values that the command for this code needs, as far as they are known, by the names of its blanks: '
  'price_id, module, user_id, source_id, event_id, account_id, token_id, right.';
