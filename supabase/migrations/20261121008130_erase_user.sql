-- Erasure, 4: the call. After it, no data names the user. Their payments, and the access that these opened, stay on
-- record. See docs/decisions/0010_erasure.md.

-- Purchases that wait for the user's verified address are bound to the user first, while the address still names
-- them.
create function sesame.claim_before_erasing(of_user uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
  select sale.livemode, sale.account, sale.object_kind, sale.object_id, of_user, 'email', 'member', 'verified the address'
  from sesame.sales_waiting_for(array[sesame.verified_address(of_user)]) as waiting
  cross join lateral sesame.find_purchase(waiting.source_id) as sale
  on conflict do nothing;
end
$$;

create function sesame.refuse_erasing(ids text[], event_ids text[]) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_running text := (
    select min(subscription.id) from sesame.subscriptions as subscription
    where subscription.id = any (ids) and subscription.status not in ('canceled', 'incomplete_expired')
  );
  v_unapplied text := (
    select min(event.id) from sesame.stripe_events as event
    where event.id = any (event_ids) and event.outcome in ('received', 'failed')
  );
begin
  if v_running is not null then
    raise sqlstate 'SE060' using
      message = 'a subscription of this user still runs',
      detail = v_running,
      hint = 'Cancel it in Stripe, and erase the user once its last event has arrived: until then Stripe goes on naming them.';
  end if;
  if v_unapplied is not null then
    raise sqlstate 'SE061' using
      message = 'an event of this user is not applied yet',
      detail = v_unapplied,
      hint = 'Replay it first, with the command reconcile: its content is kept only in its body.';
  end if;
end
$$;

create function public.erase_user(user_id uuid, actor text, why text) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' set jit = off
-- A large inbox takes longer than a role's own limit. The Data API applies this setting of the function.
set statement_timeout = '10min' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_ids text[] := sesame.bought_objects(user_id);
  v_words text[] := sesame.words_for(user_id, v_ids);
  -- The long part comes first, without a lock: so no other call waits for it.
  v_event_ids text[] := array(select sesame.events_naming(v_ids, v_words));
  v_addresses text[];
  v_verified text := sesame.verified_address(user_id);
  v_erased jsonb;
begin
  perform sesame.lock_fold();
  -- What waits may be about the user. Its facts are erased where the fold puts them.
  perform sesame.fold_waiting();
  perform sesame.set_cause('operator: erasure');
  -- Then the events that came meanwhile. An event is stamped when its transaction begins, and that transaction waits
  -- for the lock.
  v_ids := sesame.bought_objects(user_id);
  v_event_ids := v_event_ids || array(select sesame.events_naming(
    v_ids, sesame.words_for(user_id, v_ids),
    case when v_words @> sesame.words_for(user_id, v_ids) then v_begun - interval '1 minute' else '-infinity' end
  ));
  perform sesame.refuse_erasing(v_ids, v_event_ids);
  perform sesame.claim_before_erasing(user_id);
  update sesame.stripe_events set payload = '' where id = any (v_event_ids) and payload <> '';

  v_addresses := sesame.addresses_of(user_id, v_ids);
  v_erased := jsonb_build_object(
    'bodies', (select count(distinct id) from unnest(v_event_ids) as id),
    'facts', sesame.erase_facts(v_ids, v_addresses, v_verified),
    'words', sesame.erase_words(user_id, v_ids, v_event_ids),
    'tokens', sesame.erase_tokens(user_id, v_addresses)
  );
  perform set_config('sesame.erasing', 'yes', true);
  v_erased := v_erased || jsonb_build_object('elsewhere',
    sesame.erase_addresses(sesame.own_addresses(v_addresses, v_verified), sesame.written_tables())
    + sesame.erase_addresses(array_remove(array[v_verified], null), sesame.fact_tables()));
  perform set_config('sesame.erasing', '', true);
  perform sesame.fold_sources(sesame.find_dependents(sesame.by_kind(v_ids)));
  insert into sesame.erasures (user_id, actor, why, erased) values (user_id, actor, why, v_erased);
  return v_erased;
end
$$;

select sesame.revoke_default_grants('public.erase_user');
grant execute on function public.erase_user(uuid, text, text) to service_role;

comment on function public.erase_user is
  'Erases a user: bodies of events that name them, their addresses, and notes about them. Their payments, and '
  'the access that these opened, stay under their user id. Answers what was erased, with counts. Delete their '
  'account and their Stripe customer as well. SE060: a subscription still runs; SE061: an event about them is '
  'not applied; 23514: actor or why is empty.';
