-- The accounts and their verified addresses, and the lock of an address while an account verifies it.

create view sesame.confirmed_users as
select users.id, users.email::text as email
from auth.users
-- Several accounts of single sign-on may share an address, and their provider has verified it, not Auth.
where users.email_confirmed_at is not null and users.is_sso_user = false;

comment on view sesame.confirmed_users is 'Accounts whose address Auth has confirmed, with that address as Auth keeps it.';

create view sesame.verified_users as
select id, email from sesame.confirmed_users
where (select verified_email_claims from sesame.settings where settings.id);

comment on view sesame.verified_users is
  'The same accounts while verified_email_claims is on; no rows while it is off.';

-- Auth has an index on addresses as they are written. Almost all are written as we compare them; the others (an
-- import with capitals, a domain in Unicode) are found by this table.
create table sesame.respelled_users (
  user_id uuid primary key,
  address_hash bigint not null
);

create index respelled_users_address_hash_idx on sesame.respelled_users (address_hash);

alter table sesame.respelled_users enable row level security;

comment on table sesame.respelled_users is
  'Accounts whose address Auth keeps in another spelling than ours. A row may be out of date: the account itself '
  'decides. Private: no policy, written by note_spelling only.';

create function sesame.address_hash(address text) returns bigint
language plpgsql immutable strict set search_path = '' as $$
begin
  return hashtextextended(address, 0);
end
$$;

create function sesame.note_spelling(of_user uuid, written text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if sesame.tidy_email(written) <> written then
    insert into sesame.respelled_users (user_id, address_hash)
    values (of_user, sesame.address_hash(sesame.tidy_email(written)))
    on conflict (user_id) do update set address_hash = excluded.address_hash;
  end if;
end
$$;

-- Accounts that are older than this table.
insert into sesame.respelled_users (user_id, address_hash)
select users.id, sesame.address_hash(sesame.tidy_email(users.email))
from auth.users
where sesame.tidy_email(users.email) <> users.email;

create function sesame.find_members(addresses text[]) returns table (id uuid, address text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select member.id, member.email from sesame.verified_users as member where member.email = any (addresses)
    union all
    select member.id, sesame.tidy_email(member.email)
    from sesame.respelled_users as respelled
    cross join lateral (
      select verified.id, verified.email from sesame.verified_users as verified where verified.id = respelled.user_id
      offset 0
    ) as member
    where respelled.address_hash = any (array(select sesame.address_hash(wanted) from unnest(addresses) as wanted))
      and member.email <> all (addresses) and sesame.tidy_email(member.email) = any (addresses);
end
$$;

comment on function sesame.find_members is
  'Members who have verified one of these addresses, which are tidy, however Auth spells it.';

create function sesame.address_key(address text) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  -- There are 64 keys, so that a fold of any size holds at most 64 locks.
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
  null;  -- no webhook waits longer for one account: it claims at its next sign-in
end
$$;

comment on function sesame.lock_addresses is
  'Waits a moment for accounts that are verifying one of these addresses right now.';
