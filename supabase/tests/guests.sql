-- Guests: what nobody was named for belongs to who has verified the address it was bought with,
-- whichever of purchase and account comes first; and the first binding stays.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql

-- As where Auth asks before it confirms an address.
update sesame.settings set verified_email_claims = true;
select plan(31);

-- The account first.
select pg_temp.tell(0, pg_temp.guest('cs_1', 'ada@example.com'));
select pg_temp.owners_are('stable-diffusion', 'ada open', 'a guest who has an account owns what he buys at once');
select is((select way || ' ' || object_id from sesame.claims), 'email cs_1', 'and the claim is kept');
select is((select waits_for from sesame.grants), null, 'nothing waits any more');
select pg_temp.tell(1, pg_temp.refund('re_1', 'pi_1', 1000));
select pg_temp.owners_are('stable-diffusion', 'ada refunded', 'a refund finds it like any other purchase');

-- The purchase first.
select pg_temp.tell(0, pg_temp.guest('cs_2', 'cleo@example.com', '{"module_ref": "llama"}'));
select pg_temp.owners_are('llama', 'nobody', 'what a stranger buys waits');
select is((select waits_for from sesame.grants where source_id = 'cs_2'), 'cleo@example.com', 'for his address');
select pg_temp.account('cleo', 'cleo@example.com', null);
select pg_temp.owners_are('llama', 'nobody', 'an account alone is no proof of it');
select pg_temp.account('cleo', 'cleo@example.com');
select pg_temp.owners_are('llama', 'cleo open', 'the verified address is');
select is((select cause from sesame.access_log where user_id = pg_temp.user_id('cleo')), 'member: verified the address', 'and the log says so');

-- Each kind of sale.
select pg_temp.tell('invoice.paid', 0,
  pg_temp.invoice('in_4', '{"module_ref": "whisper", "customer_id": null, "email": "bob@example.com"}'));
select pg_temp.owners_are('whisper', 'bob open', 'an invoice is claimed by the address on it');
select pg_temp.tell(0,
  pg_temp.subscription('sub_5', 'active', 1, '{"user_ref": null, "customer_id": null}'),
  pg_temp.guest('cs_5', 'ada@example.com', '{"mode": "subscription", "subscription_id": "sub_5", "payment_intent_id": null}'));
select pg_temp.owners_are('whisper', 'ada open until 33, bob open', 'a subscription by the address of its session');
select pg_temp.tell(
  pg_temp.event(0, pg_temp.payment('pi_6', '{"module_ref": "playground", "customer_id": "cus_6"}')),
  pg_temp.event(1, pg_temp.customer('cus_6', null) || '{"email": "bob@example.com"}'));
select pg_temp.owners_are('playground', 'bob open', 'a bare payment by the address of its customer');
select pg_temp.tell(0, pg_temp.guest('cs_6', 'ada@example.com', '{"module_ref": "playground", "payment_intent_id": "pi_6"}'));
select pg_temp.owners_are('playground', 'bob open', 'and stays his when its session turns up');
select pg_temp.tell(0, pg_temp.guest('cs_9', 'ada@example.com', '{"module_ref": null, "price_ids": ["price_new"]}'));
select pg_temp.owners_are('llama', 'cleo open', 'what opens nothing yet');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'llama';
select pg_temp.owners_are('llama', 'ada open, cleo open', 'is claimed when it does');

-- Beside what the site says; each story has a module of its own.
insert into public.modules (slug, title) values ('named', 'Named'), ('late', 'Late'), ('edited', 'Edited'), ('linked', 'Linked'), ('vague', 'Vague'),
  ('changed', 'Changed'), ('off', 'Off'), ('sso', 'Sso');
select pg_temp.tell(0, pg_temp.session('cs_10', '{"module_ref": "named", "email": "bob@example.com"}'));
select pg_temp.owners_are('named', 'ada open', 'an address moves nothing that was named');
select pg_temp.tell(0, pg_temp.guest('cs_11', 'ada@example.com', '{"module_ref": "late"}'));
select pg_temp.tell(-1, pg_temp.payment('pi_11', jsonb_build_object('user_ref', pg_temp.user_id('bob'))));
select pg_temp.owners_are('late', 'bob open', 'a name that was written before the claim holds, however late it comes');
select pg_temp.tell(0, pg_temp.guest('cs_13', 'ada@example.com', '{"module_ref": "edited"}'));
select pg_temp.tell(1, pg_temp.again(pg_temp.guest('cs_13', 'ada@example.com', jsonb_build_object('module_ref', 'edited', 'user_ref', pg_temp.user_id('bob')))));
select pg_temp.owners_are('edited', 'ada open', 'one that was written after it moves nothing');
select pg_temp.tell(0, pg_temp.guest('cs_15', 'ada@example.com', '{"module_ref": "linked", "customer_id": "cus_15"}'));
select pg_temp.tell(1, pg_temp.customer('cus_15', 'bob'));
select pg_temp.owners_are('linked', 'ada open', 'nor does a customer who was linked after it');
select pg_temp.tell(-1, pg_temp.again(pg_temp.customer('cus_15', 'cleo')));
select pg_temp.owners_are('linked', 'bob open', 'one who had been linked before it holds, to whom he is linked now');
select pg_temp.tell(0, pg_temp.guest('cs_18', 'ada@example.com', '{"module_ref": "vague", "user_ref": "somebody"}'));
select pg_temp.owners_are('vague', 'nobody', 'where the site named somebody else''s user, no address speaks for him');

-- Addresses change, bindings do not.
select pg_temp.tell(0, pg_temp.guest('cs_20', 'cleo@home.example', '{"module_ref": "changed"}'));
select pg_temp.account('cleo', 'cleo@home.example');
select pg_temp.owners_are('changed', 'cleo open', 'a verified new address claims what waits for it');
select pg_temp.owners_are('llama', 'ada open, cleo open', 'and nothing bought with the old one is lost');
select is(pg_temp.deliver(pg_temp.event(0, pg_temp.again(pg_temp.guest('cs_20', 'cleo@home.example', '{"module_ref": "changed"}')))), 'applied', 'told again');
select is((select count(*) from sesame.claims where object_id = 'cs_20'), 1::bigint, 'it is claimed once');

-- The owner's choice, and single sign-on.
update sesame.settings set verified_email_claims = false;
select pg_temp.tell(0, pg_temp.guest('cs_22', 'ada@example.com', '{"module_ref": "off"}'));
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('ada');
select pg_temp.owners_are('off', 'nobody', 'where addresses prove nothing, none claims');
update sesame.settings set verified_email_claims = true;
select pg_temp.owners_are('off', 'ada open', 'once they do, it does');
select pg_temp.account('bob', 'bob@example.com');
update auth.users set is_sso_user = true where id = pg_temp.user_id('bob');
select pg_temp.tell(0, pg_temp.guest('cs_23', 'bob@example.com', '{"module_ref": "sso"}'));
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('sso', 'nobody', 'an account of single sign-on claims nothing: Auth has not verified its address');
update auth.users set is_sso_user = false, last_sign_in_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('sso', 'bob open', 'what was missed is claimed at the next sign-in');

select pg_temp.grants_are_derived();
create temporary table before as select user_id, module_id, is_active, expires_at from public.module_access;
delete from sesame.grants;
alter table public.module_access disable trigger user;  -- as if it had never been written
delete from public.module_access;
alter table public.module_access enable trigger user;
select sesame.fold_everything();
select set_eq('select user_id, module_id, is_active, expires_at from public.module_access', 'table before', 'folded again from them, access is the same');

select * from finish();
rollback;
