-- Tokens whose payment was refunded or is in dispute are blocked until the money is back.

create function sesame.block_tokens(token_ids uuid[]) returns uuid[]
language plpgsql volatile set search_path = '' as $$
declare
  v_owners uuid[];
begin
  with paid as materialized (
    select token.id, token.payment_id, token.blocked_by
    from public.access_tokens as token
    where token.id = any (token_ids)
      and (
        token.blocked_by is not null
        -- Of most payments nothing is known that could block: a look at the places where it would stand.
        -- py_ is a charge, too: one that no card paid.
        or case replace(left(token.payment_id, 3), 'py_', 'ch_')
          when 'cs_' then exists (select from sesame.checkout_sessions where id = token.payment_id offset 0)
          when 'in_' then exists (select from sesame.invoices where id = token.payment_id offset 0)
          when 'ch_' then exists (select from sesame.charges where id = token.payment_id offset 0)
            or exists (select from sesame.refunds where charge_id = token.payment_id offset 0)
            or exists (select from sesame.disputes where charge_id = token.payment_id offset 0)
          when 'pi_' then exists (select from sesame.refunds where payment_intent_id = token.payment_id offset 0)
            or exists (select from sesame.disputes where payment_intent_id = token.payment_id offset 0)
            or exists (
              select from sesame.charges as charge
              where payment_intent_id = token.payment_id
                and (
                  amount_refunded > 0
                  -- Both may name the charge alone.
                  or exists (select from sesame.refunds where charge_id = charge.id offset 0)
                  or exists (select from sesame.disputes where charge_id = charge.id offset 0)
                )
              offset 0
            )
        end
      )
  ),
  blocked as (
    update public.access_tokens as token
    set blocked_by = known.reason
    from (
      select paid.id, sesame.block_of_payment(paid.payment_id)::text as reason from paid offset 0
    ) as known
    where token.id = known.id and token.blocked_by is distinct from known.reason
    returning token.created_by
  )
  select array_agg(created_by) into v_owners from blocked;
  return v_owners;
end
$$;

comment on function sesame.block_tokens is
  'Blocks or frees these tokens as their payments say; answers the owners of those that changed. Call under '
  'lock_fold().';
