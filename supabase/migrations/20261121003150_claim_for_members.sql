-- Guests: what nobody was named for belongs to who has verified the address it was bought with.
--
-- Purchase and account may come in either order, or at once, each in a transaction of its own. The fold
-- looks for the account, the account's trigger (tg_welcome_user) for the purchase, and the trigger waits
-- until it can see what the fold is about to commit.

create view sesame.verified_users as
select users.id, users.email::text as email
from auth.users
-- Several accounts of single sign-on may share an address, and their provider vouches for it, not Auth.
where users.email_confirmed_at is not null and users.is_sso_user = false
  and (select verified_email_claims from sesame.settings where settings.id);

comment on view sesame.verified_users is
  'Accounts whose address says who they are; none where the settings say that none does. Auth keeps '
  'addresses in lower case.';

create function sesame.address_key(address text) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  -- One of 64, so that a fold of any size holds no more locks than these.
  return hashtextextended('sesame.address', hashtext(address) & 63);
end
$$;

comment on function sesame.address_key is 'The advisory lock of an address.';

create function sesame.lock_addresses(addresses text[]) returns void
language plpgsql volatile set search_path = '' set lock_timeout = '50ms' as $$
begin
  perform pg_advisory_xact_lock(key)
  from (select distinct sesame.address_key(address) as key from unnest(addresses) as address) as keys;
exception when lock_not_available then
  null;  -- every webhook would wait for one account; that one claims when he signs in again
end
$$;

comment on function sesame.lock_addresses is
  'Lets whoever verifies one of these addresses at this moment finish, if he is quick.';

create function sesame.claim_for_members(addresses text[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_member record;
begin
  perform sesame.lock_addresses(addresses);
  for v_member in select id, email from sesame.verified_users where email = any (addresses) loop
    perform sesame.claim_for_member(v_member.id, v_member.email);
  end loop;
end
$$;

comment on function sesame.claim_for_members is
  'Claims what waits for these addresses, where a member has verified them. Call under lock_fold().';

create function sesame.claim_for_member(member uuid, address text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_claimed jsonb;
begin
  with claimed as (
    insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
    select distinct
      livemode, account, source, source_id, member, 'email'::sesame.claim_way, 'member', 'verified the address'
    from sesame.grants
    where waits_for = address
    on conflict do nothing
    returning object_kind, object_id
  )
  select jsonb_object_agg(kind, ids) into v_claimed
  from (select object_kind as kind, jsonb_agg(object_id) as ids from claimed group by 1) as by_kind;

  if v_claimed is not null then
    perform sesame.fold_sources(v_claimed);
  end if;
end
$$;

comment on function sesame.claim_for_member is
  'Claims for this member all that waits for this address. Call under lock_fold().';
