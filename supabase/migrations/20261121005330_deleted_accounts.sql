-- Accounts that are deleted and may be made again. See docs/decisions/0011_returned_accounts.md.

create table sesame.deleted_accounts (
  address_hash bytea not null,
  user_id uuid not null unique,
  deleted_at timestamptz not null default now(),
  primary key (address_hash, user_id),
  constraint deleted_accounts_address_hash_is_sha256 check (octet_length(address_hash) = 32)
);

alter table sesame.deleted_accounts enable row level security;

comment on table sesame.deleted_accounts is
  'Accounts that were deleted and may come back. A row is deleted when the account comes back, and when its user '
  'is erased. Private: no policy, written by the triggers on auth.users.';
comment on column sesame.deleted_accounts.address_hash is
  'SHA-256 of the verified address of the account, as tidy_email writes it. The address itself is not kept.';

create function sesame.hash_address(written text) returns bytea
language plpgsql immutable set search_path = '' as $$
begin
  return sha256(convert_to(sesame.tidy_email(written), 'UTF8'));
end
$$;

-- It takes no lock that a writer holds. So a deletion never waits for the fold.
create function sesame.tg_note_deleted_account() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into sesame.deleted_accounts (user_id, address_hash)
  select old.id, sesame.hash_address(old.email)
  from sesame.settings
  where verified_email_claims and returning_account_inherits
    and sesame.tidy_email(old.email) is not null
    and not exists (select from sesame.erasures as erasure where erasure.user_id = old.id)
  -- Auth may use an id again, and the new account may be deleted, too.
  on conflict (user_id) do update set (address_hash, deleted_at) = (excluded.address_hash, excluded.deleted_at);
  return null;
exception when others then
  -- Auth deletes the account all the same. An operator can still move its purchases.
  raise warning 'a deleted account was not noted: %', sqlstate;
  return null;
end
$$;

-- The row is read as JSON, because some versions of Auth lack the column deleted_at.
create trigger users_note_deleted
  after delete on auth.users
  for each row
  when (
    old.email_confirmed_at is not null and old.email is not null and not old.is_sso_user
    and to_jsonb(old) ->> 'deleted_at' is null
  )
  execute function sesame.tg_note_deleted_account();

-- A soft delete keeps the row and writes a hash over its address.
create trigger users_note_soft_deleted
  after update of email on auth.users
  for each row
  when (
    old.email_confirmed_at is not null and old.email is not null and not old.is_sso_user
    and to_jsonb(old) ->> 'deleted_at' is null and to_jsonb(new) ->> 'deleted_at' is not null
  )
  execute function sesame.tg_note_deleted_account();

create function sesame.accounts_behind(address text) returns setof uuid
language plpgsql stable set search_path = '' as $$
begin
  return query
    select deleted.user_id
    from sesame.deleted_accounts as deleted
    where deleted.address_hash = sesame.hash_address(address)
      -- An erasure may have committed after the deletion looked for it.
      and not exists (select from sesame.erasures as erasure where erasure.user_id = deleted.user_id)
      -- An account that was restored under its old id keeps its access.
      and not exists (
        select from auth.users as account
        where account.id = deleted.user_id and to_jsonb(account) ->> 'deleted_at' is null
      )
    order by deleted.deleted_at, deleted.user_id;
end
$$;

comment on function sesame.accounts_behind is
  'The deleted accounts that had verified this address, the oldest first.';
