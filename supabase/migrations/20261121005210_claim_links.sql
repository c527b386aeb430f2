-- A customer paid with another address. A link, sent to that address, lets its holder claim the purchase once.

create table sesame.claim_links (
  secret_hash bytea primary key,
  livemode boolean not null,
  account text not null,
  object_kind text not null,
  object_id text not null,
  actor text not null,
  why text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  constraint claim_links_secret_hash_is_sha256 check (octet_length(secret_hash) = 32),
  constraint claim_links_actor_is_named check (actor <> ''),
  constraint claim_links_why_is_said check (why <> ''),
  constraint claim_links_expire_after_creation check (expires_at > created_at and isfinite(expires_at)),
  constraint claim_links_used_are_not_revoked check (used_at is null or revoked_at is null)
);

create unique index claim_links_one_is_open_idx on sesame.claim_links (object_id, account, livemode)
  where used_at is null and revoked_at is null;

alter table sesame.claim_links enable row level security;

comment on table sesame.claim_links is
  'Links that let their holder claim a purchase, once. Only the hash of the secret is kept. Private: no policy, '
  'written by create_claim_link, revoke_claim_link, claim_purchase and move_purchase.';

create function sesame.hash_secret(secret text) returns bytea
language plpgsql immutable set search_path = '' as $$
begin
  return sha256(convert_to(secret, 'UTF8'));  -- 244 random bits: a fast hash is enough
end
$$;

create function sesame.has_owner(named text) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_sale record := sesame.find_purchase(named);
begin
  return exists (
    select from sesame.grants
    where source_id = v_sale.object_id and (account, livemode) = (v_sale.account, v_sale.livemode)
      and user_id is not null
  ) or exists (
    -- A claim counts also if the purchase is not yet known to open anything.
    select from sesame.claims
    where object_id = v_sale.object_id and (account, livemode) = (v_sale.account, v_sale.livemode)
  );
end
$$;

comment on function sesame.has_owner is 'Whether a purchase, by any of its ids, belongs to a user.';

create function sesame.revoke_links(of_object text, of_account text, of_livemode boolean) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  v_revoked integer;
begin
  update sesame.claim_links
  set revoked_at = now()
  where (account, livemode) = (of_account, of_livemode) and used_at is null and revoked_at is null
    -- A sale may be known by another object now than when the link was made: first by a payment, then by its session.
    and (object_id = of_object
      or expires_at > now() and (select sale.object_id from sesame.sale_of(claim_links.object_id) as sale) = of_object);
  get diagnostics v_revoked = row_count;
  return v_revoked;
end
$$;

create function public.create_claim_link(
  source_id text, actor text, why text, valid_for interval default '7 days'
) returns text
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_sale record;
  -- 244 random bits.
  v_secret text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  perform sesame.lock_fold();
  v_sale := sesame.find_purchase(source_id);
  if sesame.has_owner(v_sale.object_id) then
    raise sqlstate 'SE022' using
      message = 'this purchase has an owner',
      detail = v_sale.object_id,
      hint = 'Only move_purchase gives it to another user.';
  end if;

  perform sesame.revoke_links(v_sale.object_id, v_sale.account, v_sale.livemode);
  insert into sesame.claim_links
    (secret_hash, livemode, account, object_kind, object_id, actor, why, expires_at)
  values (
    sesame.hash_secret(v_secret), v_sale.livemode, v_sale.account, v_sale.object_kind, v_sale.object_id,
    actor, why, now() + valid_for
  );
  return v_secret;
end
$$;

select sesame.revoke_default_grants('public.create_claim_link');
grant execute on function public.create_claim_link(text, text, text, interval) to service_role;

comment on function public.create_claim_link is
  'Creates a secret that lets one member claim a purchase without an owner. The secret is shown once. Send it to '
  'the address of the payment and to no other. A new secret ends the one before. SE021: no such purchase; SE022: '
  'it has an owner; 23514: actor or why is empty, or valid_for is not above zero.';

create function public.revoke_claim_link(source_id text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_sale record;
begin
  perform sesame.lock_fold();
  v_sale := sesame.find_purchase(source_id);
  return sesame.revoke_links(v_sale.object_id, v_sale.account, v_sale.livemode) > 0;
end
$$;

select sesame.revoke_default_grants('public.revoke_claim_link');
grant execute on function public.revoke_claim_link(text) to service_role;

comment on function public.revoke_claim_link is
  'Ends the claim link of a purchase. False: it had none. SE021: no such purchase.';

create function sesame.find_open_link(secret text) returns sesame.claim_links
language plpgsql stable set search_path = '' as $$
declare
  v_link sesame.claim_links;
begin
  select * into v_link
  from sesame.claim_links
  where secret_hash = sesame.hash_secret(secret)
    and used_at is null and revoked_at is null and expires_at > now();
  return case when v_link.object_id is not null and not sesame.has_owner(v_link.object_id) then v_link end;
end
$$;

comment on function sesame.find_open_link is 'The link with this secret. Null: it no longer opens anything.';

create function public.claim_purchase(secret text) returns void
language plpgsql volatile security definer set search_path = '' set lock_timeout = '2s' as $$
declare
  v_user_id uuid := auth.uid();
  v_link sesame.claim_links;
  v_sale record;
begin
  if v_user_id is null then
    raise insufficient_privilege using message = 'sign in first';
  end if;

  -- Check the secret before taking the lock, so that guessing cannot block other writers.
  v_link := sesame.find_open_link(secret);
  if v_link.secret_hash is not null then
    perform sesame.lock_fold();
    v_link := sesame.find_open_link(secret);
  end if;
  if v_link.secret_hash is null then
    raise sqlstate 'SE020' using
      message = 'this link opens nothing',
      hint = 'Ask for a new one.';
  end if;

  -- By now the sale may be known by another object than when the link was made.
  v_sale := sesame.find_purchase(v_link.object_id);
  update sesame.claim_links set used_at = now() where secret_hash = v_link.secret_hash;
  perform sesame.set_cause('member: claimed by link');
  insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
  values (
    v_sale.livemode, v_sale.account, v_sale.object_kind, v_sale.object_id, v_user_id, 'link',
    v_link.actor, v_link.why
  );
  -- Items that were sold together with a subscription belong to the same buyer.
  perform sesame.fold_sources(sesame.find_dependents(
    jsonb_build_object(v_sale.object_kind, jsonb_build_array(v_sale.object_id))
  ));
exception when lock_not_available then
  perform sesame.refuse_for_now();
end
$$;

select sesame.revoke_default_grants('public.claim_purchase');
grant execute on function public.claim_purchase(text) to authenticated;

comment on function public.claim_purchase is
  'Gives the purchase of this claim link to the signed-in member, for good. SE020: the link is unknown, used, '
  'expired or revoked, or its purchase has an owner by now. 42501: not signed in. PT503: access is busy, try again.';
