-- The fold: facts in, grants out, and from them access.

-- Kind by kind, and only the kinds at hand: a literal kind prunes the view when it is planned, and one
-- plan of all of it would cost more to start than to run.
create function sesame.derive_grants(objects jsonb) returns setof sesame.derived_grants
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  -- The planner takes an array for ten values; a query in its place it would take for many, and read a whole index.
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
        null;  -- the source of nothing
    end case;
  end loop;
end
$$;

comment on function sesame.derive_grants is
  'The rows of derived_grants that these objects {kind: [id, …]} are the sources of.';

create function sesame.fold_sources(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_ids text[] := array(select jsonb_array_elements_text(ids) from jsonb_each(objects) as objects_of (kind, ids));
  v_former_owners uuid[] := array(select user_id from sesame.grants where source_id = any (v_ids));
  v_owners uuid[];
  v_addresses text[];
begin
  with derived as materialized (
    select * from sesame.derive_grants(objects)
  ),
  -- Materialized, or each of its rows would carry the whole array that it came from.
  given as materialized (
    select kind, id
    from jsonb_each(objects) as objects_of (kind, ids)
    cross join lateral jsonb_array_elements_text(ids) as id
  ),
  withdrawn as (
    delete from sesame.grants as held
    where held.source_id = any (v_ids)
      -- Ids of two kinds may be alike.
      and (held.source, held.source_id) in (select kind, id from given)
      and (held.source, held.source_id, held.module_id, held.account, held.livemode) not in (
        select source, source_id, module_id, account, livemode from derived
      )
    returning held.user_id
  ),
  granted as (
    insert into sesame.grants as held
    select * from derived
    on conflict (source_id, module_id, source, account, livemode) do update set
      (user_id, reason, reason_after, expires_at, price_id, access_level, max_usage, waits_for, by_address,
       pass_from, pass_duration, payment_root)
      = (excluded.user_id, excluded.reason, excluded.reason_after,
         excluded.expires_at, excluded.price_id, excluded.access_level, excluded.max_usage,
         excluded.waits_for, excluded.by_address, excluded.pass_from, excluded.pass_duration,
         excluded.payment_root)
      where held is distinct from excluded
    returning held.user_id
  )
  select
    array_agg(user_id),
    (select array_agg(distinct waits_for) from derived where waits_for is not null)
  into v_owners, v_addresses
  from (table withdrawn union all table granted) as changed;

  if objects ? 'access_token' then
    v_owners := v_owners || sesame.block_tokens(sesame.ids_of(objects, 'access_token')::uuid[]);
  end if;
  if v_owners is not null then
    perform sesame.project_access(v_former_owners || v_owners);
  end if;
  if v_addresses is not null then
    perform sesame.claim_for_members(v_addresses);
  end if;
end
$$;

comment on function sesame.fold_sources is
  'Derives the grants of these objects {kind: [id, …]} again and projects what changed. Call under lock_fold().';

create function sesame.fold_everything() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.fold_sources(jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (select jsonb_agg(id) from sesame.checkout_sessions),
    'payment_intent', (select jsonb_agg(id) from sesame.payment_intents),
    'charge', (select jsonb_agg(id) from sesame.charges),
    'invoice', (select jsonb_agg(id) from sesame.invoices),
    'subscription', (select jsonb_agg(id) from sesame.subscriptions),
    'manual_grant', (select jsonb_agg(id) from sesame.manual_grants),
    'access_token', (select jsonb_agg(id) from public.access_tokens)
  )));
  perform sesame.claim_tokens_for_members(array(select id from public.access_tokens where created_by is null));
end
$$;

comment on function sesame.fold_everything is
  'Derives all grants and all access again, from the facts alone, and claims what waits for members who are '
  'there. Call under lock_fold().';
