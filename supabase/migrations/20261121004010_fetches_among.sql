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

create function sesame.fetches_among(objects jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
  v_found text[] := '{}';
begin
  -- Kind by kind, for the same reason as derive_grants().
  -- The planner estimates ten values for an array. For a query in its place it estimates many, and reads a whole
  -- index.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from sesame.portions_of(objects) as portion
    cross join lateral jsonb_each(portion) as given (kind, ids)
  loop
    case v_kind
      when 'subscription' then
        v_found := v_found || array(
          select sesame.fetch_reference(account, kind, object_id) from sesame.pending_fetches
          where kind in ('subscription', 'subscription_invoices') and object_id = any (v_ids));
      when 'checkout_session' then
        v_found := v_found || array(
          select sesame.fetch_reference(account, kind, object_id) from sesame.pending_fetches
          where kind = 'checkout_session' and object_id = any (v_ids));
      when 'invoice' then
        v_ids := v_ids || array(
          select line.price_id
          from (
            select price_id, stands_alone from sesame.invoice_lines where invoice_id = any (v_ids) offset 0
          ) as line
          where line.stands_alone);
        v_found := v_found || array(
          select sesame.fetch_reference(account, kind, object_id) from sesame.pending_fetches
          where kind in ('invoice', 'price') and object_id = any (v_ids));
      when 'charge' then
        v_found := v_found || array(
          select sesame.fetch_reference(account, kind, object_id) from sesame.pending_fetches
          where kind = 'charge' and object_id = any (v_ids));
      when 'dispute' then
        v_found := v_found || array(
          select sesame.fetch_reference(account, kind, object_id) from sesame.pending_fetches
          where kind = 'dispute' and object_id = any (v_ids));
      when 'customer' then
        v_found := v_found || array(
          select sesame.fetch_reference(account, kind, object_id) from sesame.pending_fetches
          where kind = 'customer' and object_id = any (v_ids));
      when 'payment_intent' then
        if objects ?| '{refund,dispute}' then
          v_found := v_found || array(
            select sesame.fetch_reference(account, kind, object_id) from sesame.pending_fetches
            where kind = 'payment_intent' and object_id = any (v_ids));
        end if;
      else
        null;  -- the other kinds never leave a question open
    end case;
  end loop;
  return nullif(v_found, '{}');
end
$$;

comment on function sesame.fetches_among is
  'Those of these objects {kind: [id, …]} that are to be read again, as sub_… or, for a connected account, as '
  'acct_…/sub_…. Null: none.';
