-- Guests: a purchase without a name belongs to the user who has verified the buyer's address, whichever of
-- purchase and account comes first. The first claim stays.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(31);

-- The account first.
select pg_temp.send(0, pg_temp.guest('ada guest', 'ada@example.com'));
select pg_temp.owners_are('stable-diffusion', 'ada open', 'a guest''s purchase opens at once for the account with the verified address');
select is((select way || ' ' || object_id from sesame.claims), 'email cs_ada_guest', 'the claim by address is stored');
select is((select waits_for from sesame.grants), null, 'a purchase that was claimed no longer waits');
select pg_temp.send(1, pg_temp.refund('ada guest', 'ada guest', 1000));
select pg_temp.owners_are('stable-diffusion', 'ada refunded', 'a refund closes a purchase that was claimed');

-- The purchase first.
select pg_temp.send(0, pg_temp.guest('cleo guest', 'cleo@example.com', '{"module_ref": "llama"}'));
select pg_temp.owners_are('llama', 'no one', 'a guest''s purchase without an account waits');
select is((select waits_for from sesame.grants where source_id = 'cs_cleo_guest'), 'cleo@example.com', 'a guest''s purchase waits for the buyer''s address');
select pg_temp.account('cleo', 'cleo@example.com', null);
select pg_temp.owners_are('llama', 'no one', 'an account with the address unverified does not get the purchase');
select pg_temp.account('cleo', 'cleo@example.com');
select pg_temp.owners_are('llama', 'cleo open', 'verifying the address opens the purchase');
select is((select cause from sesame.access_log where user_id = pg_temp.user_id('cleo')), 'member: verified the address', 'the access log says that the address was verified');

-- Each kind of sale.
select pg_temp.send('invoice.paid', 0,
  pg_temp.invoice('bob guest', '{"module_ref": "whisper", "customer_id": null, "email": "bob@example.com"}'));
select pg_temp.owners_are('whisper', 'bob open', 'an invoice is claimed by its address');
select pg_temp.send(0,
  pg_temp.subscription('ada guest', 'active', 1, '{"user_ref": null, "customer_id": null}'),
  pg_temp.guest('ada sub', 'ada@example.com', '{"mode": "subscription", "subscription_id": "sub_ada_guest", "payment_intent_id": null}'));
select pg_temp.owners_are('whisper', 'ada open until 33, bob open', 'a subscription is claimed by the address of its session');
select pg_temp.send(
  pg_temp.event(0, pg_temp.payment('bob guest', '{"module_ref": "playground", "customer_id": "cus_bob_guest"}')),
  pg_temp.event(1, pg_temp.customer('bob guest', null) || '{"email": "bob@example.com"}'));
select pg_temp.owners_are('playground', 'bob open', 'a payment without a session is claimed by the address of its customer');
select pg_temp.send(0, pg_temp.guest('bob guest', 'ada@example.com', '{"module_ref": "playground", "payment_intent_id": "pi_bob_guest"}'));
select pg_temp.owners_are('playground', 'bob open', 'a payment that was claimed stays with its owner when its session arrives');
select pg_temp.send(0, pg_temp.guest('unmapped', 'ada@example.com', '{"module_ref": null, "price_ids": ["price_new"]}'));
select pg_temp.owners_are('llama', 'cleo open', 'a purchase at an unmapped price opens nothing');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'llama';
select pg_temp.owners_are('llama', 'ada open, cleo open', 'a purchase is claimed once its price is mapped');

-- Addresses beside names in metadata. Each case has a module of its own.
insert into public.modules (slug, title) values ('named', 'Named'), ('late', 'Late'), ('edited', 'Edited'), ('linked', 'Linked'), ('vague', 'Vague'),
  ('changed', 'Changed'), ('off', 'Off'), ('sso', 'Sso');
select pg_temp.send(0, pg_temp.session('named', '{"module_ref": "named", "email": "bob@example.com"}'));
select pg_temp.owners_are('named', 'ada open', 'an address does not move a purchase that names its user');
select pg_temp.send(0, pg_temp.guest('named late', 'ada@example.com', '{"module_ref": "late"}'));
select pg_temp.send(-1, pg_temp.payment('named late', jsonb_build_object('user_ref', pg_temp.user_id('bob'))));
select pg_temp.owners_are('late', 'bob open', 'a name written before the claim decides, even if it comes later');
select pg_temp.send(0, pg_temp.guest('edited', 'ada@example.com', '{"module_ref": "edited"}'));
select pg_temp.send(1, pg_temp.again(pg_temp.guest('edited', 'ada@example.com', jsonb_build_object('module_ref', 'edited', 'user_ref', pg_temp.user_id('bob')))));
select pg_temp.owners_are('edited', 'ada open', 'a name written after the claim moves nothing');
select pg_temp.send(0, pg_temp.guest('linked', 'ada@example.com', '{"module_ref": "linked", "customer_id": "cus_linked"}'));
select pg_temp.send(1, pg_temp.customer('linked', 'bob'));
select pg_temp.owners_are('linked', 'ada open', 'a customer linked after the claim moves nothing');
select pg_temp.send(-1, pg_temp.again(pg_temp.customer('linked', 'cleo')));
select pg_temp.owners_are('linked', 'bob open', 'a customer linked before the claim gives the purchase to its present user');
select pg_temp.send(0, pg_temp.guest('unreadable', 'ada@example.com', '{"module_ref": "vague", "user_ref": "somebody"}'));
select pg_temp.owners_are('vague', 'no one', 'a purchase that names an unknown user is not claimed by address');

-- Addresses change, claims stay.
select pg_temp.send(0, pg_temp.guest('changed address', 'cleo@home.example', '{"module_ref": "changed"}'));
select pg_temp.account('cleo', 'cleo@home.example');
select pg_temp.owners_are('changed', 'cleo open', 'a verified new address claims the purchase that waits for it');
select pg_temp.owners_are('llama', 'ada open, cleo open', 'purchases claimed with the old address stay');
select is(pg_temp.deliver(pg_temp.event(0, pg_temp.again(pg_temp.guest('changed address', 'cleo@home.example', '{"module_ref": "changed"}')))), 'applied', 'a purchase that was claimed is applied again');
select is((select count(*) from sesame.claims where object_id = 'cs_changed_address'), 1::bigint, 'a purchase that comes again is claimed once');

-- The setting, and single sign-on.
update sesame.settings set verified_email_claims = false;
select pg_temp.send(0, pg_temp.guest('claims off', 'ada@example.com', '{"module_ref": "off"}'));
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('ada');
select pg_temp.owners_are('off', 'no one', 'while address claims are off no address claims');
update sesame.settings set verified_email_claims = true;
select pg_temp.owners_are('off', 'ada open', 'once address claims are on the address claims what waited');
select pg_temp.account('bob', 'bob@example.com');
update auth.users set is_sso_user = true where id = pg_temp.user_id('bob');
select pg_temp.send(0, pg_temp.guest('sso', 'bob@example.com', '{"module_ref": "sso"}'));
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('sso', 'no one', 'an account from single sign-on claims nothing, because Auth has not verified its address');
update auth.users set is_sso_user = false, last_sign_in_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('sso', 'bob open', 'a purchase that was missed is claimed at the next sign-in');

select pg_temp.grants_are_derived();
create temporary table before as select user_id, module_id, is_active, expires_at from public.module_access;
delete from sesame.grants;
alter table public.module_access disable trigger user;  -- as if it had never been written
delete from public.module_access;
alter table public.module_access enable trigger user;
select sesame.fold_everything();
select set_eq('select user_id, module_id, is_active, expires_at from public.module_access', 'table before', 'folding everything again from the claims gives the same access');

select * from finish();
rollback;
