-- A returning account: an account made again with the same verified address gets the old one's purchases.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
\ir helpers/returning.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(55);

-- Ada buys a module, subscribes, and gets modules without a payment.
insert into public.modules (slug, title, is_free) values ('gift', 'Gift', false), ('token', 'Token', false), ('free', 'Free', true),
  ('late', 'Late', false), ('closed', 'Closed', false), ('guest', 'Guest', false), ('moved', 'Moved', false), ('given', 'Given', false), ('office', 'Office', false);
select pg_temp.account('ada', 'ada@example.com');
select pg_temp.send(
  pg_temp.event(0, pg_temp.session('cs_1')),
  pg_temp.event(0, pg_temp.subscription('sub_2', 'active', 1)),
  pg_temp.event(0, pg_temp.guest('cs_3', 'ada@example.com', '{"module_ref": "guest"}')),
  pg_temp.event(0, pg_temp.session('cs_4', '{"module_ref": "closed"}')),
  pg_temp.event(0, pg_temp.session('cs_5', '{"module_ref": "moved"}')));
select public.grant_module_access(pg_temp.user_id('ada'), 'gift', 'olga', 'a gift');
select public.revoke_module_access(pg_temp.user_id('ada'), 'closed', 'olga', 'abuse', deny => true);
select public.move_purchase('cs_5', pg_temp.user_id('cleo'), 'olga', 'bought for cleo');
insert into public.access_tokens (created_by, module_id) select pg_temp.user_id('ada'), id from public.modules where slug = 'token';
select sesame.claim_free(pg_temp.user_id('ada'), 'free');
select pg_temp.owners_are('stable-diffusion', 'ada open', 'a member has what they bought');

select pg_temp.delete_account('ada');
select pg_temp.owners_are('stable-diffusion', 'ada open', 'deleting the account closes nothing');
select is((select count(*) from sesame.deleted_accounts), 1::bigint, 'the deletion is noted');
select pg_temp.account('bob', 'Ada@Example.com', null);
select pg_temp.owners_are('stable-diffusion', 'ada open', 'an unverified address gets nothing back');
update auth.users set email_confirmed_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('stable-diffusion', 'bob open', 'a verified address gets the purchase back');
select pg_temp.owners_are('whisper', 'bob open until 33', 'a verified address gets the subscription back');
select pg_temp.owners_are('guest', 'bob open', 'a verified address gets back what was claimed by address');
select pg_temp.owners_are('gift', 'bob open', 'a verified address gets the operator''s grant back');
select pg_temp.owners_are('free', 'bob open', 'a verified address gets the free module back');
select pg_temp.owners_are('token', 'bob open', 'a verified address gets the access token back');
select pg_temp.owners_are('closed', 'bob denied', 'a verified address gets the denial as well');
select pg_temp.owners_are('moved', 'cleo open', 'a purchase that an operator moved to another user stays there');
select is((select count(*) from sesame.deleted_accounts), 0::bigint, 'an account that came back is no longer noted');
select results_eq(
  format($$ select distinct cause, is_active from sesame.access_log where user_id = %L order by is_active $$, pg_temp.user_id('bob')),
  format($$ values ('member: made the account %1$s again', false), ('member: made the account %1$s again', true) $$, pg_temp.user_id('ada')),
  'the access log names the return and the old account');
select is((select count(*) from public.module_access where user_id = pg_temp.user_id('ada')), 0::bigint, 'the old account has no access left');

-- Later events.
select pg_temp.send(-1, pg_temp.session('cs_6', '{"module_ref": "late"}'));
select pg_temp.owners_are('late', 'bob open', 'a later event that names the old account opens for the new one');
select pg_temp.send(0, pg_temp.session('cs_7', jsonb_build_object('user_ref', upper(pg_temp.user_id('ada')::text), 'module_ref', 'given', 'customer_id', null)));
select pg_temp.owners_are('given', 'bob open', 'an old id in capital letters opens for the new account');
select pg_temp.send(1, pg_temp.refund('re_6', 'pi_6', 1000));
select pg_temp.owners_are('late', 'bob refunded', 'a refund closes a purchase of the old account');
select pg_temp.send(30, pg_temp.again(pg_temp.subscription('sub_2', 'active', 2)));
select pg_temp.owners_are('whisper', 'bob open until 63', 'a renewal opens for the new account');

select pg_temp.send(
  pg_temp.event(0, pg_temp.session('cs_15', jsonb_build_object('module_ref', 'playground', 'user_ref', pg_temp.user_id('bob')))),
  pg_temp.event(2, pg_temp.guest('cs_16', 'office@firm.example', jsonb_build_object('module_ref', 'office', 'customer_id', 'cus_ada', 'created', pg_temp.at(2)))));
select pg_temp.owners_are('office', 'bob open', 'purchases under both ids make the customer known for a third');

-- The new account has the customer.
select is((select customer_id from public.sesame_stripe_customer(pg_temp.user_id('bob'), false)), 'cus_ada', 'checkout uses the old account''s customer');
select is((select reason from public.sesame_checkout_offer(pg_temp.user_id('bob'), 'stable-diffusion', null, false)), 'already_owned', 'checkout does not sell a module of the old account again');
select is((select status from public.sesame_checkout_status(pg_temp.user_id('bob'), 'cs_1', false)), 'paid', 'checkout shows the status of the old account''s session');

-- Explained.
select matches((select detail from public.explain_module_access('ada@example.com', 'stable-diffusion') where link = 'account'),
  format('^was the account %s until ', pg_temp.user_id('ada')), 'explain names the old account');
select is((select count(*) from public.explain_module_access('ada@example.com', 'stable-diffusion') where state = 'broken'), 0::bigint, 'explain finds no broken link for the address');
select is((select count(*) from public.explain_module_access(pg_temp.user_id('ada')::text, 'stable-diffusion') where state = 'broken'), 0::bigint, 'explain finds no broken link for the old id');
select ok((select bool_or(module = 'stable-diffusion') from public.sesame_explain_reference(pg_temp.user_id('ada')::text)), 'explain_reference of the old id lists the new account''s modules');

-- Operators after the return.
select public.move_purchase('cs_6', pg_temp.user_id('cleo'), 'olga', 'x');
select pg_temp.owners_are('late', 'cleo refunded', 'an operator can move a purchase that came back');
select public.move_purchase('cs_7', pg_temp.user_id('ada'), 'olga', 'not the same person');
select pg_temp.owners_are('given', 'ada open', 'an operator can give a purchase to the old account');
select public.grant_module_access(pg_temp.user_id('bob'), 'closed', 'olga', 'settled');
select pg_temp.owners_are('closed', 'bob open', 'an operator''s grant lifts a denial that came back');

-- Deleted twice.
select pg_temp.delete_account('bob');
select pg_temp.delete_account('cleo');
select pg_temp.account('cleo', 'ada@example.com');
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'a second return gives the purchase to the third account');
select is(pg_temp.owners_of('gift') || ', ' || pg_temp.owners_of('token') || ', ' || pg_temp.owners_of('free'), 'cleo open, cleo open, cleo open', 'a second return gives the grant, the token and the free module to the third account');
select pg_temp.send(0, pg_temp.session('cs_10', '{"module_ref": "llama"}'));
select pg_temp.owners_are('llama', 'cleo open', 'an event that names the first account opens for the third');
select pg_temp.send(0, pg_temp.session('cs_11', jsonb_build_object('module_ref', 'playground', 'user_ref', pg_temp.user_id('bob'))));
select pg_temp.owners_are('playground', 'cleo open', 'an event that names the second account opens for the third');
select pg_temp.delete_account('cleo');
select pg_temp.account('ada', 'ada@example.com');
select pg_temp.owners_are('stable-diffusion', 'ada open', 'an id that is given out again has its own purchases');
select is((select string_agg(former_id::text, ' ' order by former_id) from sesame.returned_accounts where user_id = pg_temp.user_id('ada')),
  pg_temp.user_id('bob') || ' ' || pg_temp.user_id('cleo'), 'an id that is given out again stands for the accounts in between');

-- Folded again from the facts.
select pg_temp.grants_are_derived();
create temporary table before as select user_id, module_id, is_active, expires_at from public.module_access;
delete from sesame.grants;
alter table public.module_access disable trigger user;  -- as if it had never been written
delete from public.module_access;
alter table public.module_access enable trigger user;
select sesame.fold_everything();
select set_eq('select user_id, module_id, is_active, expires_at from public.module_access', 'table before', 'folding everything again gives the same access');
select pg_temp.access_is_derived();

-- Two old accounts and one new one.
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.send(0, pg_temp.session('cs_12', jsonb_build_object('module_ref', 'given', 'user_ref', pg_temp.user_id('bob'))));
select sesame.claim_free(pg_temp.user_id('bob'), 'free');
select pg_temp.delete_account('bob');
select pg_temp.delete_account('ada');
update sesame.deleted_accounts set address_hash = sesame.hash_address('both@example.com');
select pg_temp.account('cleo', 'cleo@example.com');
select sesame.claim_free(pg_temp.user_id('cleo'), 'free');
select pg_temp.account('cleo', 'both@example.com');
select is(pg_temp.owners_of() || ', ' || pg_temp.owners_of('given'), 'cleo open, cleo open', 'two old accounts with one address are both handed over');
select pg_temp.owners_are('free', 'cleo open', 'a free module of both old accounts is handed over once');

-- A soft delete keeps the row and hides the address.
select pg_temp.soft_delete('cleo');
select pg_temp.account('bob', 'both@example.com');
select pg_temp.owners_are('stable-diffusion', 'bob open', 'an account that was deleted softly is handed over');
delete from auth.users where id = pg_temp.user_id('cleo');
select is((select count(*) from sesame.deleted_accounts), 0::bigint, 'a soft deleted account is not noted again when its row is deleted');

-- Single sign-on.
update auth.users set is_sso_user = true where id = pg_temp.user_id('bob');
select pg_temp.delete_account('bob');
select is((select count(*) from sesame.deleted_accounts), 0::bigint, 'an account from single sign-on is not noted');

-- The settings.
select pg_temp.account('bob', 'bob@example.com');
update sesame.settings set returning_account_inherits = false;
select pg_temp.delete_account('bob');
select is((select count(*) from sesame.deleted_accounts), 0::bigint, 'with returning_account_inherits off no deletion is noted');
select pg_temp.account('bob', 'bob@example.com');
update sesame.settings set returning_account_inherits = true, verified_email_claims = false;
select pg_temp.delete_account('bob');
select is((select count(*) from sesame.deleted_accounts), 0::bigint, 'with verified_email_claims off no deletion is noted');
update sesame.settings set verified_email_claims = true;
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.delete_account('bob');
update sesame.settings set returning_account_inherits = false;
select pg_temp.account('cleo', 'bob@example.com');
select pg_temp.owners_are('stable-diffusion', 'bob open', 'a setting switched off after the deletion hands nothing over');
update sesame.settings set returning_account_inherits = true, verified_email_claims = false;
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('cleo');
select pg_temp.owners_are('stable-diffusion', 'bob open', 'with verified_email_claims off nothing is handed over');
update sesame.settings set verified_email_claims = true;
select is((select code from public.explain_module_access('bob@example.com', 'stable-diffusion') where state = 'broken' limit 1), 'claim_missed', 'explain gives claim_missed while the account waits');
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('cleo');
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'switched on again, the next sign-in hands the account over');
update sesame.settings set returning_account_inherits = false;
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'what was handed over stays when the setting is switched off');
select is((select string_agg(became, ' ' order by id) from sesame.settings_changes where setting = 'returning_account_inherits'), 'false true false true false', 'each change of the setting is on record');
update sesame.settings set returning_account_inherits = true;

-- Erasure and retention.
select pg_temp.send(31, pg_temp.again(pg_temp.subscription('sub_2', 'canceled', 2, '{"type_rank": 3}')));
select public.erase_user(pg_temp.user_id('cleo'), 'olga', 'asked');
select pg_temp.delete_account('cleo');
select is((select count(*) from sesame.deleted_accounts), 0::bigint, 'an erased account is not noted when it is deleted');
select pg_temp.account('ada', 'ada@home.example');
select pg_temp.delete_account('ada');
select public.erase_user(pg_temp.user_id('ada'), 'olga', 'asked');
select is((select count(*) from sesame.deleted_accounts), 0::bigint, 'an account erased after its deletion is no longer noted');

insert into sesame.deleted_accounts (user_id, address_hash, deleted_at)
values (gen_random_uuid(), sesame.hash_address('none@example.com'), now() - interval '91 days'),
  (pg_temp.user_id('bob'), sesame.hash_address('bob@example.com'), now() - interval '91 days'),
  (gen_random_uuid(), sesame.hash_address('new@example.com'), now() - interval '89 days'),
  (pg_temp.user_id('ada'), sesame.hash_address('ada@home.example'), now());
select pg_temp.send(0, pg_temp.session('cs_14', jsonb_build_object('module_ref', 'late', 'user_ref', pg_temp.user_id('bob'))));
delete from sesame.returned_accounts where former_id = pg_temp.user_id('bob');
select sesame.fold_everything();
select sesame.purge();
select set_eq('select address_hash from sesame.deleted_accounts',
  $$ select sesame.hash_address(kept) from unnest(array['bob@example.com', 'new@example.com']) as kept $$,
  'after 90 days a deleted account without purchases is forgotten, one with purchases is kept');

select * from finish();
rollback;
