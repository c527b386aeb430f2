-- An account is deleted and made again with the same verified address: it gets back the access of the old one. See
-- docs/decisions/0011_returned_accounts.md.

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
  -- A busy fold must not refuse a sign-in: the next one tries again.
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
    select coalesce(json_object_agg(held.source, held.ids)::jsonb, '{}')
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
  -- The account was restored and deleted again before this ran.
  perform sesame.end_return(former);
  v_held := sesame.held_by(former);
  delete from sesame.deleted_accounts where user_id = former;
  update sesame.returned_accounts set user_id = heir where user_id = former;
  insert into sesame.returned_accounts (former_id, user_id) values (former, heir);

  perform sesame.hand_over_manual_grants(former, heir);
  perform sesame.hand_over_tokens(former, heir);
  perform sesame.set_cause(sesame.cause_of_return(former));
  -- This includes objects that neither owned: two names of one customer may have become one.
  perform sesame.fold_sources(sesame.union_objects(v_held, sesame.objects_of(heir, null)));
end
$$;

comment on function sesame.hand_over is
  'Lets one account stand for a deleted one: purchases, grants by hand, denials and access tokens. Call it under '
  'lock_fold().';

-- An account that is restored under its old id stands for itself again. Auth never uses an id twice; an operator may.
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

comment on function sesame.end_return is
  'Gives a restored account the objects that name it. Call it under lock_fold().';

create function sesame.cause_of_return(former uuid) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return format('member: made the account %s again', former);
end
$$;

create function sesame.hand_over_manual_grants(former uuid, heir uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- A free module is claimed once. If the new account has claimed it already, its own claim counts.
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
