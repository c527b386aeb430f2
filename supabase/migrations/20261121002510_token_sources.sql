-- The sources that access tokens are: each counts as it says, unless its payment was refunded.

create function sesame.block_of_payment(payment_id text) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  -- The id may be that of an invoice, of a session, or of the payment or charge itself; ids of different kinds are
  -- never alike. An id does not show its mode, so both modes are searched.
  return (
    select min(case
      when invoice.id is not null then sesame.block_of_invoice(invoice.id, '', mode.livemode)
      else sesame.block_of_payments(
        paying.ids, null, '', mode.livemode,
        coalesce(session.amount_total, 9223372036854775807)  -- unknown amount: no refund counts as a full refund
      )
    end)
    from (values (true), (false)) as mode (livemode)
    left join lateral (
      (select known.id, known.payment_intent_id, known.invoice_id, known.amount_total
       from sesame.checkout_sessions as known
       where (known.id, known.account, known.livemode) = (block_of_payment.payment_id, '', mode.livemode)
       offset 0)
      union all
      (select known.id, known.payment_intent_id, known.invoice_id, known.amount_total
       from sesame.checkout_sessions as known
       where (known.payment_intent_id, known.account, known.livemode) = (block_of_payment.payment_id, '', mode.livemode)
       offset 0)
      order by amount_total desc nulls last, id
      limit 1
    ) as session on true
    left join lateral (
      select payment_intent_id, invoice_id from sesame.charges
      where (id, account, livemode) = (block_of_payment.payment_id, '', mode.livemode)
      offset 0
    ) as charge on true
    left join lateral (
      select id from sesame.invoices
      where (id, account, livemode)
        = (coalesce(session.invoice_id, charge.invoice_id, block_of_payment.payment_id), '', mode.livemode)
      offset 0
    ) as invoice on true
    cross join lateral (
      select array[coalesce(session.payment_intent_id, charge.payment_intent_id, block_of_payment.payment_id)] as ids
    ) as paying
  );
end
$$;

comment on function sesame.block_of_payment is
  'disputed, refunded, or null: the state of the payment for a token (pi_, ch_, py_, cs_ or in_). Null for an unknown '
  'id.';

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
  'One row for each access token, open or closed, with the reason. A token is its own grant: only its own columns '
  'decide, and whether it is blocked.';
