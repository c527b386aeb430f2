-- An account appears, verifies an address, or signs in: it gets the purchases that wait for that address.

create function sesame.tg_welcome_user() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '1s'
-- The tables may be new. A plan made while they are empty must not scan them later, when they are large.
set enable_seqscan = off as $$
declare
  v_address text;
begin
  begin
    v_address := sesame.tidy_email(new.email);
    -- If another transaction folds a purchase at this moment, wait until it commits.
    perform pg_advisory_xact_lock(sesame.address_key(v_address));
    perform sesame.note_spelling(new.id, new.email);
    if exists (select from sesame.grants where waits_for = v_address)
      and exists (select from sesame.verified_users where id = new.id)
    then
      perform sesame.lock_fold();
      perform sesame.set_cause('member: verified the address');
      perform sesame.claim_grants(array[new.id], array[v_address]);
    end if;
  exception when others then
    -- A busy fold must not refuse a sign-in: the next sign-in claims what waits.
    raise warning 'what waits for an account was not claimed: %', sqlstate;
  end;
  begin
    if exists (
        select from public.access_tokens as token
        where token.created_by is null and sesame.tidy_email(token.user_ref) = v_address
      )
      and exists (select from sesame.verified_users where id = new.id)
    then
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
