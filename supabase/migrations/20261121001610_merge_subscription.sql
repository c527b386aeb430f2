-- The merge of one fact. Many events are about one subscription and alone in their call, and a set of one costs more. It
-- decides as merge_subscriptions() does: the proofs deliver the same events singly and together.

create function sesame.merge_subscription(
  fact jsonb, out former sesame.subscriptions, out present sesame.subscriptions
)
language plpgsql volatile set search_path = '' as $$
declare
  v_at timestamptz := to_timestamp((fact ->> 'stamp')::bigint);
  v_snapshots jsonb := jsonb_build_array(
    fact || jsonb_build_object('is_final', fact ->> 'status' in ('canceled', 'incomplete_expired')));
  v_chosen jsonb;
begin
  select held.* into former from sesame.subscriptions as held
  where (held.id, held.account, held.livemode)
    = (fact ->> 'id', fact ->> 'account', (fact ->> 'livemode')::boolean);

  present := former;
  present.livemode := (fact ->> 'livemode')::boolean;
  present.account := fact ->> 'account';
  present.id := fact ->> 'id';
  present.snapshots := sesame.newest_of(coalesce(former.snapshots, '[]') || v_snapshots);
  v_chosen := sesame.decide_tie(present.snapshots, enum_range(null::sesame.subscription_status)::text[]);
  present.is_settled := v_chosen -> 'is_settled';
  present.status := v_chosen ->> 'status';
  present.is_paused := v_chosen -> 'is_paused';
  present.cancel_at := to_timestamp((v_chosen ->> 'cancel_at')::bigint);
  present.cancel_at_period_end := v_chosen -> 'cancel_at_period_end';
  present.ended_at := to_timestamp((v_chosen ->> 'ended_at')::bigint);
  present.trial_end := to_timestamp((v_chosen ->> 'trial_end')::bigint);
  present.latest_invoice_id := v_chosen ->> 'latest_invoice_id';
  present.collection_method := coalesce(v_chosen ->> 'collection_method', 'charge_automatically');
  present.items := v_chosen -> 'items';
  present.items_complete := v_chosen -> 'items_complete';
  present.price_ids := array(
    select distinct item ->> 'price_id' from jsonb_array_elements(present.items) as item order by 1
  );
  if fact ->> 'user_ref' is null then
    present.unnamed_at := least(former.unnamed_at, v_at);
  elsif coalesce((v_at, fact ->> 'user_ref') < (former.user_ref_at, former.user_ref), true) then
    present.user_ref := fact ->> 'user_ref';
    present.user_ref_at := v_at;
  end if;
  if fact ->> 'module_ref' is not null
    and coalesce((v_at, fact ->> 'module_ref') < (former.module_ref_at, former.module_ref), true) then
    present.module_ref := fact ->> 'module_ref';
    present.module_ref_at := v_at;
  end if;
  present.created_at := least(former.created_at, to_timestamp((fact ->> 'created')::bigint));
  present.customer_id := least(former.customer_id, fact ->> 'customer_id');

  if former.id is null then
    insert into sesame.subscriptions select present.*;
  elsif present is distinct from former then
    update sesame.subscriptions set
      (snapshots, is_settled, status, is_paused, cancel_at, cancel_at_period_end, ended_at, trial_end,
       latest_invoice_id, collection_method, items, items_complete, price_ids, user_ref, user_ref_at, unnamed_at,
       module_ref, module_ref_at, created_at, customer_id)
      = (present.snapshots, present.is_settled, present.status, present.is_paused, present.cancel_at,
         present.cancel_at_period_end, present.ended_at, present.trial_end, present.latest_invoice_id,
         present.collection_method, present.items, present.items_complete, present.price_ids, present.user_ref,
         present.user_ref_at, present.unnamed_at, present.module_ref, present.module_ref_at, present.created_at,
         present.customer_id)
    where (id, account, livemode) = (former.id, former.account, former.livemode);
  end if;
end
$$;

comment on function sesame.merge_subscription is 'Answers the row before and after: equal if the fact says nothing new.';
