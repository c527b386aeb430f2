-- An account is deleted and made again with the same verified address: it gets back what the old one had.
-- See docs/decisions/0011_returned_accounts.md.

create table sesame.deleted_accounts (
  address_hash bytea not null,
  user_id uuid not null unique,
  deleted_at timestamptz not null default now(),
  primary key (address_hash, user_id),
  constraint deleted_accounts_address_hash_is_sha256 check (octet_length(address_hash) = 32)
);

alter table sesame.deleted_accounts enable row level security;

comment on table sesame.deleted_accounts is
  'Accounts that were deleted and may come back. A row goes when the account comes back, and when its user is erased. '
  'Private: no policy, written by the triggers on auth.users.';
comment on column sesame.deleted_accounts.address_hash is
  'SHA-256 of the address that the account had verified, as tidy_email writes it. The address itself is not kept.';

create function sesame.hash_address(written text) returns bytea
language plpgsql immutable set search_path = '' as $$
begin
  return sha256(convert_to(sesame.tidy_email(written), 'UTF8'));
end
$$;

-- Takes no lock that a writer holds: a deletion never waits for the fold.
create function sesame.tg_note_deleted_account() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into sesame.deleted_accounts (user_id, address_hash)
  select old.id, sesame.hash_address(old.email)
  from sesame.settings
  where verified_email_claims and returning_account_inherits
    and sesame.tidy_email(old.email) is not null
    and not exists (select from sesame.erasures as erasure where erasure.user_id = old.id)
  -- An id may be given out again, and deleted again.
  on conflict (user_id) do update set (address_hash, deleted_at) = (excluded.address_hash, excluded.deleted_at);
  return null;
exception when others then
  -- Auth deletes the account all the same. An operator can still move its purchases.
  raise warning 'a deleted account was not noted: %', sqlstate;
  return null;
end
$$;

-- Read as JSON: not every Auth has the column deleted_at.
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
      -- An account that was restored under its old id keeps what it has.
      and not exists (
        select from auth.users as account
        where account.id = deleted.user_id and to_jsonb(account) ->> 'deleted_at' is null
      )
    order by deleted.deleted_at, deleted.user_id;
end
$$;

comment on function sesame.accounts_behind is 'The deleted accounts that had verified this address, the oldest first.';

create function sesame.tg_welcome_back() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '1s' as $$
declare
  v_former uuid;
begin
  if exists (select from sesame.returned_accounts where former_id = new.id) and to_jsonb(new) ->> 'deleted_at' is null then
    perform sesame.lock_fold();
    perform sesame.end_return(new.id);
  end if;
  if exists (select from sesame.deleted_accounts where address_hash = sesame.hash_address(new.email))
    and exists (select from sesame.settings where returning_account_inherits)
    and exists (select from sesame.verified_users where id = new.id)
  then
    perform sesame.lock_fold();
    for v_former in select sesame.accounts_behind(new.email) loop
      perform sesame.hand_over(v_former, new.id);
    end loop;
  end if;
  return null;
exception when others then
  -- Nobody is kept out because the fold is busy: the next sign-in tries again.
  raise warning 'what a deleted account had was not handed over: %', sqlstate;
  return null;
end
$$;

create trigger users_welcome_back
  after insert or update of email, email_confirmed_at, last_sign_in_at on auth.users
  for each row
  execute function sesame.tg_welcome_back();

create function sesame.held_by(of_user uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_object_agg(held.source, held.ids), '{}')
    from (
      select source, jsonb_agg(distinct source_id) as ids from sesame.grants where user_id = of_user group by source
    ) as held
  );
end
$$;

comment on function sesame.held_by is 'The sources {kind: [id, …]} of all grants of a user.';

create function sesame.hand_over(former uuid, heir uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_held jsonb;
begin
  -- Restored, and deleted again before that could be seen.
  perform sesame.end_return(former);
  v_held := sesame.held_by(former);
  delete from sesame.deleted_accounts where user_id = former;
  update sesame.returned_accounts set user_id = heir where user_id = former;
  insert into sesame.returned_accounts (former_id, user_id) values (former, heir);

  perform sesame.hand_over_manual_grants(former, heir);
  perform sesame.hand_over_tokens(former, heir);
  perform sesame.set_cause(sesame.cause_of_return(former));
  -- Also what neither owned: two names of one customer may have become one.
  perform sesame.fold_sources(sesame.union_objects(v_held, sesame.objects_of(heir, null)));
end
$$;

comment on function sesame.hand_over is
  'Makes one account stand for a deleted one: purchases, grants by hand, denials and access tokens. Call under '
  'lock_fold().';

-- An account that is restored under its old id stands for itself. Auth gives no id twice, an operator may.
create function sesame.end_return(former uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_heir uuid := (select user_id from sesame.returned_accounts where former_id = former);
  v_objects jsonb;
begin
  if v_heir is null then
    return;
  end if;
  v_objects := sesame.union_objects(sesame.held_by(v_heir), sesame.objects_of(v_heir, null));
  delete from sesame.returned_accounts where former_id = former;
  perform sesame.set_cause('member: restored the account');
  perform sesame.fold_sources(v_objects);
end
$$;

comment on function sesame.end_return is 'Gives a restored account what names it. Call under lock_fold().';

create function sesame.cause_of_return(former uuid) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return format('member: made the account %s again', former);
end
$$;

create function sesame.hand_over_manual_grants(former uuid, heir uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- A free module is claimed once: where the new account has claimed it already, its own claim counts.
  update sesame.manual_grants as held
  set (revoked_at, revoked_by, revoked_why) = (now(), 'member', 'claimed again')
  where held.user_id = former and held.kind = 'claim' and held.revoked_at is null
    and exists (
      select from sesame.manual_grants as own
      where (own.user_id, own.module_id, own.kind) = (heir, held.module_id, 'claim') and own.revoked_at is null
    );
  update sesame.manual_grants as held set user_id = heir where held.user_id = former;
end
$$;

create function sesame.hand_over_tokens(former uuid, heir uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform set_config('sesame.token_cause', sesame.cause_of_return(former), true);
  update public.access_tokens set created_by = heir where created_by = former;
  perform set_config('sesame.token_cause', '', true);
end
$$;
