-- The given objects that are to be read again. The webhook answers with them.

create function sesame.fetch_reference(account text, kind text, object_id text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case account when '' then '' else account || '/' end || object_id
    || case kind when 'subscription_invoices' then '/invoices' else '' end;
end
$$;

comment on function sesame.fetch_reference is
  'The reference of an object to read: sub_…; for a connected account acct_…/sub_…; for the invoices of a '
  'subscription sub_…/invoices.';

-- Nearly always nothing is to be read. One look-up shows that. It costs less than the start of a plan of the view. Each
-- condition repeats the columns that the branches of pending_fetches for that kind read.
create function sesame.doubtful_ids(kind text, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'subscription' then
      -- No row: it was paid for, and may never have come.
      return array(
        select given.id
        from unnest(ids) as given (id)
        left join lateral (
          select is_settled and items_complete and status not in ('unknown', 'past_due') as is_clear
          from sesame.subscriptions where subscriptions.id = given.id
          offset 0
        ) as known on true
        where known.is_clear is not true);
    when 'checkout_session' then
      return array(
        select known.id
        from (
          select id, price_ids_are_final from sesame.checkout_sessions where id = any (ids) offset 0
        ) as known
        where known.price_ids_are_final is not true);
    when 'invoice' then
      return array(
        select known.id
        from (select id, lines_complete from sesame.invoices where id = any (ids) offset 0) as known
        where not known.lines_complete
        union all
        -- A line that stands alone asks whether its price recurs.
        select line.price_id
        from (
          select price_id, stands_alone from sesame.invoice_lines where invoice_id = any (ids) offset 0
        ) as line
        where line.stands_alone and line.price_id is not null);
    when 'charge' then
      return array(
        select known.id
        from (select id, amount_refunded from sesame.charges where id = any (ids) offset 0) as known
        where known.amount_refunded > 0);
    when 'customer' then
      return array(
        select known.id
        from (select id, is_settled from sesame.customers where id = any (ids) offset 0) as known
        where not known.is_settled);
    else
      return ids;
  end case;
end
$$;

comment on function sesame.doubtful_ids is
  'Those of these objects of one kind that pending_fetches may name; for invoices, also the prices of their lines.';

-- Kind by kind, for the same reason as derive_grants().
create function sesame.fetches_of(kind text, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'subscription' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind in ('subscription', 'subscription_invoices') and object_id = any (ids));
    when 'checkout_session' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'checkout_session' and object_id = any (ids));
    when 'invoice' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind in ('invoice', 'price') and object_id = any (ids));
    when 'charge' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'charge' and object_id = any (ids));
    when 'dispute' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'dispute' and object_id = any (ids));
    when 'customer' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'customer' and object_id = any (ids));
    when 'price_listing' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'price_listing' and object_id = any (ids)
        union
        select unread.id from sesame.unread_prices as unread where unread.id = any (ids));
    when 'product' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'product' and object_id = any (ids));
    when 'payment_intent' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'payment_intent' and object_id = any (ids));
    else
      return '{}';  -- the other kinds never leave a question open
  end case;
end
$$;

comment on function sesame.fetches_of is 'Those of these objects of one kind that pending_fetches names, as for fetches_among.';

create function sesame.fetches_among(objects jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
  v_found text[] := '{}';
begin
  -- The planner estimates ten values for an array. For a query in its place it estimates many, and reads a whole
  -- index.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from sesame.portions_of(objects) as portion
    cross join lateral jsonb_each(portion) as given (kind, ids)
    -- A payment is asked about only where money went back.
    where given.kind <> 'payment_intent' or objects ?| '{refund,dispute}'
  loop
    v_ids := sesame.doubtful_ids(v_kind, v_ids);
    if v_ids <> '{}' then
      v_found := v_found || sesame.fetches_of(v_kind, v_ids);
    end if;
  end loop;
  return nullif(v_found, '{}');
end
$$;

comment on function sesame.fetches_among is
  'Those of these objects {kind: [id, …]} that are to be read again, as sub_… or, for a connected account, as '
  'acct_…/sub_…. Null: none.';
