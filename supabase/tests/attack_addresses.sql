-- Attacks with an address: never confirmed, typed by another buyer, or in another spelling.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
select * from no_plan();

-- Address claims are off until an operator switches them on.
select pg_temp.send(0, pg_temp.guest('rich', 'rich@example.com'));
select pg_temp.account('bob', 'rich@example.com');
select pg_temp.owners_are('stable-diffusion', 'no one', 'on a new project a confirmed address claims nothing, because Auth may not have asked');
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('stable-diffusion', 'no one', 'a later sign-in claims nothing either');
select results_eq('select is_on, was_decided, waiting, unasked > 0 from public.sesame_address_claims()',
  $$ values (false, false, 1::bigint, true) $$, 'setup sees that the setting is undecided, what waits, and the unverified account');
select is(pg_temp.refusal_as(persona, $$ select public.sesame_set_address_claims(true, 'x', 'x') $$), '42501', persona || ' cannot switch address claims on')
from unnest(array['anon', 'bob', 'sesame_webhook']) as persona;
select throws_ok($$ select public.sesame_set_address_claims(true, '', 'x') $$, '23514', null, 'switching address claims on without a name is refused');
select throws_ok($$ select public.sesame_set_address_claims(true, 'olga', null) $$, '23514', null, 'switching address claims on without a reason is refused');
select is(public.sesame_set_address_claims(true, 'setup', 'Auth asks'), true, 'an operator can switch address claims on');
select pg_temp.owners_are('stable-diffusion', 'bob open', 'waiting purchases are claimed in the same transaction');
select is((select cause from sesame.access_log where user_id = pg_temp.user_id('bob')), 'settings', 'the access log names the setting as the cause');
select is(public.sesame_set_address_claims(true, 'setup', 'again'), false, 'switching address claims on twice changes nothing');
update sesame.settings set verified_email_claims = false;
select pg_temp.owners_are('stable-diffusion', 'bob open', 'purchases that were claimed stay claimed when the setting is switched off');
select results_eq('select setting, was, became, actor, why from sesame.settings_changes order by id',
  $$ values ('verified_email_claims', 'false', 'true', 'setup', 'Auth asks'),
            ('verified_email_claims', 'true', 'false', session_user::text collate "default", 'an update in SQL') $$, 'each change of the setting is on record, also one in SQL');
select pg_temp.send(1, pg_temp.refund('rich', 'rich', 1000));
select pg_temp.owners_are('stable-diffusion', 'bob refunded', 'a refund closes a claimed purchase while the setting is off');
select sesame.fold_everything();
select pg_temp.owners_are('stable-diffusion', 'bob refunded', 'folding everything again gives the same owners');
select pg_temp.send(0, pg_temp.guest('claims off', 'rich@example.com', '{"module_ref": "llama"}'));
select pg_temp.owners_are('llama', 'no one', 'a purchase made while the setting is off waits');
select is((select code from public.explain_module_access('rich@example.com', 'llama') where state = 'broken' order by place limit 1), 'address_claims_off', 'explain says that address claims are off');
update sesame.settings set renewal_grace = '4 days';
select pg_temp.owners_are('llama', 'no one', 'changing another setting does not switch address claims on');
update sesame.settings set verified_email_claims = true, renewal_grace = '3 days';
select pg_temp.owners_are('llama', 'bob open', 'switching address claims on together with another setting claims the purchase');

-- Single sign-on: the provider has verified the address, not Auth.
select pg_temp.account('cleo', 'cleo@corp.example');
update auth.users set is_sso_user = true where id = pg_temp.user_id('cleo');
select pg_temp.send(0, pg_temp.guest('cs_sso', 'cleo@corp.example', '{"module_ref": "whisper"}'));
select pg_temp.owners_are('whisper', 'no one', 'an account from single sign-on claims nothing by its address');
update auth.users set is_sso_user = false where id = pg_temp.user_id('cleo');

-- A stranger's purchase with a member's address.
create function pg_temp.reason(persona text, module text) returns text
language sql as $$ select coalesce(reason, 'sell') from public.sesame_checkout_offer(pg_temp.user_id(persona), module, null, false) $$;
create function pg_temp.customer_of(persona text) returns text
language sql as $$ select customer_id from public.sesame_stripe_customer(pg_temp.user_id(persona), false) $$;
create function pg_temp.doubts(persona text, module text) returns text
language sql as $$ select array_to_string(doubts, ' ') from public.sesame_checkout_offer(pg_temp.user_id(persona), module, null, false) $$;

select pg_temp.account('ada', 'ada@example.com');
select pg_temp.send(0, pg_temp.guest('stranger', 'ada@example.com', '{"payment_status": "unpaid"}'));
select pg_temp.access_is('ada', 'stable-diffusion', 'none', 'a pending debit that a stranger began with a member''s address is not in the member''s list');
select is(pg_temp.reason('ada', 'stable-diffusion'), 'sell', 'a pending debit by a stranger does not stop the member from buying');
select is(pg_temp.doubts('ada', 'stable-diffusion'), '', 'a pending debit by a stranger is not checked at Stripe');
select is((select code from public.explain_module_access('ada@example.com', 'stable-diffusion') where state = 'broken' order by place limit 1), 'pending_payment', 'explain names the pending debit by a stranger');
select pg_temp.access_is_derived();
select pg_temp.send(1, pg_temp.again(pg_temp.guest('stranger', 'ada@example.com')));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a stranger''s paid purchase with a member''s address opens for the member');
select pg_temp.send(2, pg_temp.dispute('stranger', 'stranger', 'needs_response'));
select pg_temp.access_is('ada', 'stable-diffusion', 'none', 'a disputed purchase by a stranger leaves the member without access');
select is(pg_temp.reason('ada', 'stable-diffusion'), 'sell', 'the member may buy the module that a stranger disputed');
select pg_temp.send(3, pg_temp.again(pg_temp.dispute('stranger', 'stranger', 'won', 3)));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a stranger''s dispute that is won opens the module again');
select pg_temp.send(2, pg_temp.refund('stranger', 'stranger', 1000));
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'a refund of the stranger''s purchase closes the module');

select pg_temp.send(0, pg_temp.subscription('sub_zzz', 'active', 1, '{"customer_id": "cus_zzz_own"}'));
select is(pg_temp.customer_of('ada'), 'cus_zzz_own', 'a member''s own subscription makes its customer the member''s');
insert into public.modules (slug, title) values ('other', 'Other');
insert into public.module_prices (stripe_price_id, module_id) select 'price_other', id from public.modules where slug = 'other';
create function pg_temp.strangers(status text) returns jsonb
language sql as $$
  select pg_temp.subscription('sub_aaa', status, 1, jsonb_build_object('user_ref', null, 'customer_id', 'cus_aaa_attacker',
    'items', jsonb_build_array(jsonb_build_object('price_id', 'price_other', 'quantity', 1,
      'current_period_start', pg_temp.at(0), 'current_period_end', pg_temp.at(30)))))
$$;
select pg_temp.send(0, pg_temp.strangers('active'),
  pg_temp.guest('stranger sub', 'ada@example.com', '{"mode": "subscription", "module_ref": null, "subscription_id": "sub_aaa", "payment_intent_id": null, "customer_id": "cus_aaa_attacker"}'));
select pg_temp.access_is('ada', 'other', 'open until 33', 'a stranger''s paid subscription with a member''s address opens for the member');
select is(pg_temp.customer_of('ada'), 'cus_zzz_own', 'a stranger''s subscription does not replace the member''s customer');
select pg_temp.send(1, pg_temp.again(pg_temp.strangers('unpaid')));
select pg_temp.access_is('ada', 'other', 'none', 'a stranger''s unpaid subscription is not in the member''s list');
select is((select code from public.explain_module_access('ada@example.com', 'other') where state = 'broken' order by place limit 1), 'unpaid', 'explain names the stranger''s unpaid subscription');
select is(pg_temp.reason('ada', 'other'), 'sell', 'a stranger''s unpaid subscription does not stop the member from subscribing');
select is(pg_temp.customer_of('ada'), 'cus_zzz_own', 'a stranger''s unpaid subscription does not replace the member''s customer');
select is((select customer_id from public.sesame_checkout_offer(pg_temp.user_id('ada'), 'other', null, false)), 'cus_zzz_own', 'the member''s next checkout uses the member''s own customer');
select pg_temp.send(2, pg_temp.again(pg_temp.strangers('incomplete')) || '{"latest_invoice_id": "in_aaa"}',
  pg_temp.guest('stranger pending', 'ada@example.com', '{"mode": "subscription", "payment_status": "unpaid", "module_ref": null, "subscription_id": "sub_aaa", "payment_intent_id": null}'),
  pg_temp.payment('pi_aaa', '{"status": "processing", "invoice_id": "in_aaa"}'));
select is(pg_temp.reason('ada', 'other') || pg_temp.doubts('ada', 'other'), 'sell', 'a stranger''s processing debit does not stop the member from subscribing');
select pg_temp.send(3, pg_temp.again(pg_temp.strangers('unpaid')));
select pg_temp.send(1, pg_temp.again(pg_temp.subscription('sub_zzz', 'canceled', 1, '{"customer_id": "cus_zzz_own", "type_rank": 3}')));
select is(pg_temp.customer_of('ada'), 'cus_zzz_own', 'a stranger''s subscription does not replace the member''s customer after the member''s own has ended');

-- Names in metadata, moves and claims count for the user.
select pg_temp.send(0, pg_temp.guest('unpaid', 'ada@example.com', '{"payment_status": "unpaid", "module_ref": "other"}'));
select is(pg_temp.reason('ada', 'other'), 'sell', 'an unpaid session that only an address links to a member does not stop a sale');
select pg_temp.send(-1, pg_temp.payment('unpaid', jsonb_build_object('user_ref', pg_temp.user_id('ada'), 'status', 'processing')));
select is(pg_temp.reason('ada', 'other'), 'payment_pending', 'an unpaid session whose payment names the user is pending for that user');
select pg_temp.access_is('ada', 'other', 'pending_payment', 'a pending payment that names the user is in the user''s list');
select pg_temp.send(0, pg_temp.guest('moved', 'bob@elsewhere.example', '{"payment_status": "unpaid", "module_ref": "whisper"}'));
select public.move_purchase('cs_moved', pg_temp.user_id('bob'), 'olga', 'the user asked');
select is(pg_temp.reason('bob', 'whisper'), 'payment_pending', 'an unpaid session that an operator moved to a user is pending for that user');
create temporary table links as select public.create_claim_link('cs_linked', 'olga', 'x') as secret
from (select pg_temp.deliver(pg_temp.event(0, pg_temp.guest('linked', 'x@elsewhere.example', '{"payment_status": "unpaid", "module_ref": "llama"}'))) offset 0) as delivered
where deliver is not null;
grant select on links to authenticated;
select pg_temp.answer_as('cleo', 'select public.claim_purchase(secret) from links');
select is(pg_temp.reason('cleo', 'llama'), 'payment_pending', 'an unpaid session that a member claimed by link is pending for that member');

-- Spellings of one mailbox at Auth and at Stripe, in either order.
insert into public.modules (slug, title) values ('first', 'First'), ('second', 'Second');
create temporary table spelled (at_auth text, at_stripe text, is_same boolean);
insert into spelled values
  ('Imp@Example.com', 'imp@example.com', true),
  ('imp@example.com', ' IMP@EXAMPLE.COM', true),
  (U&'zo\00E9@example.com', U&'zoe\0301@example.com', true),
  (U&'zoe\0301@example.com', U&'ZO\00E9@example.com', true),
  (U&'Ann@M\00FCnchen.example', 'ann@xn--mnchen-3ya.example', true),
  ('ann@xn--mnchen-3ya.example', U&'ann@mu\0308nchen.example', true),
  ('ann@XN--MNCHEN-3YA.example', U&'ann@m\00FCnchen.example', true),
  (U&'\01F0@example.com', U&'J\030C@example.com', true),
  (U&'\212Aay@example.com', 'kay@example.com', false),
  (U&'\212Aaye\0301@example.com', U&'kay\00E9@example.com', false),
  (U&'ann@\212Aay.example', 'ann@kay.example', false),
  (U&'\FF41nn@example.com', 'ann@example.com', false),
  (U&'\FB01nn@example.com', 'finn@example.com', false),
  (U&'stra\00DFe@example.com', 'strasse@example.com', false),
  (U&'ann@stra\00DFe.example', 'ann@strasse.example', false),
  (U&'\2126@example.com', U&'\03A9@example.com', false),
  (U&'zo\00C9@example.com', U&'zo\00E9@example.com', false),
  ('zoe@example.com', U&'zo\00E9@example.com', false),
  ('ann@munchen.example', U&'ann@m\00FCnchen.example', false),
  (U&'ann@example\3002com', 'ann@example.com', false),
  ('ann@xn--example-.com', 'ann@example.com', false),
  ('xn--mnchen-3ya@example.com', U&'m\00FCnchen@example.com', false);

create function pg_temp.ends_as(at_auth text, at_stripe text, account_first boolean) returns text
language plpgsql as $$
declare
  v_owners text;
begin
  begin
    if account_first then perform pg_temp.account('cleo', at_auth); end if;
    perform pg_temp.deliver(pg_temp.event(0, pg_temp.guest('cs_spelled', at_stripe, '{"module_ref": "first"}')));
    insert into public.access_tokens (user_ref, module_id) select at_stripe, id from public.modules where slug = 'second';
    if not account_first then perform pg_temp.account('cleo', at_auth); end if;
    v_owners := pg_temp.owners_of('first') || ', ' || pg_temp.owners_of('second');
    raise sqlstate 'ZZZZZ';
  exception when sqlstate 'ZZZZZ' then
    return v_owners;
  end;
end
$$;
select is(pg_temp.ends_as(at_auth, at_stripe, account_first), case when is_same then 'cleo open, cleo open' else 'no one, no one' end,
  format('%s at Auth %s %s at Stripe, %s first', at_auth, case when is_same then 'is' else 'is not' end, at_stripe, case when account_first then 'the account' else 'the purchase' end))
from spelled cross join (values (true), (false)) as either (account_first);
select is(sesame.tidy_email(sesame.tidy_email(spelling)), sesame.tidy_email(spelling), 'normalizing an address twice gives the same as once: ' || spelling)
from (select at_auth as spelling from spelled union select at_stripe from spelled union select repeat('a', 200) || '@' || repeat(U&'\00FC', 119)) as spelling;

-- An account that is older than the table of spellings, or whose trigger was off, is found at its next sign-in.
set local session_replication_role = replica;
select pg_temp.account('cleo', 'Old@Example.com');
set local session_replication_role = origin;
select pg_temp.send(0, pg_temp.guest('old address', 'old@example.com', '{"module_ref": "first"}'));
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('cleo');
select pg_temp.owners_are('first', 'cleo open', 'an account that was written past its trigger claims at its next sign-in');
select pg_temp.account('cleo', 'plain@example.com');
select pg_temp.send(0, pg_temp.guest('given up', 'old@example.com', '{"module_ref": "second"}'));
select pg_temp.owners_are('second', 'no one', 'an address that an account has given up claims nothing more');

select pg_temp.grants_are_derived();
select pg_temp.access_is_derived();

select * from finish();
rollback;
