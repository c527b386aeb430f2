-- Erasure, 3: other data that is emptied: notes of operators, tokens and access, and addresses in any other place.

create function sesame.without(written text, sought sesame.sought) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return regexp_replace(written collate "C", sought.bounded, 'erased', 'gi');
end
$$;

comment on function sesame.without is 'A text with "erased" in the place of an address, and all else as it was.';

-- All columns of ours that may hold texts of users. Left out: the site's own catalogue, also at Stripe, derived data,
-- the inbox (its bodies are emptied), events that wait (they are folded first), requests of modules (their ids are
-- keys, and they are deleted), and outgoing webhooks (the endpoints are the site's own, and the messages hold no text
-- of a user).
create function sesame.written_tables() returns regclass[]
language plpgsql stable set search_path = '' as $$
begin
  return array['public.access_tokens', 'public.module_access']::regclass[] || array(
    select held.oid::regclass
    from pg_catalog.pg_class as held
    where held.relnamespace = 'sesame'::regnamespace and held.relkind = 'r'
      and held.oid <> all (sesame.fact_tables() || array['sesame.stripe_events', 'sesame.waiting_events', 'sesame.grants', 'sesame.uses',
        'sesame.price_listings', 'sesame.products', 'sesame.moved_modules', 'sesame.moved_keys', 'sesame.carried_columns',
        'sesame.sleeping_functions', 'sesame.webhook_endpoints', 'sesame.webhook_messages',
        'sesame.webhook_attempts']::regclass[])
    order by held.relname
  );
end
$$;

-- Notes that operators wrote about the user.
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
      -- The former owner of a moved purchase: the log names what they still have.
      or cause in (
        select format('operator: %s: %s', claim.actor, claim.why)
        from sesame.claims as claim where claim.way = 'operator' and claim.object_id = any (ids)
      )
    )
    returning 1
  ),
  -- The access log will name this cause.
  unfolded as (
    update sesame.unfolded_objects set cause = regexp_replace(cause, '^(operator: [^:]*): .*$', '\1: erased')
    where id = any (ids) and cause like 'operator: %'
    returning 1
  )
  select count(*) into v_erased
  from (
    table claims union all table links union all table grants union all table dismissals union all table log
    union all table unfolded
  ) as erased;
  perform set_config('sesame.erasing', '', true);
  return v_erased;
end
$$;

-- Addresses in any other place: the site may have put them into metadata of Stripe or a token, operators into a name.
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
    -- Most rows hold neither the piece nor an escape that could hide it: this test is the fastest.
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

create function sesame.erase_tokens(of_user uuid, addresses text[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
  v_folding text;
begin
  update public.access_tokens set (user_ref, metadata) = (null, '{}')
  where created_by = of_user and (user_ref is not null or metadata <> '{}');
  get diagnostics v_erased = row_count;
  -- The site's own data in access, beside the words of the fold.
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
  delete from sesame.webhook_messages where user_id = any (sesame.accounts_of(of_user));
  delete from sesame.respelled_users where user_id = of_user;
  -- It may be any number that no address has: a claim keeps its place among those of its purchase.
  update sesame.claims set address_hash = id where user_id = of_user and address_hash is not null;
  delete from sesame.deleted_accounts where user_id = of_user;
  return v_erased;
end
$$;
