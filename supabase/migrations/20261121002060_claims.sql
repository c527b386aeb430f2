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
  actor text not null,
  why text not null,
  claimed_at timestamptz not null default clock_timestamp(),
  constraint claims_actor_is_named check (actor <> ''),
  constraint claims_why_is_said check (why <> '')
);

create index claims_object_id_idx on sesame.claims (object_id);
create index claims_user_id_idx on sesame.claims (user_id);
create unique index claims_first_binds_idx on sesame.claims (object_id, account, livemode)
  where way <> 'operator';

alter table sesame.claims enable row level security;

comment on table sesame.claims is
  'Purchases bound to a user by something else than the site''s own word. Facts: never changed, never '
  'deleted. Private: no policy, written by claim_grants, claim_purchase and move_purchase.';
comment on column sesame.claims.object_id is
  'What was claimed: cs_, pi_, in_ or sub_, whichever told the sale at that time.';
comment on column sesame.claims.way is
  'email: has verified the buyer''s address. link: held a claim link. operator: moved there by hand.';
comment on column sesame.claims.claimed_at is 'Names that the site wrote later than this move nothing.';

create function sesame.find_buyer(
  names text[], named_at timestamptz[], object_ids text[], email text, of_account text, of_livemode boolean,
  out user_id uuid, out waits_for text, out by_address boolean
)
language plpgsql stable set search_path = '' as $$
declare
  v_claim sesame.claims;
  v_named uuid;
begin
  select * into v_claim
  from sesame.claims as claim
  where claim.object_id = any (object_ids) and (claim.account, claim.livemode) = (of_account, of_livemode)
  order by claim.way = 'operator' desc, case claim.way when 'operator' then -claim.id else claim.id end
  limit 1;

  user_id := v_claim.user_id;
  by_address := v_claim.way is not distinct from 'email';
  if v_claim.way is distinct from 'operator' then
    for n in 1 .. cardinality(names) loop
      continue when names[n] is null or named_at[n] > v_claim.claimed_at;
      -- The nearest name decides. It may name nobody; then no address names the buyer either.
      v_named := sesame.as_uuid(names[n]);
      if v_named is not null then
        user_id := v_named;
        by_address := false;
      end if;
      return;
    end loop;
  end if;
  if user_id is null then
    waits_for := email;
  end if;
end
$$;

comment on function sesame.find_buyer is
  'An operator''s last word; else the nearest name that was written before any claim; else the first claim; '
  'else nobody, and the address that may still claim it. by_address: nothing but the buyer''s address says so.';
