-- Erasure: whoever asks for it is no longer named anywhere; what he paid, and what it opened, stays on record
-- under his user id, which names nobody once his account is gone. See docs/decisions/0010_erasure.md.

create table sesame.erasures (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  actor text not null,
  why text not null,
  erased_at timestamptz not null default now(),
  erased jsonb not null,
  constraint erasures_actor_is_named check (actor <> ''),
  constraint erasures_why_is_said check (why <> '')
);

create index erasures_user_id_idx on sesame.erasures (user_id);

alter table sesame.erasures enable row level security;

comment on table sesame.erasures is
  'Who was erased, by whom and why, and how much of what. Private: no policy, written by erase_user only.';

create function sesame.verified_address(of_user uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (select sesame.tidy_email(email) from sesame.verified_users where id = of_user);
end
$$;

-- Paid, and nobody owns it: of what opens nothing yet, no grant tells.
create function sesame.sales_waiting_for(addresses text[]) returns table (source_id text, address text)
language plpgsql stable set search_path = '' as $$
declare
  v_address text;
  v_ids text[];
begin
  return query
    select held.source_id, held.waits_for from sesame.grants as held
    where held.user_id is null and held.waits_for = any (addresses);
  -- One after the other: asked for a list of its own in each row, the view of all sales would be read to its end.
  foreach v_address in array coalesce(array_remove(addresses, null), '{}') loop
    v_ids := sesame.ids_in(sesame.objects_of(null, v_address));
    continue when v_ids = '{}';
    return query
      select sale.source_id, sale.waits_for
      from sesame.sales as sale
      where sale.source_id = any (v_ids) and sale.waits_for = v_address and sale.user_id is null
        and sale.code is distinct from 'not_bought';
  end loop;
end
$$;

comment on function sesame.sales_waiting_for is 'What was paid with these addresses and still waits for its owner.';

-- What waits for an address that he has verified is his: bound to him while the address still says so.
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

-- Of his purchases, whatever Stripe shows them as; and his customers.
create function sesame.bought_objects(of_user uuid) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_refs text[] := sesame.refs_of(of_user);
  v_ids text[] := array(
    select source_id from sesame.grants where user_id = of_user
    union select object_id from sesame.claims where user_id = any (sesame.accounts_of(of_user))
    union select payment_id from public.access_tokens where created_by = of_user and payment_id is not null
    union select id from sesame.checkout_sessions where user_ref = any (v_refs)
    union select id from sesame.payment_intents where user_ref = any (v_refs)
    union select id from sesame.charges where user_ref = any (v_refs)
    union select id from sesame.invoices where user_ref = any (v_refs) or subscription_user_ref = any (v_refs)
    union select id from sesame.subscriptions where user_ref = any (v_refs)
    union select id from sesame.customers where user_ref = any (v_refs)
    union select source_id from sesame.sales_waiting_for(array[sesame.verified_address(of_user)])
  );
  v_next text[] := v_ids;
begin
  loop
    v_next := array(select id from sesame.neighbours_of(v_next) as id where id <> all (v_ids));
    exit when v_next = '{}';
    v_ids := v_ids || v_next;
  end loop;
  return v_ids;
end
$$;

comment on function sesame.bought_objects is 'Every object of Stripe''s that belongs to what a user has bought.';

-- Either way along the links, but never from a customer to all he bought: he may be shared.
create function sesame.neighbours_of(ids text[]) returns setof text
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return query
    select distinct id
    from (
      select unnest(array[id, payment_intent_id, invoice_id, subscription_id, customer_id])
      from sesame.checkout_sessions
      where id = any (ids) or payment_intent_id = any (ids) or invoice_id = any (ids) or subscription_id = any (ids)
      union all
      select unnest(array[id, payment_intent_id, charge_id, subscription_id, customer_id])
      from sesame.invoices
      where id = any (ids) or payment_intent_id = any (ids) or charge_id = any (ids) or subscription_id = any (ids)
      union all
      select unnest(array[invoice_id, payment_intent_id, charge_id, id])
      from sesame.invoice_payments
      where invoice_id = any (ids) or payment_intent_id = any (ids) or charge_id = any (ids)
      union all
      select unnest(array[id, invoice_id, customer_id]) from sesame.payment_intents
      where id = any (ids) or invoice_id = any (ids)
      union all
      select unnest(array[id, payment_intent_id, invoice_id, customer_id]) from sesame.charges
      where id = any (ids) or payment_intent_id = any (ids) or invoice_id = any (ids)
      union all
      select unnest(array[id, latest_invoice_id, customer_id]) from sesame.subscriptions
      where id = any (ids)
      union all
      select id from sesame.refunds where charge_id = any (ids) or payment_intent_id = any (ids)
      union all
      select id from sesame.disputes where charge_id = any (ids) or payment_intent_id = any (ids)
    ) as linked (id)
    where id is not null;
end
$$;

-- What his addresses are: of his account, and as he gave them to Stripe.
create function sesame.addresses_of(of_user uuid, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select address
    from (
      select sesame.tidy_email(email) from auth.users where id = of_user
      union select email from sesame.checkout_sessions where id = any (ids)
      union select email from sesame.invoices where id = any (ids)
      union select email from sesame.customers where id = any (ids)
    ) as his (address)
    where position('@' in address) > 0
  );
end
$$;

-- Events whose body names him, whatever they are about: from one end of the inbox to the other, once; then
-- those that came meanwhile.
create function sesame.events_naming(ids text[], words text[], since timestamptz default '-infinity') returns setof text
language plpgsql stable set search_path = '' as $$
declare
  v_sought sesame.sought[] := sesame.sought_words(words);
begin
  return query
    select event.id from sesame.stripe_events as event where event.object_id = any (ids) and event.payload <> ''
    union
    select event.id
    from sesame.stripe_events as event
    cross join lateral (select lower(event.payload collate "C") as body offset 0) as told
    where event.payload <> '' and event.received_at >= since
      and exists (select from unnest(v_sought) as sought where sesame.names(told.body, sought));
end
$$;

create function sesame.erased_ref(ref text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  -- What is no id of a user named nobody before, and names nobody now.
  return case when ref is null or sesame.as_uuid(ref) is not null then ref else 'erased' end;
end
$$;

-- From all that has it goes the address that he has verified; not what others' purchases wait for.
create function sesame.erase_facts(ids text[], addresses text[], verified text) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_waited text[] := array(select address from sesame.sales_waiting_for(addresses));
  v_erased bigint;
begin
  with sessions as (
    update sesame.checkout_sessions
    set (email, user_ref, client_reference_id)
      = (null, sesame.erased_ref(user_ref), sesame.erased_ref(client_reference_id))
    where id = any (ids)
    returning id
  ),
  invoices as (
    update sesame.invoices
    set (email, user_ref, subscription_user_ref)
      = (null, sesame.erased_ref(user_ref), sesame.erased_ref(subscription_user_ref))
    where id = any (ids)
    returning id
  ),
  payments as (
    update sesame.payment_intents set user_ref = sesame.erased_ref(user_ref) where id = any (ids)
    returning id
  ),
  charges as (
    update sesame.charges set user_ref = sesame.erased_ref(user_ref) where id = any (ids) and user_ref is not null
    returning id
  ),
  customers as (
    update sesame.customers
    set (email, user_ref, snapshots) = (null, sesame.erased_ref(user_ref), sesame.erased_snapshots(snapshots))
    where id = any (ids) and (email = any (v_waited)) is not true
    returning id
  ),
  subscriptions as (
    update sesame.subscriptions
    set (user_ref, snapshots) = (sesame.erased_ref(user_ref), sesame.erased_snapshots(snapshots))
    where id = any (ids)
    returning id
  ),
  others_sessions as (
    update sesame.checkout_sessions set email = null where email = verified and id <> all (ids)
    returning id
  ),
  others_invoices as (
    update sesame.invoices set email = null where email = verified and id <> all (ids)
    returning id
  ),
  others_customers as (
    update sesame.customers set (email, snapshots) = (null, sesame.erased_snapshots(snapshots))
    where email = verified and id <> all (ids)
    returning id
  )
  select count(*) into v_erased
  from (
    table sessions union all table invoices union all table payments union all table charges union all table customers
    union all table subscriptions union all table others_sessions union all table others_invoices
    union all table others_customers
  ) as erased;
  return v_erased;
end
$$;

create function sesame.erased_snapshots(snapshots jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(
      snapshot - 'email' || jsonb_build_object(
        'changed_from', '{}'::jsonb, 'user_ref', sesame.erased_ref(snapshot ->> 'user_ref')
      )
      order by place
    ), '[]')
    from jsonb_array_elements(snapshots) with ordinality as kept (snapshot, place)
  );
end
$$;

-- What people have written about him in words of their own.
create function sesame.erase_words(of_user uuid, ids text[], event_ids text[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
begin
  perform set_config('sesame.erasing', 'yes', true);
  with claims as (
    update sesame.claims set why = 'erased'
    where way = 'operator' and (user_id = any (sesame.accounts_of(of_user)) or object_id = any (ids))
    returning 1
  ),
  links as (
    update sesame.claim_links set why = 'erased' where object_id = any (ids)
    returning 1
  ),
  grants as (
    update sesame.manual_grants
    set (why, revoked_why) = ('erased', case when revoked_why is not null then 'erased' end)
    where user_id = of_user and kind <> 'claim'
    returning 1
  ),
  dismissals as (
    update sesame.alerts set dismissed_why = 'erased'
    where about = any (ids || event_ids) and dismissed_why is not null
    returning 1
  ),
  log as (
    update sesame.access_log set cause = regexp_replace(cause, '^(operator: [^:]*): .*$', '\1: erased')
    where cause like 'operator: %' and (
      user_id = any (sesame.accounts_of(of_user)) or metadata ->> 'source_id' = any (ids)
      -- Of whom it was moved from, the log names what is left to him.
      or cause in (
        select format('operator: %s: %s', claim.actor, claim.why)
        from sesame.claims as claim where claim.way = 'operator' and claim.object_id = any (ids)
      )
    )
    returning 1
  )
  select count(*) into v_erased
  from (
    table claims union all table links union all table grants union all table dismissals union all table log
  ) as erased;
  perform set_config('sesame.erasing', '', true);
  return v_erased;
end
$$;

-- Wherever else an address was written: by the site into metadata of Stripe or a token, by operators as a name.
create function sesame.erase_addresses(addresses text[], tables regclass[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_target record;
  v_erased bigint := 0;
  v_count bigint;
  v_folding text := sesame.begin_folding();
begin
  for v_target in
    select sought.*::sesame.sought as word, attribute.attrelid::regclass as of_table, attribute.attname as name, attribute.atttypid::regtype as type
    from unnest(tables) with ordinality as wanted (of_table, place)
    cross join unnest(sesame.sought_words(addresses)) as sought
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = wanted.of_table and attribute.attnum > 0
    where attribute.atttypid in ('text'::regtype, 'varchar'::regtype, 'text[]'::regtype, 'json'::regtype, 'jsonb'::regtype)
      and not attribute.attisdropped
    order by wanted.place, attribute.attnum
  loop
    -- Most rows have neither the piece nor an escape that could hide it: that is seen fastest.
    execute format($sql$
      update %1$s as held set %2$I = sesame.without(held.%2$I::text, $1)::%3$s
      where case
        when held.%2$I::text ~* ($1).piece or held.%2$I::text ~ '[%%\\]'
        then sesame.names(lower(held.%2$I::text collate "C"), $1)
      end
    $sql$, v_target.of_table, v_target.name, v_target.type) using v_target.word;
    get diagnostics v_count = row_count;
    v_erased := v_erased + v_count;
  end loop;
  perform sesame.end_folding(v_folding);
  return v_erased;
end
$$;

create function sesame.without(written text, sought sesame.sought) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return regexp_replace(written collate "C", sought.bounded, 'erased', 'gi');
end
$$;

comment on function sesame.without is 'A text with "erased" in the place of an address, and all else as it was.';

-- All of ours that may hold what people wrote. Not the site's own catalogue, not what is derived, not the inbox,
-- whose bodies are emptied, and not requests of modules, whose ids are keys: those are deleted.
create function sesame.written_tables() returns regclass[]
language plpgsql stable set search_path = '' as $$
begin
  return array['public.access_tokens', 'public.module_access']::regclass[] || array(
    select held.oid::regclass
    from pg_catalog.pg_class as held
    where held.relnamespace = 'sesame'::regnamespace and held.relkind = 'r'
      and held.oid <> all (sesame.fact_tables() || array['sesame.stripe_events', 'sesame.grants', 'sesame.uses', 'sesame.moved_modules',
        'sesame.moved_keys', 'sesame.carried_columns', 'sesame.sleeping_functions']::regclass[])
    order by held.relname
  );
end
$$;

create function sesame.fact_tables() returns regclass[]
language plpgsql stable set search_path = '' as $$
begin
  return array[
    'sesame.checkout_sessions', 'sesame.payment_intents', 'sesame.charges', 'sesame.refunds', 'sesame.invoices',
    'sesame.invoice_lines', 'sesame.subscriptions', 'sesame.disputes', 'sesame.invoice_payments', 'sesame.customers',
    'sesame.prices'
  ]::regclass[];
end
$$;

-- An address that is not verified, and that something of another's still waits for, is left to whom it belongs.
create function sesame.own_addresses(addresses text[], verified text) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select address from unnest(addresses) as address
    where address = verified
      or address <> all (array(select waiting.address from sesame.sales_waiting_for(addresses) as waiting))
        and not exists (
          select from public.access_tokens as token
          where token.created_by is null and sesame.tidy_email(token.user_ref) = address
        )
  );
end
$$;

create function sesame.erase_tokens(of_user uuid, addresses text[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
  v_folding text;
begin
  update public.access_tokens set (user_ref, metadata) = (null, '{}')
  where created_by = of_user and (user_ref is not null or metadata <> '{}');
  get diagnostics v_erased = row_count;
  -- What the site keeps in access beside the words of the fold.
  v_folding := sesame.begin_folding();
  update public.module_access set metadata = metadata - array(
    select key from jsonb_object_keys(metadata) as key where key <> all (sesame.fold_keys())
  )
  where user_id = of_user and metadata - sesame.fold_keys() <> '{}';
  perform sesame.end_folding(v_folding);
  perform sesame.erase_carried(of_user);
  delete from sesame.uses
  where user_id = any (sesame.accounts_of(of_user)) or exists (
    select from unnest(sesame.sought_words(addresses)) as sought
    where sesame.names(lower(request_id collate "C"), sought)
  );
  delete from sesame.respelled_users where user_id = of_user;
  -- Any number that is no address's: a claim keeps its place among those of its purchase.
  update sesame.claims set address_hash = id where user_id = of_user and address_hash is not null;
  delete from sesame.deleted_accounts where user_id = of_user;
  return v_erased;
end
$$;

create function sesame.refuse_erasing(ids text[], event_ids text[]) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_running text := (
    select min(subscription.id) from sesame.subscriptions as subscription
    where subscription.id = any (ids) and subscription.status not in ('canceled', 'incomplete_expired')
  );
  v_failed text := (
    select min(event.id) from sesame.stripe_events as event
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

create function sesame.words_for(of_user uuid, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return sesame.refs_of(of_user) || sesame.addresses_of(of_user, ids)
    || array(select id from unnest(ids) as id where sesame.kind_of(id) = 'customer');
end
$$;

create function public.erase_user(user_id uuid, actor text, why text) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' set jit = off
-- A large inbox takes longer than a role's own limit; the Data API reads it here.
set statement_timeout = '10min' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_ids text[] := sesame.bought_objects(user_id);
  v_words text[] := sesame.words_for(user_id, v_ids);
  -- The long part first: nobody waits for it.
  v_event_ids text[] := array(select sesame.events_naming(v_ids, v_words));
  v_addresses text[];
  v_verified text := sesame.verified_address(user_id);
  v_erased jsonb;
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('operator: erasure');
  -- What came meanwhile; an event is stamped when its transaction begins, which waits for the lock.
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
  'Erases whoever asks for it: bodies of events that name him, his addresses, what was written about him. What he '
  'paid and what it opened stays, under his user id. Answers how much of what. Delete his account and his Stripe '
  'customer as well. SE060: a subscription still runs; SE061: an event of his is not applied; 23514: actor or why '
  'is empty.';
