-- Claims: the owner of a purchase without a buyer named by the site, and whether a claim or a name counts. See
-- docs/decisions/0008_claims_are_facts.md.

create type sesame.claim_way as enum ('email', 'link', 'operator');

create table sesame.claims (
  id bigint generated always as identity primary key,
  livemode boolean not null,
  account text not null,
  object_kind text not null,
  object_id text not null,
  user_id uuid not null,
  way sesame.claim_way not null,
  address_hash bigint,
  actor text not null,
  why text not null,
  claimed_at timestamptz not null default clock_timestamp(),
  constraint claims_actor_is_named check (actor <> ''),
  constraint claims_why_is_said check (why <> '')
);

create index claims_object_id_idx on sesame.claims (object_id);
create index claims_user_id_idx on sesame.claims (user_id);
create unique index claims_first_binds_idx on sesame.claims (object_id, account, livemode, coalesce(address_hash, 0))
  where way <> 'operator';

alter table sesame.claims enable row level security;

comment on table sesame.claims is
  'Purchases bound to a user by something other than metadata of the site. Facts: never changed, never '
  'deleted. Private: no policy, written by claim_grants, claim_purchase and move_purchase.';
comment on column sesame.claims.object_id is
  'The claimed object: cs_, pi_, in_ or sub_, the one that stood for the sale at that time.';
comment on column sesame.claims.way is
  'email: the user has verified the buyer''s address. link: the user had a claim link. operator: an operator moved the '
  'purchase.';
comment on column sesame.claims.address_hash is
  'Of way email: the hash of the address that the purchase waited for. An earlier name that is another address is '
  'stronger.';
comment on column sesame.claims.claimed_at is 'Names that the site wrote later than this do not change the owner.';

create function sesame.known_names(
  of_customer text, until timestamptz, of_account text, of_livemode boolean
) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return (
    -- Five look-ups by the customer, whatever other indexes exist.
    select array_agg(distinct name)
    from (
      select
        coalesce(
          returned.user_id::text, sesame.as_uuid(object.user_ref)::text, sesame.as_email(object.user_ref)
        ) as name,
        -- The object had the name from the beginning, unless an earlier snapshot had none.
        case when object.unnamed_at < object.user_ref_at then object.user_ref_at
          else coalesce(object.created_at, object.user_ref_at)
        end as named_from
      from (
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.checkout_sessions where customer_id = of_customer offset 0)
        union all
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.subscriptions where customer_id = of_customer offset 0)
        union all
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.payment_intents where customer_id = of_customer offset 0)
        union all
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.invoices where customer_id = of_customer offset 0)
        union all
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.charges where customer_id = of_customer offset 0)
      ) as object
      left join lateral (
        select user_id from sesame.returned_accounts where former_id = sesame.as_uuid(object.user_ref) offset 0
      ) as returned on true
      where (object.account, object.livemode) = (of_account, of_livemode)
    ) as named
    where named_from <= until and name is not null
  );
end
$$;

comment on function sesame.known_names is
  'The users, each a uuid or an address, that the purchases of this customer until then name; null: none. Stripe''s '
  'own times count, not the arrival of the events: a rebuild must find the same buyer.';

create function sesame.find_buyer(
  names text[], named_at timestamptz[], object_ids text[], email text, customer_id text, bought_at timestamptz,
  of_account text, of_livemode boolean,
  out user_id uuid, out waits_for text, out by_address boolean, out code sesame.code
)
language plpgsql stable set search_path = '' as $$
declare
  v_name text;
  v_named_at timestamptz;
  v_known text[];
  v_nearest uuid;
  v_address bigint;
  v_others bigint[] := '{}';
  v_claim record;
begin
  -- The nearest name decides. Without one, the only name in the customer's earlier purchases decides.
  for n in 1 .. cardinality(names) loop
    exit when v_name is not null;
    v_name := names[n];
    v_named_at := named_at[n];
  end loop;
  if v_name is null then
    v_known := sesame.known_names(customer_id, bought_at, of_account, of_livemode);
    if cardinality(v_known) = 1 then
      v_name := v_known[1];
    else
      v_others := array(select sesame.address_hash(sesame.as_email(known)) from unnest(v_known) as known);
    end if;
    v_named_at := bought_at;
  end if;
  v_nearest := sesame.as_uuid(v_name);
  v_address := sesame.address_hash(case when v_name is null then email else sesame.as_email(v_name) end);

  -- One statement for the claim and for the nearest name, because it runs for every sale.
  select claim.user_id, claim.way, claim.claimed_at, nearest.user_id as nearest_now into v_claim
  from (select) as once
  left join lateral (
    select account.user_id from sesame.returned_accounts as account where account.former_id = v_nearest offset 0
  ) as nearest on true
  left join lateral (
    select coalesce(returned.user_id, claimed.user_id) as user_id, claimed.way, claimed.claimed_at
    from sesame.claims as claimed
    left join lateral (
      select account.user_id from sesame.returned_accounts as account
      where account.former_id = claimed.user_id
        and (claimed.way <> 'operator' or claimed.claimed_at < account.returned_at)
      offset 0
    ) as returned on true
    where claimed.object_id = any (object_ids) and (claimed.account, claimed.livemode) = (of_account, of_livemode)
      and case
        -- A claim by an address was made with what was known then. It counts while that address still names the
        -- buyer, whichever of several came first.
        when claimed.way <> 'email' or claimed.address_hash = v_address then true
        when v_name is null then claimed.address_hash <> all (v_others)
          -- The subscription may name another address as the buyer: a claim by that address gives the subscription
          -- only.
          and (claimed.object_kind <> 'subscription' or claimed.object_id = object_ids[1])
        else v_nearest is not null or v_name = 'erased' or v_named_at > claimed.claimed_at
      end
    order by claimed.way = 'operator' desc, case claimed.way when 'operator' then -claimed.id else claimed.id end
    limit 1
  ) as claim on true;

  user_id := v_claim.user_id;
  by_address := v_claim.way is not distinct from 'email';
  if v_claim.way is not distinct from 'operator' then
    return;
  end if;

  -- A name written after the claim changes nothing: then the nearest earlier name counts.
  if v_named_at > v_claim.claimed_at then
    v_name := null;
    for n in 1 .. cardinality(names) loop
      exit when v_name is not null;
      v_name := case when named_at[n] <= v_claim.claimed_at then names[n] end;
    end loop;
  end if;
  if v_name is not null then
    if sesame.as_uuid(v_name) is not null then
      user_id := case when v_name::uuid = v_nearest then coalesce(v_claim.nearest_now, v_nearest)
        else sesame.present_account(v_name::uuid) end;
      by_address := false;
      return;
    end if;
    -- A name may be an address. Any other text names no user, and then no address names the buyer either.
    email := sesame.as_email(v_name);
    code := case when email is null then 'user_unreadable'::sesame.code end;
  end if;
  if user_id is null then
    waits_for := email;
  end if;
end
$$;

comment on function sesame.find_buyer is
  'The last decision of an operator; else the nearest name that was written before any claim; else the one name that '
  'the customer''s earlier purchases have; else the first claim; else no user, and the address that may still claim '
  'it. by_address: only the buyer''s address names the user. code: user_unreadable, where the name is neither a uuid '
  'nor an address. A deleted account that was made again counts as the new account.';
