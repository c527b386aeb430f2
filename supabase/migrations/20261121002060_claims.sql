-- Who bought it, where the site did not say: claims, and how they stand beside the names it wrote.
-- See docs/decisions/0008_claims_are_facts.md.

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
  'Purchases bound to a user by something else than the site''s own word. Facts: never changed, never '
  'deleted. Private: no policy, written by claim_grants, claim_purchase and move_purchase.';
comment on column sesame.claims.object_id is
  'What was claimed: cs_, pi_, in_ or sub_, whichever told the sale at that time.';
comment on column sesame.claims.way is
  'email: has verified the buyer''s address. link: held a claim link. operator: moved there by hand.';
comment on column sesame.claims.address_hash is
  'Of way email: of the address it waited for. A name that is another address, and was written before, is stronger.';
comment on column sesame.claims.claimed_at is 'Names that the site wrote later than this move nothing.';

create function sesame.known_customer(
  of_customer text, until timestamptz, of_account text, of_livemode boolean
) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (
    -- Five look-ups by the customer, whatever else there is an index for.
    select case when count(distinct name) = 1 then min(name) end
    from (
      select
        coalesce(
          returned.user_id::text, sesame.as_uuid(object.user_ref)::text, sesame.as_email(object.user_ref)
        ) as name,
        -- It had the name from the beginning, unless it was seen without.
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
    where named_from <= until
  );
end
$$;

comment on function sesame.known_customer is
  'The one user, a uuid or an address, whom what this customer had bought until then names; null: nobody, or two '
  'different ones. By Stripe''s own times, never by when an event came: a rebuild must find the same buyer.';

create function sesame.find_buyer(
  names text[], named_at timestamptz[], object_ids text[], email text, customer_id text, bought_at timestamptz,
  of_account text, of_livemode boolean,
  out user_id uuid, out waits_for text, out by_address boolean, out code text
)
language plpgsql stable set search_path = '' as $$
declare
  v_claim record;
  v_place integer;
  v_nearest uuid;
  v_is_no_user boolean := false;
  v_address bigint;
  v_name text;
  v_named uuid;
begin
  for n in 1 .. cardinality(names) loop
    if names[n] is not null then
      v_place := n;
      v_nearest := sesame.as_uuid(names[n]);
      exit;
    end if;
  end loop;
  -- A name that is no user may be an address: a claim by another one does not count then.
  if v_place is not null and v_nearest is null and names[v_place] <> 'erased' then
    v_is_no_user := true;
    v_address := sesame.address_hash(sesame.as_email(names[v_place]));
  end if;

  -- One statement for the claim and for the nearest name, as it is run for every sale.
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
      and (
        claimed.way <> 'email' or not v_is_no_user or named_at[v_place] > claimed.claimed_at
        or claimed.address_hash is not distinct from v_address and v_address is not null
      )
    order by claimed.way = 'operator' desc, case claimed.way when 'operator' then -claimed.id else claimed.id end
    limit 1
  ) as claim on true;

  user_id := v_claim.user_id;
  by_address := v_claim.way is not distinct from 'email';
  if v_claim.way is not distinct from 'operator' then
    return;
  end if;

  -- The nearest name decides.
  for n in 1 .. cardinality(names) loop
    if names[n] is not null and not coalesce(named_at[n] > v_claim.claimed_at, false) then
      v_name := names[n];
      exit;
    end if;
  end loop;
  v_name := coalesce(v_name, sesame.known_customer(customer_id, bought_at, of_account, of_livemode));
  if v_name is not null then
    v_named := sesame.as_uuid(v_name);
    if v_named is not null then
      user_id := case when v_named = v_nearest then coalesce(v_claim.nearest_now, v_named)
        else sesame.present_account(v_named) end;
      by_address := false;
      return;
    end if;
    -- A name may be an address. Any other names nobody, and then no address names the buyer either.
    email := sesame.as_email(v_name);
    code := case when email is null then 'user_unreadable' end;
  end if;
  if user_id is null then
    waits_for := email;
  end if;
end
$$;

comment on function sesame.find_buyer is
  'An operator''s last word; else the nearest name that was written before any claim; else the name that the '
  'customer''s earlier purchases have; else the first claim; else nobody, and the address that may still claim it. '
  'by_address: nothing but the buyer''s address says so. code: user_unreadable, where the name is neither a uuid nor '
  'an address. An account that was deleted and made again is the new account.';
