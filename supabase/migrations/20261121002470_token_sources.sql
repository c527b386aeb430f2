-- What an access token opens: what it says itself, unless the money that paid for it went back.

create function sesame.payments_named(
  payment_id text, of_livemode boolean, out payment_intent_ids text[], out charge_ids text[], out amount bigint
)
language plpgsql stable set search_path = '' as $$
begin
  -- The id may be that of the payment or charge itself; ids of different kinds are never alike.
  with named as (
    (select payment_intent_id, invoice_id, amount_total as amount
     from sesame.checkout_sessions as session
     where session.id = payments_named.payment_id and (session.account, session.livemode) = ('', of_livemode)
     offset 0)
    union all
    (select payment_intent_id, null, amount_total
     from sesame.checkout_sessions as session
     where session.payment_intent_id = payments_named.payment_id
       and (session.account, session.livemode) = ('', of_livemode)
     offset 0)
    union all
    (select payment_intent_id, id, amount_paid
     from sesame.invoices as invoice
     where invoice.id = payments_named.payment_id and (invoice.account, invoice.livemode) = ('', of_livemode)
     offset 0)
    union all
    (select payment_intent_id, invoice_id, amount_captured
     from sesame.charges as charge
     where charge.id = payments_named.payment_id and (charge.account, charge.livemode) = ('', of_livemode)
     offset 0)
  ),
  paying as (
    select paid.*
    from named
    cross join lateral sesame.payments_of_invoice(named.invoice_id, '', of_livemode) as paid
    where named.invoice_id is not null
  )
  select
    payment_id || array(select payment_intent_id from named)
      || array(select id from paying cross join lateral unnest(paying.payment_intent_ids) as id),
    payment_id || array(select id from paying cross join lateral unnest(paying.charge_ids) as id),
    (select max(named.amount) from named)
  into payment_intent_ids, charge_ids, amount;
end
$$;

comment on function sesame.payments_named is
  'The payments and charges behind an id that a site took for the payment (pi_, ch_, py_, cs_ or in_).';

create function sesame.block_of_payment(payment_id text) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  -- An id says nothing of its mode, so it is looked for in both.
  return (
    select min(sesame.payment_block(
      named.payment_intent_ids, named.charge_ids, '', mode.livemode,
      coalesce(named.amount, 9223372036854775807)  -- how much it was is not known: no part of it is all
    ))
    from (values (true), (false)) as mode (livemode)
    cross join lateral sesame.payments_named(payment_id, mode.livemode) as named
  );
end
$$;

comment on function sesame.block_of_payment is
  'disputed, refunded, or null, of what paid for a token; null for an id that nobody knows.';

create view sesame.token_sources as
select
  true as livemode, '' as account, token.id::text as source_id, token.module_id,
  'access_token' as source,
  token.created_by as user_id, why_now.reason,
  case when why_now.reason < 'denied' then 'expired' else why_now.reason end as reason_after,
  case when why_now.reason < 'denied' then token.expires_at end as expires_at,
  null::text as price_id, token.access_level, token.max_usage, false as by_address
from public.access_tokens as token
cross join lateral (
  select case
    when token.is_active then coalesce(token.blocked_by, token.access_type)
    else 'revoked'
  end::sesame.reason as reason
) as why_now;

comment on view sesame.token_sources is
  'One row for each access token, open or closed, with the reason. A token is its own grant: there is nothing '
  'to derive it from but what it says itself and whether it is blocked.';
