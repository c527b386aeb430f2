-- One arrow from objects of one kind.

-- A literal kind prunes the view to its few branches when it is planned. One plan of all of them would cost more to
-- start than to run. Without `offset 0`, an index in the order of the ids would be read to its end.
create function sesame.dependents_of(kind text, ids text[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'checkout_session' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'checkout_session' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'payment_intent' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'payment_intent' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'charge' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'charge' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'refund' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'refund' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'dispute' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'dispute' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'invoice' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'invoice' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'invoice_payment' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'invoice_payment' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'subscription' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'subscription' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'customer' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'customer' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'known_customer' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'known_customer' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'price' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'price' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    else
      return null;  -- no other object is derived from this kind
  end case;
end
$$;

comment on function sesame.dependents_of is
  'The objects one arrow away from objects of one kind: {kind: [id, …]}, or null.';
