-- Attack: to get what a deleted account had without its address, to shake off a denial, and to keep an account from
-- being deleted or from signing in.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
\ir helpers/returning.psql

-- As where Auth asks before it confirms an address.
update sesame.settings set verified_email_claims = true;
select plan(54);

insert into public.modules (slug, title) values ('far', 'Far'), ('late', 'Late'), ('typed', 'Typed'), ('long', 'Long'), ('slow', 'Slow');
select pg_temp.account('cleo', 'cleo.kay@example.com');
select pg_temp.tell(0, pg_temp.session('cs_1', jsonb_build_object('user_ref', pg_temp.user_id('cleo'))));
select pg_temp.delete_account('cleo');

-- Bob is the attacker. An address that he has not verified.
select pg_temp.account('bob', 'cleo.kay@example.com', null);
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'an unverified address gets nothing');
select pg_temp.tell(0, pg_temp.payment('pi_1'));
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'not when the purchase is told again either');
update auth.users set (email, email_change) = ('bob@example.com', 'cleo.kay@example.com') where id = pg_temp.user_id('bob');
update auth.users set email_confirmed_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'nor one that the account is yet to change to');
select pg_temp.delete_account('bob');

-- An address that looks like hers.
create function pg_temp.owners_after(email text) returns text
language plpgsql as $$
begin
  perform pg_temp.account('bob', email);
  return pg_temp.owners_of();
end
$$;
select is(pg_temp.owners_after(email), 'cleo open', 'nor does one with ' || trick)
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
select is(pg_temp.owners_after('  Cleo.KAY@Example.COM '), 'bob open', 'only case and the spaces around it make no difference');
select is((select count(*) from sesame.deleted_accounts where user_id = pg_temp.user_id('cleo')), 0::bigint, 'and then the address is no longer kept');

-- The old account had not verified it, or had it no more.
select pg_temp.delete_account('bob');
select pg_temp.account('ada', 'ada@example.com', null);
select pg_temp.tell(0, pg_temp.session('cs_3', '{"module_ref": "llama"}'));
select pg_temp.delete_account('ada');
select pg_temp.account('cleo', 'ada@example.com');
select pg_temp.owners_are('llama', 'ada open', 'an account that had not verified its address leaves nothing to the next one');
select pg_temp.delete_account('cleo');
select pg_temp.account('ada', 'ada@old.example');
select pg_temp.account('ada', 'ada@new.example');
select pg_temp.delete_account('ada');
select pg_temp.account('bob', 'ada@old.example');
select pg_temp.owners_are('llama', 'ada open', 'nor does it leave anything to an address that it gave up before');
select pg_temp.account('bob', 'bob@example.com');

-- An account that is there again keeps what it has.
select pg_temp.account('ada', 'ada@restored.example');
select pg_temp.account('bob', 'ada@new.example');
select pg_temp.owners_are('llama', 'ada open', 'an account that was restored under its id keeps what it has');
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.delete_account('ada');

-- A denial.
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.tell(0, pg_temp.session('cs_4', jsonb_build_object('module_ref', 'whisper', 'user_ref', pg_temp.user_id('bob'))));
select public.revoke_module_access(pg_temp.user_id('bob'), 'whisper', 'olga', 'abuse', deny => true);
select pg_temp.delete_account('bob');
select pg_temp.account('cleo', 'cleo@example.com');
select pg_temp.account('cleo', 'bob@example.com');
select pg_temp.owners_are('whisper', 'cleo denied', 'a denial follows, also by way of another account that takes the address');
select pg_temp.tell(1, pg_temp.session('cs_5', jsonb_build_object('module_ref', 'whisper', 'user_ref', pg_temp.user_id('bob'))));
select pg_temp.owners_are('whisper', 'cleo denied', 'and no purchase under the old id opens it');
select is((select reason from public.sesame_checkout_offer(pg_temp.user_id('cleo'), 'whisper', null, false)), 'denied', 'nothing is sold to who is denied');

-- An address that somebody typed at Stripe goes on to give and to take nothing.
select pg_temp.tell(
  pg_temp.event(0, pg_temp.guest('cs_6', 'bob@example.com', '{"module_ref": "typed"}')),
  pg_temp.event(1, pg_temp.dispute('dp_6', 'pi_6', 'lost')));
select pg_temp.delete_account('cleo');
select pg_temp.account('ada', 'bob@example.com');
select pg_temp.owners_are('typed', 'nobody', 'what was bought with an address alone stays a gift after a return');
select is((select by_address from sesame.grants where source_id = 'cs_6'), true, 'and is known as one');

-- In any order: what was named before by somebody nearer is that user's, whether it is told before the return or after.
select pg_temp.account('bob', 'b@example.com');
select pg_temp.tell(
  pg_temp.event(-3, pg_temp.customer('cus_8', 'bob')),
  pg_temp.event(0, pg_temp.guest('cs_9', 'x@example.com', '{"module_ref": "far", "customer_id": "cus_8"}')));
select pg_temp.owners_are('far', 'bob open', 'named by the customer alone');
select pg_temp.delete_account('bob');
select pg_temp.account('cleo', 'b@example.com');
select pg_temp.owners_are('far', 'cleo open', 'it is handed over');
select pg_temp.tell(-1, pg_temp.payment('pi_9', jsonb_build_object('user_ref', pg_temp.user_id('ada'))));
select pg_temp.owners_are('far', 'ada open', 'a nearer name that was written before is believed, however late it comes');

select pg_temp.tell(0, pg_temp.guest('cs_17', 'bob@example.com', '{"module_ref": "slow", "customer_id": "cus_17"}'));
select pg_temp.owners_are('slow', 'ada open', 'claimed by the address');
select pg_temp.tell(
  pg_temp.event(-3, pg_temp.customer('cus_17', 'bob')),
  pg_temp.event(1, pg_temp.again(pg_temp.guest('cs_17', 'bob@example.com', jsonb_build_object(
    'module_ref', 'slow', 'customer_id', 'cus_17', 'user_ref', '00000000-0000-4000-8000-000000000000')))));
select pg_temp.owners_are('slow', 'cleo open', 'the old id decides where the nearest name was written too late, and leads to the new account');

-- An old id that is given out again, after the purchase has gone to the new account.
select pg_temp.tell(0, pg_temp.session('cs_12', jsonb_build_object('module_ref', 'long', 'user_ref', pg_temp.user_id('bob'))));
select pg_temp.owners_are('long', 'cleo open', 'the new account has it');
select pg_temp.account('bob', 'restored@example.com', null);
select pg_temp.owners_are('long', 'bob open', 'a restored account has what names it, verified or not');
select is((select cause from sesame.access_log where user_id = pg_temp.user_id('bob') order by id desc limit 1), 'member: restored the account', 'and the log says why');

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
select is(pg_temp.comes_back(repeat('a', 240) || '@example.com'), '0 noted', 'a long address comes back');
select is(pg_temp.comes_back(U&'\00E9l\00E8ve@\00E9cole.example'), '0 noted', 'and one in Unicode');
select is(pg_temp.comes_back(U&'\0001F980@example.com'), '0 noted', 'and one with control characters');
select is(pg_temp.comes_back(null), '0 noted', 'an account without an address is not noted');
select is(pg_temp.comes_back('  '), '0 noted', 'nor one of spaces');

-- Nothing of ours keeps an account from being deleted, or from signing in.
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

-- Erased while the deletion was on its way.
select pg_temp.account('bob', 'bob@erased.example');
select pg_temp.tell(0, pg_temp.session('cs_11', jsonb_build_object('module_ref', 'late', 'user_ref', pg_temp.user_id('bob'))));
select pg_temp.delete_account('bob');
insert into sesame.erasures (user_id, actor, why, erased) values (pg_temp.user_id('bob'), 'olga', 'asked', '{}');
delete from auth.users where id = pg_temp.user_id('cleo');
select pg_temp.account('cleo', 'bob@erased.example');
select pg_temp.owners_are('late', 'bob open', 'an erased account is not handed over, even where its deletion was noted');

select pg_temp.grants_are_derived();

select * from finish();
rollback;
