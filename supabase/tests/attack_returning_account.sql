-- Attack: a user tries to get a deleted account's purchases without its address, to lose a denial, or to stop an
-- account from being deleted or from signing in.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
\ir helpers/returning.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(54);

insert into public.modules (slug, title) values ('far', 'Far'), ('late', 'Late'), ('typed', 'Typed'), ('long', 'Long'), ('slow', 'Slow');
select pg_temp.account('cleo', 'cleo.kay@example.com');
select pg_temp.send(0, pg_temp.session('cs_1', jsonb_build_object('user_ref', pg_temp.user_id('cleo'))));
select pg_temp.delete_account('cleo');

-- Bob is the attacker, with an unverified address.
select pg_temp.account('bob', 'cleo.kay@example.com', null);
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'an unverified address gets nothing of a deleted account');
select pg_temp.send(0, pg_temp.payment('pi_1'));
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'an unverified address gets nothing when the purchase changes');
update auth.users set (email, email_change) = ('bob@example.com', 'cleo.kay@example.com') where id = pg_temp.user_id('bob');
update auth.users set email_confirmed_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'an address that an account has not confirmed yet gets nothing');
select pg_temp.delete_account('bob');

-- An address that looks like cleo's.
create function pg_temp.owners_after(email text) returns text
language plpgsql as $$
begin
  perform pg_temp.account('bob', email);
  return pg_temp.owners_of();
end
$$;
select is(pg_temp.owners_after(email), 'cleo open', 'a returning account gets nothing with ' || trick)
from (values
  (U&'cleo.\212Aay@example.com', 'the Kelvin sign for a k'),
  (U&'cleo\FF0Ekay@example.com', 'a wide dot'),
  (U&'cleo.kay@example\3002com', 'another dot in its domain'),
  (U&'cleo.kay\200B@example.com', 'a space of no width'),
  (U&'\00A0cleo.kay@example.com', 'a space that does not break'),
  (U&'cl\0435o.kay@example.com', 'a Cyrillic letter'),
  (U&'cleo.kay@\FF45xample.com', 'a wide letter'),
  (U&'cle\006F\0301.kay@example.com', 'an accent of its own'),
  ('cleokay@example.com', 'the dot left out'),
  ('cleo.kay+1@example.com', 'a tag'),
  ('cleo.kay@example.com.', 'a dot at the end'),
  ('"cleo.kay"@example.com', 'quotes'),
  ('%@example.com', 'a wildcard'),
  (encode(sesame.hash_address('cleo.kay@example.com'), 'hex'), 'the hash of the address')
) as disguise (email, trick);
select is(pg_temp.owners_after('  Cleo.KAY@Example.COM '), 'bob open', 'an address that differs only in case and outer spaces gets the deleted account''s purchases');
select is((select count(*) from sesame.deleted_accounts where user_id = pg_temp.user_id('cleo')), 0::bigint, 'an address that came back is no longer kept');

-- The old account had not verified the address, or had given it up.
select pg_temp.delete_account('bob');
select pg_temp.account('ada', 'ada@example.com', null);
select pg_temp.send(0, pg_temp.session('cs_3', '{"module_ref": "llama"}'));
select pg_temp.delete_account('ada');
select pg_temp.account('cleo', 'ada@example.com');
select pg_temp.owners_are('llama', 'ada open', 'an account with an unverified address leaves nothing to the next account');
select pg_temp.delete_account('cleo');
select pg_temp.account('ada', 'ada@old.example');
select pg_temp.account('ada', 'ada@new.example');
select pg_temp.delete_account('ada');
select pg_temp.account('bob', 'ada@old.example');
select pg_temp.owners_are('llama', 'ada open', 'a deleted account leaves nothing to an address that it gave up before');
select pg_temp.account('bob', 'bob@example.com');

-- An account restored under its id.
select pg_temp.account('ada', 'ada@restored.example');
select pg_temp.account('bob', 'ada@new.example');
select pg_temp.owners_are('llama', 'ada open', 'an account that was restored under its id keeps its purchases');
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.delete_account('ada');

-- A denial.
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.send(0, pg_temp.session('cs_4', jsonb_build_object('module_ref', 'whisper', 'user_ref', pg_temp.user_id('bob'))));
select public.revoke_module_access(pg_temp.user_id('bob'), 'whisper', 'olga', 'abuse', deny => true);
select pg_temp.delete_account('bob');
select pg_temp.account('cleo', 'cleo@example.com');
select pg_temp.account('cleo', 'bob@example.com');
select pg_temp.owners_are('whisper', 'cleo denied', 'a denial follows to another account that takes the address');
select pg_temp.send(1, pg_temp.session('cs_5', jsonb_build_object('module_ref', 'whisper', 'user_ref', pg_temp.user_id('bob'))));
select pg_temp.owners_are('whisper', 'cleo denied', 'a purchase under the old id does not open a denied module');
select is((select reason from public.sesame_checkout_offer(pg_temp.user_id('cleo'), 'whisper', null, false)), 'denied', 'a denied module is not offered to the new account');

-- A purchase bought with only an address.
select pg_temp.send(
  pg_temp.event(0, pg_temp.guest('cs_6', 'bob@example.com', '{"module_ref": "typed"}')),
  pg_temp.event(1, pg_temp.dispute('dp_6', 'pi_6', 'lost')));
select pg_temp.delete_account('cleo');
select pg_temp.account('ada', 'bob@example.com');
select pg_temp.owners_are('typed', 'no one', 'a disputed purchase bought with an address alone does not show after a return');
select is((select by_address from sesame.grants where source_id = 'cs_6'), true, 'a purchase bought with an address alone is marked so after a return');

-- A nearer name that is older decides, whether its event comes before the return or after.
select pg_temp.account('bob', 'b@example.com');
select pg_temp.send(
  pg_temp.event(-3, pg_temp.customer('cus_8', 'bob')),
  pg_temp.event(0, pg_temp.guest('cs_9', 'x@example.com', '{"module_ref": "far", "customer_id": "cus_8"}')));
select pg_temp.owners_are('far', 'bob open', 'a purchase whose customer names a user opens for that user');
select pg_temp.delete_account('bob');
select pg_temp.account('cleo', 'b@example.com');
select pg_temp.owners_are('far', 'cleo open', 'a purchase that only its customer named goes to the returned account');
select pg_temp.send(-1, pg_temp.payment('pi_9', jsonb_build_object('user_ref', pg_temp.user_id('ada'))));
select pg_temp.owners_are('far', 'ada open', 'a nearer name with an earlier date decides, even if it comes late');

select pg_temp.send(0, pg_temp.guest('cs_17', 'bob@example.com', '{"module_ref": "slow", "customer_id": "cus_17"}'));
select pg_temp.owners_are('slow', 'ada open', 'a purchase without a name opens for the user with the buyer''s address');
select pg_temp.send(
  pg_temp.event(-3, pg_temp.customer('cus_17', 'bob')),
  pg_temp.event(1, pg_temp.again(pg_temp.guest('cs_17', 'bob@example.com', jsonb_build_object(
    'module_ref', 'slow', 'customer_id', 'cus_17', 'user_ref', '00000000-0000-4000-8000-000000000000')))));
select pg_temp.owners_are('slow', 'cleo open', 'a name written after the purchase does not decide; the deleted account leads to the new one');

-- An old id that is given out again after the new account got the purchase.
select pg_temp.send(0, pg_temp.session('cs_12', jsonb_build_object('module_ref', 'long', 'user_ref', pg_temp.user_id('bob'))));
select pg_temp.owners_are('long', 'cleo open', 'a purchase under the old id opens for the new account');
select pg_temp.account('bob', 'restored@example.com', null);
select pg_temp.owners_are('long', 'bob open', 'a restored account has the purchases that name it, verified or not');
select is((select cause from sesame.access_log where user_id = pg_temp.user_id('bob') order by id desc limit 1), 'member: restored the account', 'the access log says that the account was restored');

-- Members.
select is(pg_temp.refusal_as(persona, statement), '42501', format('%s may not %s', persona, statement))
from unnest(array['ada', 'anon', 'service_role', 'sesame_webhook']) as persona
cross join unnest(array['select * from sesame.deleted_accounts', 'insert into sesame.returned_accounts values (gen_random_uuid(), gen_random_uuid())']) as statement;

-- Addresses of any shape, and none.
create function pg_temp.comes_back(email text) returns text
language plpgsql as $$
begin
  perform pg_temp.account('bob', email);
  perform pg_temp.delete_account('bob');
  delete from auth.users where id = pg_temp.user_id('cleo');
  perform pg_temp.account('cleo', email);
  return (select count(*) || ' noted' from sesame.deleted_accounts where user_id = pg_temp.user_id('bob'));
end
$$;
select is(pg_temp.comes_back(repeat('a', 240) || '@example.com'), '0 noted', 'a long address is forgotten when its account comes back');
select is(pg_temp.comes_back(U&'\00E9l\00E8ve@\00E9cole.example'), '0 noted', 'a Unicode address is forgotten when its account comes back');
select is(pg_temp.comes_back(U&'\0001F980@example.com'), '0 noted', 'an address outside the Basic Multilingual Plane is forgotten when its account comes back');
select is(pg_temp.comes_back(null), '0 noted', 'a deleted account without an address is not noted');
select is(pg_temp.comes_back('  '), '0 noted', 'a deleted account with an address of spaces is not noted');

-- An error in our functions does not stop an account from being deleted or made.
create function pg_temp.works_with(breakage text) returns text
language plpgsql as $$
begin
  perform pg_temp.account('bob', 'bob@broken.example');
  execute breakage;
  delete from auth.users where id = pg_temp.user_id('bob');
  insert into auth.users (id, email, email_confirmed_at) values (pg_temp.user_id('bob'), 'bob@broken.example', now());
  raise sqlstate 'ZZZZZ';
exception
  when sqlstate 'ZZZZZ' then return 'works';
  when others then return sqlstate;
end
$$;
select is(pg_temp.works_with(breakage), 'works', 'an account is deleted and made after: ' || breakage)
from unnest(array[
  'alter table sesame.deleted_accounts rename to gone', 'drop table sesame.erasures cascade',
  'drop function sesame.tidy_email cascade', 'alter table sesame.settings rename column returning_account_inherits to gone'
]) as breakage;

-- Erased while the account was being deleted.
select pg_temp.account('bob', 'bob@erased.example');
select pg_temp.send(0, pg_temp.session('cs_11', jsonb_build_object('module_ref', 'late', 'user_ref', pg_temp.user_id('bob'))));
select pg_temp.delete_account('bob');
insert into sesame.erasures (user_id, actor, why, erased) values (pg_temp.user_id('bob'), 'olga', 'asked', '{}');
delete from auth.users where id = pg_temp.user_id('cleo');
select pg_temp.account('cleo', 'bob@erased.example');
select pg_temp.owners_are('late', 'bob open', 'an erased account is not handed over, even if its deletion was noted');

select pg_temp.grants_are_derived();

select * from finish();
rollback;
