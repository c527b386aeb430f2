-- A deleted account whose owner came back: the new account replaces the old one wherever that one is named.
-- See docs/decisions/0011_returned_accounts.md.

create table sesame.returned_accounts (
  former_id uuid primary key,
  user_id uuid not null,
  returned_at timestamptz not null default clock_timestamp(),
  constraint returned_accounts_are_two_accounts check (former_id <> user_id)
);

create index returned_accounts_user_id_idx on sesame.returned_accounts (user_id);

alter table sesame.returned_accounts enable row level security;

comment on table sesame.returned_accounts is
  'Deleted accounts (former_id) and the account that was made again with the same verified address (user_id). Of '
  'several deleted accounts in a row, each leads to the last account. Private: no policy, written by hand_over only.';
comment on column sesame.returned_accounts.returned_at is
  'Grants by hand to the former account later than this stay with it.';

create function sesame.accounts_of(of_user uuid) returns uuid[]
language plpgsql stable set search_path = '' as $$
begin
  return of_user || array(select former_id from sesame.returned_accounts where user_id = of_user);
end
$$;

comment on function sesame.accounts_of is 'A user and the deleted accounts that this user had before.';

create function sesame.refs_of(of_user uuid) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return sesame.accounts_of(of_user)::text[];
end
$$;

comment on function sesame.refs_of is 'The same ids as text, as a site writes them into metadata.';

create function sesame.present_account(named uuid) returns uuid
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((select user_id from sesame.returned_accounts where former_id = named), named);
end
$$;

comment on function sesame.present_account is
  'The present account of a user: the new one where this account was deleted and made again, else this one.';
