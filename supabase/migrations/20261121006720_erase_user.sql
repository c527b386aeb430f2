-- Erasure: whoever asks for it is no longer named anywhere; what he paid, and what it opened, stays on record
-- under his user id, which names nobody once his account is gone. See docs/decisions/0010_erasure.md.

create table billing.erasures (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  actor text not null,
  why text not null,
  erased_at timestamptz not null default now(),
  erased jsonb not null,
  constraint erasures_actor_is_named check (actor <> ''),
  constraint erasures_why_is_said check (why <> '')
);

create index erasures_user_id_idx on billing.erasures (user_id);

alter table billing.erasures enable row level security;

comment on table billing.erasures is
  'Who was erased, by whom and why, and how much of what. Private: no policy, written by erase_user only.';

-- Of his purchases, whatever Stripe shows them as; and his customers.
create function billing.bought_objects(of_user uuid) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_ref text := of_user::text;
  v_ids text[] := array(
    select source_id from billing.grants where user_id = of_user
    union select object_id from billing.claims where user_id = of_user
    union select payment_id from public.access_tokens where created_by = of_user and payment_id is not null
    union select id from billing.checkout_sessions where user_ref = v_ref
    union select id from billing.payment_intents where user_ref = v_ref
    union select id from billing.invoices where user_ref = v_ref
    union select id from billing.subscriptions where user_ref = v_ref
    union select id from billing.customers where user_ref = v_ref
  );
  v_next text[] := v_ids;
begin
  loop
    v_next := array(select id from billing.neighbours_of(v_next) as id where id <> all (v_ids));
    exit when v_next = '{}';
    v_ids := v_ids || v_next;
  end loop;
  return v_ids;
end
$$;

comment on function billing.bought_objects is 'Every object of Stripe''s that belongs to what a user has bought.';

-- Either way along the links, but never from a customer to all he bought: he may be shared.
create function billing.neighbours_of(ids text[]) returns setof text
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return query
    select distinct id
    from (
      select unnest(array[id, payment_intent_id, invoice_id, subscription_id, customer_id])
      from billing.checkout_sessions
      where id = any (ids) or payment_intent_id = any (ids) or invoice_id = any (ids) or subscription_id = any (ids)
      union all
      select unnest(array[id, payment_intent_id, charge_id, subscription_id, customer_id])
      from billing.invoices
      where id = any (ids) or payment_intent_id = any (ids) or charge_id = any (ids) or subscription_id = any (ids)
      union all
      select unnest(array[invoice_id, payment_intent_id, charge_id, id])
      from billing.invoice_payments
      where invoice_id = any (ids) or payment_intent_id = any (ids) or charge_id = any (ids)
      union all
      select unnest(array[id, invoice_id, customer_id]) from billing.payment_intents
      where id = any (ids) or invoice_id = any (ids)
      union all
      select unnest(array[id, payment_intent_id, invoice_id, customer_id]) from billing.charges
      where id = any (ids) or payment_intent_id = any (ids) or invoice_id = any (ids)
      union all
      select unnest(array[id, latest_invoice_id, customer_id]) from billing.subscriptions
      where id = any (ids)
      union all
      select id from billing.refunds where charge_id = any (ids) or payment_intent_id = any (ids)
      union all
      select id from billing.disputes where charge_id = any (ids) or payment_intent_id = any (ids)
    ) as linked (id)
    where id is not null;
end
$$;

-- What his addresses are: of his account, and as he gave them to Stripe.
create function billing.addresses_of(of_user uuid, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select billing.tidy_email(email) from auth.users where id = of_user and email <> ''
    union select email from billing.checkout_sessions where id = any (ids) and email is not null
    union select email from billing.invoices where id = any (ids) and email is not null
    union select email from billing.customers where id = any (ids) and email is not null
  );
end
$$;

-- Events whose body names him, whatever they are about: from one end of the inbox to the other, once.
create function billing.events_naming(ids text[], words text[]) returns setof text
language plpgsql stable set search_path = '' as $$
declare
  v_words text[] := array(select lower(word collate "C") from unnest(words) as word);
begin
  return query
    select event.id
    from billing.stripe_events as event
    cross join lateral (select lower(event.payload collate "C") as body offset 0) as told
    where event.payload <> '' and (
      event.object_id = any (ids)
      or exists (select from unnest(v_words) as word where position(word in told.body) > 0)
    );
end
$$;

create function billing.erased_ref(ref text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  -- What is no id of a user named nobody before, and names nobody now.
  return case when ref is null or pg_input_is_valid(ref, 'uuid') then ref else 'erased' end;
end
$$;

create function billing.erase_facts(ids text[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
begin
  with sessions as (
    update billing.checkout_sessions
    set (email, user_ref, client_reference_id)
      = (null, billing.erased_ref(user_ref), billing.erased_ref(client_reference_id))
    where id = any (ids)
    returning id
  ),
  invoices as (
    update billing.invoices set (email, user_ref) = (null, billing.erased_ref(user_ref))
    where id = any (ids)
    returning id
  ),
  payments as (
    update billing.payment_intents set user_ref = billing.erased_ref(user_ref) where id = any (ids)
    returning id
  ),
  customers as (
    update billing.customers
    set (email, user_ref, snapshots) = (null, billing.erased_ref(user_ref), billing.erased_snapshots(snapshots))
    where id = any (ids)
    returning id
  ),
  subscriptions as (
    update billing.subscriptions
    set (user_ref, snapshots) = (billing.erased_ref(user_ref), billing.erased_snapshots(snapshots))
    where id = any (ids)
    returning id
  )
  select count(*) into v_erased
  from (
    table sessions union all table invoices union all table payments union all table customers
    union all table subscriptions
  ) as erased;
  return v_erased;
end
$$;

create function billing.erased_snapshots(snapshots jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(
      snapshot - 'email' || jsonb_build_object(
        'changed_from', '{}'::jsonb, 'user_ref', billing.erased_ref(snapshot ->> 'user_ref')
      )
      order by place
    ), '[]')
    from jsonb_array_elements(snapshots) with ordinality as kept (snapshot, place)
  );
end
$$;

-- What people have written about him in words of their own.
create function billing.erase_words(of_user uuid, ids text[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
begin
  perform set_config('billing.erasing', 'yes', true);
  with claims as (
    update billing.claims set why = 'erased'
    where way = 'operator' and (user_id = of_user or object_id = any (ids))
    returning 1
  ),
  links as (
    update billing.claim_links set why = 'erased' where object_id = any (ids)
    returning 1
  ),
  grants as (
    update billing.manual_grants
    set (why, revoked_why) = ('erased', case when revoked_why is not null then 'erased' end)
    where user_id = of_user and kind <> 'claim'
    returning 1
  ),
  dismissals as (
    update billing.alerts set dismissed_why = 'erased'
    where about = any (ids) and dismissed_why is not null
    returning 1
  ),
  log as (
    update billing.access_log set cause = regexp_replace(cause, '^(operator: [^:]*): .*$', '\1: erased')
    where cause like 'operator: %' and (user_id = of_user or metadata ->> 'source_id' = any (ids))
    returning 1
  )
  select count(*) into v_erased
  from (
    table claims union all table links union all table grants union all table dismissals union all table log
  ) as erased;
  perform set_config('billing.erasing', '', true);
  return v_erased;
end
$$;

create function billing.erase_tokens(of_user uuid) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
begin
  update public.access_tokens set (user_ref, metadata) = (null, '{}')
  where created_by = of_user and (user_ref is not null or metadata <> '{}');
  get diagnostics v_erased = row_count;
  delete from billing.uses where user_id = of_user;
  return v_erased;
end
$$;

create function billing.refuse_erasing(ids text[], event_ids text[]) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_running text := (
    select min(subscription.id) from billing.subscriptions as subscription
    where subscription.id = any (ids) and subscription.status in ('active', 'trialing', 'past_due', 'paused')
  );
  v_failed text := (
    select min(event.id) from billing.stripe_events as event
    where event.id = any (event_ids) and event.outcome = 'failed'
  );
begin
  if v_running is not null then
    raise sqlstate 'SE060' using
      message = 'a subscription of this user still runs',
      detail = v_running,
      hint = 'Cancel it in Stripe, and erase him once its last event has come: until then Stripe goes on naming him.';
  end if;
  if v_failed is not null then
    raise sqlstate 'SE061' using
      message = 'an event of this user is not applied yet',
      detail = v_failed,
      hint = 'Replay it first (deno task reconcile): its body is all there is of it.';
  end if;
end
$$;

create function public.erase_user(user_id uuid, actor text, why text) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' set jit = off as $$
declare
  v_ids text[] := billing.bought_objects(user_id);
  v_words text[] := user_id::text || billing.addresses_of(user_id, v_ids)
    || array(select id from unnest(v_ids) as id where billing.kind_of(id) = 'customer');
  -- The long part first: nobody waits for it.
  v_event_ids text[] := array(select billing.events_naming(v_ids, v_words));
  v_erased jsonb;
begin
  perform billing.refuse_erasing(v_ids, v_event_ids);
  update billing.stripe_events set payload = '' where id = any (v_event_ids);

  perform billing.lock_fold();
  perform billing.set_cause('operator: erasure');
  v_erased := jsonb_build_object(
    'bodies', cardinality(v_event_ids),
    'facts', billing.erase_facts(v_ids),
    'words', billing.erase_words(user_id, v_ids),
    'tokens', billing.erase_tokens(user_id)
  );
  perform billing.fold_sources(billing.find_dependents(coalesce(
    (
      select jsonb_object_agg(kind, ids)
      from (
        select billing.kind_of(id) as kind, jsonb_agg(id) as ids
        from unnest(v_ids) as id where billing.kind_of(id) is not null group by 1
      ) as by_kind
    ), '{}'
  )));
  insert into billing.erasures (user_id, actor, why, erased) values (user_id, actor, why, v_erased);
  return v_erased;
end
$$;

revoke execute on function public.erase_user(uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function public.erase_user(uuid, text, text) to service_role;

comment on function public.erase_user is
  'Erases whoever asks for it: bodies of events that name him, his addresses, what was written about him. What he '
  'paid and what it opened stays, under his user id. Answers how much of what. Delete his account and his Stripe '
  'customer as well. SE060: a subscription still runs; SE061: an event of his is not applied; 23514: actor or why '
  'is empty.';
