-- Derives the grants of single objects from the present facts.

-- Kind by kind, and only the kinds at hand: a literal kind prunes the view when it is planned, and one
-- plan of all of it would cost more to start than to run.
create function sesame.derive_grants(objects jsonb) returns setof sesame.derived_grants
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  -- The planner estimates ten values for an array. It would estimate many for a query, and read a whole index.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from jsonb_each(objects) as given (kind, ids)
  loop
    case v_kind
      when 'checkout_session' then
        return query select * from sesame.derived_grants where source = 'checkout_session' and source_id = any (v_ids);
      when 'payment_intent' then
        v_ids := array(
          select given.id
          from (select id, module_ref from sesame.payment_intents where id = any (v_ids) offset 0) as given
          where given.module_ref is not null);
        if v_ids <> '{}' then
          return query select * from sesame.derived_grants where source = 'payment_intent' and source_id = any (v_ids);
        end if;
      when 'charge' then
        v_ids := array(
          select given.id
          from (select id, module_ref, payment_intent_id from sesame.charges where id = any (v_ids) offset 0) as given
          where given.module_ref is not null and given.payment_intent_id is null);
        if v_ids <> '{}' then
          return query select * from sesame.derived_grants where source = 'charge' and source_id = any (v_ids);
        end if;
      when 'invoice' then
        -- Most invoices bill subscriptions, and sell nothing beside them.
        v_ids := array(
          select given.id
          from (select id, status, subscription_id from sesame.invoices where id = any (v_ids) offset 0) as given
          where given.status = 'paid'
            and (given.subscription_id is null or exists (
              select
              from (
                select stands_alone from sesame.invoice_lines where invoice_lines.invoice_id = given.id offset 0
              ) as line
              where line.stands_alone
              offset 0
            )));
        if v_ids <> '{}' then
          return query select * from sesame.derived_grants where source = 'invoice' and source_id = any (v_ids);
        end if;
      when 'subscription' then
        return query select * from sesame.derived_grants where source = 'subscription' and source_id = any (v_ids);
      when 'manual_grant' then
        return query select * from sesame.derived_grants where source = 'manual_grant' and source_id = any (v_ids);
      else
        null;  -- no grant has such a source
    end case;
  end loop;
end
$$;

comment on function sesame.derive_grants is
  'The rows of derived_grants whose sources are these objects {kind: [id, …]}.';
