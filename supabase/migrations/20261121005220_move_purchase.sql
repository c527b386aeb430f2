-- A purchase belongs to another user: an operator moves it and gives the reason.

create function public.move_purchase(source_id text, to_user uuid, actor text, why text) returns text
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_sale record;
begin
  perform sesame.lock_fold();
  perform sesame.set_cause(format('operator: %s: %s', actor, why));
  v_sale := sesame.find_purchase(source_id);

  insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
  values (
    v_sale.livemode, v_sale.account, v_sale.object_kind, v_sale.object_id, to_user, 'operator', actor, why
  );
  perform sesame.revoke_links(v_sale.object_id, v_sale.account, v_sale.livemode);
  -- Items that were sold together with a subscription belong to the same buyer.
  perform sesame.fold_sources(sesame.find_dependents(
    jsonb_build_object(v_sale.object_kind, jsonb_build_array(v_sale.object_id))
  ));
  return v_sale.object_id;
end
$$;

select sesame.revoke_default_grants('public.move_purchase');
grant execute on function public.move_purchase(text, uuid, text, text) to service_role;

comment on function public.move_purchase is
  'Moves a purchase to another user, with all that it opens. The purchase is named by session, payment, invoice '
  'or subscription. The move overrides every other statement about the buyer, earlier or later. It ends the '
  'claim links of the purchase. Answers the id of the moved object. SE021: no such purchase; 23502: no user; '
  '23514: actor or why is empty.';
