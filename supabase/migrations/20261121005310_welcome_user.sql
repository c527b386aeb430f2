-- An account appears, verifies an address, or signs in: it gets the purchases that wait for that address.

-- The fold takes its own lock first, and then those of addresses. So an account that must wait for the fold gives up its
-- address before. Otherwise each of the two would wait for the other. Postgres would end the calls that queue behind
-- them, with 40P01.
create function sesame.is_awaited(address text) returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  -- If another transaction folds a purchase at this moment, wait until it commits.
  perform pg_advisory_xact_lock(sesame.address_key(address));
  if exists (select from sesame.grants where waits_for = address)
    or exists (
      select from public.access_tokens as token
      where token.created_by is null and sesame.tidy_email(token.user_ref) = address
    )
  then
    raise sqlstate 'SE098';  -- the rollback of this block releases the lock
  end if;
  return false;
exception when sqlstate 'SE098' then
  return true;
end
$$;

comment on function sesame.is_awaited is
  'Whether purchases or tokens wait for this address. False: the address stays locked, so that those which come at this '
  'moment see the account.';

create function sesame.tg_welcome_user() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '1s'
-- The tables may be new. A plan made while they are empty must not scan them later, when they are large.
set enable_seqscan = off as $$
declare
  v_address text;
begin
  begin
    v_address := sesame.tidy_email(new.email);
    perform sesame.note_spelling(new.id, new.email);
    if not sesame.is_awaited(v_address) or not exists (select from sesame.verified_users where id = new.id) then
      return null;
    end if;
    if exists (select from sesame.grants where waits_for = v_address) then
      perform sesame.lock_fold();
      perform sesame.set_cause('member: verified the address');
      perform sesame.claim_grants(array[new.id], array[v_address]);
    end if;
  exception
    -- A busy fold must not refuse a sign-in: the next sign-in claims what waits.
    when lock_not_available then
      raise warning 'what waits for an account was not claimed: %', sqlstate;
      return null;  -- the tokens would wait for the same lock
    when others then
      raise warning 'what waits for an account was not claimed: %', sqlstate;
  end;
  begin
    if exists (
      select from public.access_tokens as token
      where token.created_by is null and sesame.tidy_email(token.user_ref) = v_address
    ) then
      perform sesame.claim_waiting_tokens(new.id, v_address);
    end if;
  exception when others then
    raise warning 'the tokens that wait for an account were not claimed: %', sqlstate;
  end;
  return null;
end
$$;

create trigger users_welcome_user
  after insert or update of email, email_confirmed_at, last_sign_in_at on auth.users
  for each row
  when (new.email_confirmed_at is not null and new.email is not null)
  execute function sesame.tg_welcome_user();
