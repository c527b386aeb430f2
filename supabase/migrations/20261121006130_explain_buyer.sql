-- The middle links: the buyer is known, and the sources of this user open the module.

create function sesame.unowned_code(of_source text) returns sesame.code
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((select min(buyer.code) from sesame.buyers as buyer where buyer.source_id = of_source), 'buyer_unknown');
end
$$;

comment on function sesame.unowned_code is
  'user_unreadable if the site wrote a name that is neither a uuid nor an address; else buyer_unknown.';

-- Known: does a source of this module wait for its buyer, or belong to another user?
create function sesame.explain_buyer(of_user uuid, of_email text, of_module bigint, ids text[])
returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(
    (
      select sesame.broken('claim_missed', format('%s belongs to the deleted account %s', held.source_id, held.user_id))
      from sesame.sources as held
      where held.user_id = any (array(select sesame.accounts_behind(of_email))) and held.module_id = of_module
        and exists (select from sesame.settings where returning_account_inherits)
        and exists (select from sesame.verified_users where id = of_user)
      order by held.reason, held.source_id
      limit 1
    ),
    (
      select sesame.broken(
        case
          when not exists (select from sesame.confirmed_users where id = of_user) then 'email_unverified'::sesame.code
          when not exists (select from sesame.verified_users where id = of_user) then 'address_claims_off'
          else 'claim_missed'
        end,
        format('%s waits for the address it was bought with', held.source_id),
        held.source_id
      )
      from sesame.grants as held
      where held.user_id is null and held.module_id = of_module and held.waits_for = of_email
      order by held.reason, held.source_id
      limit 1
    ),
    (
      select sesame.broken(
        case
          when exists (select from sesame.confirmed_users where id = of_user)
            and not exists (select from sesame.verified_users where id = of_user) then 'address_claims_off'::sesame.code
          else 'token_waits'
        end,
        format('the token %s waits for the address of its owner', token.id),
        token.id::text
      )
      from public.access_tokens as token
      where token.created_by is null and token.module_id = of_module
        and sesame.tidy_email(token.user_ref) = of_email
      order by token.id
      limit 1
    ),
    (
      select case
        when held.user_id is not null then sesame.broken(
          'belongs_to_another', format('%s belongs to the user %s', held.source_id, held.user_id), held.source_id
        )
        when held.waits_for is not null then sesame.broken(
          'address_differs', format('%s waits for another address', held.source_id), held.source_id
        )
        else sesame.broken(
          sesame.unowned_code(held.source_id), format('%s names nobody', held.source_id), held.source_id
        )
      end
      from sesame.grants as held
      where held.source_id = any (ids) and held.module_id = of_module and held.user_id is distinct from of_user
        -- Another user's purchase with the same Stripe customer does not explain why this user's own purchase is
        -- closed.
        and (held.user_id is null or not exists (
          select from sesame.sources as own where own.user_id = of_user and own.module_id = of_module
        ))
      order by held.user_id is not null, held.reason, held.source_id
      limit 1
    )
  );
end
$$;

-- Open: what do the user's sources decide?
create function sesame.explain_decision(of_user uuid, of_module bigint, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_access sesame.decided_access;
  v_refusal text := sesame.refusal_now(of_user, of_module);
begin
  select * into v_access from sesame.decided_access where user_id = of_user and module_id = of_module;
  return case
    when v_refusal = 'no_access' then coalesce(
      -- These facts were not folded: a writer went past the triggers.
      (
        select sesame.broken('grants_stale', derived.source_id)
        from sesame.derive_grants(sesame.by_kind(ids)) as derived
        where derived.user_id = of_user and derived.module_id = of_module
          and not exists (
            select from sesame.grants as held
            where (held.source_id, held.module_id, held.user_id, held.reason)
              = (derived.source_id, derived.module_id, derived.user_id, derived.reason)
          )
        order by derived.reason, derived.source_id
        limit 1
      ),
      (
        select sesame.broken(sale.code, sesame.told_of(sale), sale.source_id)
        from sesame.sales as sale
        cross join lateral sesame.sold_modules(sale.price_ids, sale.module_ref) as wanted
        where sale.source_id = any (ids) and sale.code in ('not_bought', 'subscription_missing')
          and wanted.module_id = of_module
        order by sale.code desc, sale.source_id
        limit 1
      ),
      -- It was bought with this address. It is closed for a reason that does not depend on the owner of the address.
      (
        select sesame.broken(held.reason::text::sesame.code, format('%s %s', held.source, held.source_id))
        from sesame.grants as held
        where held.user_id = of_user and held.module_id = of_module and held.by_address and held.reason >= 'denied'
        order by held.reason, held.source_id
        limit 1
      ),
      -- The site's server deleted the row.
      (
        select sesame.broken('revoked', format('%s %s', held.source, held.source_id))
        from sesame.sources as held
        where held.user_id = of_user and held.module_id = of_module and held.is_removed
        order by held.source_id
        limit 1
      ),
      sesame.broken('nothing_bought', null)
    )
    when v_refusal is not null then sesame.broken(v_refusal::sesame.code, format(
      '%s %s%s', v_access.source, v_access.source_id,
      case when v_access.expires_at is not null then format(', until %s', v_access.expires_at) end
    ))
  end;
end
$$;
