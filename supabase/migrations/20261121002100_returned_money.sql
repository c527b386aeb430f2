-- Refunded or disputed money closes the purchase or the period that it paid for.

create function sesame.payment_returns(payment_ids text[], of_account text, of_livemode boolean)
returns table (payment_id text, received bigint, returned bigint, disputed bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      payment.id, coalesce(nullif(intent.amount_received, 0), nullif(charge.captured, 0)),
      -- Of the refunded amount on the charges only the part that no known refund explains: a failed refund is known, so
      -- an old amount on a charge does not count it again.
      refund.standing + greatest(0, charge.refunded - refund.known),
      dispute.amount
    from unnest(payment_ids) as payment (id)
    left join lateral (
      select amount_received from sesame.payment_intents
      where (id, account, livemode) = (payment.id, of_account, of_livemode)
      offset 0
    ) as intent on true
    -- By payment or by charge, as two look-ups: one with "or" would read a whole index.
    cross join lateral (
      select
        sum(amount_captured)::bigint as captured, coalesce(sum(amount_refunded), 0)::bigint as refunded,
        coalesce(array_agg(id), '{}') || payment.id as ids
      from (
        (select * from sesame.charges where payment_intent_id = payment.id offset 0)
        union
        (select * from sesame.charges where id = payment.id offset 0)
      ) as known
      where (known.account, known.livemode) = (of_account, of_livemode)
    ) as charge
    cross join lateral (
      select
        coalesce(sum(amount), 0)::bigint as known,
        coalesce(sum(amount) filter (where status < 'canceled'), 0)::bigint as standing
      from (
        (select * from sesame.refunds where payment_intent_id = payment.id offset 0)
        union
        (select * from sesame.refunds where charge_id = any (charge.ids) offset 0)
      ) as known
      where (known.account, known.livemode) = (of_account, of_livemode)
    ) as refund
    cross join lateral (
      select sum(known.amount)::bigint as amount
      from (
        (select * from sesame.disputes where payment_intent_id = payment.id offset 0)
        union
        (select * from sesame.disputes where charge_id = any (charge.ids) offset 0)
      ) as known
      join sesame.settings on settings.id
      where (known.account, known.livemode) = (of_account, of_livemode)
        and case
          when known.status = 'won' then false
          when known.status in ('warning_needs_response', 'warning_under_review') then settings.inquiry_closes
          when known.status = 'warning_closed' then false
          else settings.dispute_closes
        end
    ) as dispute;
end
$$;

comment on function sesame.payment_returns is
  'For each payment (pi_, or ch_ where it has none): the received amount, null if unknown; the refunded amount; and '
  'the sum of the disputes that close, null if there is none.';

create function sesame.block_of_money(received bigint, returned bigint, in_question bigint, is_disputed boolean)
returns sesame.reason
language plpgsql stable set search_path = '' as $$
declare
  v_settings sesame.settings;
begin
  -- Most payments have no refund and no dispute.
  if returned = 0 and not is_disputed then
    return null;
  end if;
  select * into v_settings from sesame.settings where settings.id;
  return case
    when is_disputed and v_settings.partial_dispute_closes then 'disputed'
    when v_settings.full_refund_closes
      and sesame.is_given_back(received, returned, v_settings.refund_closes_from_percent) then 'refunded'
    when is_disputed
      and sesame.is_given_back(received, in_question, v_settings.refund_closes_from_percent) then 'disputed'
  end;
end
$$;

comment on function sesame.block_of_money is
  'disputed, refunded, or null. received null: unknown, so any refund counts as a full refund. in_question: the '
  'refunded plus the disputed amount.';

create function sesame.is_given_back(received bigint, returned bigint, from_percent integer) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  -- As numeric: an unknown `received` may be the largest bigint, which would overflow.
  return returned > 0 and coalesce(received > 0 and returned::numeric * 100 >= received::numeric * from_percent, true);
end
$$;
