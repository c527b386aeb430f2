-- A user reference is a user id, or an address that the buyer's account has verified. Other text names no buyer.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
\ir helpers/bills.psql
update sesame.settings set verified_email_claims = true;
select plan(13);

create function pg_temp.named(id text, user_ref text, fields jsonb default '{}') returns jsonb
language sql stable as $$ select pg_temp.guest(id, 'typed@example.com', jsonb_build_object('user_ref', user_ref) || fields) $$;

select pg_temp.send(0, pg_temp.named('cs_a', 'Cleo@Example.com'));
select is((select waits_for from sesame.grants where source_id = 'cs_a'), 'cleo@example.com', 'a user reference that is an address waits for that address, normalized');
select is_empty($$ select code from sesame.buyers where source_id = 'cs_a' and code is not null $$, 'a user reference that is an address is not reported');
select pg_temp.account('cleo', 'cleo@example.com');
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'the account that verified the address gets the purchase');
select pg_temp.account('cleo', 'typed@example.com');
select pg_temp.send(0, pg_temp.named('cs_b', 'ada@example.com', '{"module_ref": "llama"}'));
select pg_temp.owners_are('llama', 'ada open', 'the address in the metadata counts, not the address that the buyer typed');

select pg_temp.send(0, pg_temp.named('cs_c', 'customer 42', '{"module_ref": "whisper"}'));
select is((select coalesce(user_id::text, waits_for, 'no one') || ' ' || code from sesame.buyers where source_id = 'cs_c'), 'no one user_unreadable',
  'a user reference that is neither names no buyer, and is reported');
select is((select code from sesame.sales where source_id = 'cs_c' and code is not null), 'user_unreadable', 'a user reference that is neither is listed among the sales');
select pg_temp.send(0, pg_temp.payment('pi_c', jsonb_build_object('user_ref', pg_temp.user_id('bob'))));
select pg_temp.owners_are('whisper', 'no one', 'the payment''s name does not replace an unreadable one of the session');
select pg_temp.send(0, pg_temp.named('cs_d', 'a@b@c', '{"module_ref": "whisper"}'), pg_temp.named('cs_e', 'two words@example.com', '{"module_ref": "whisper"}'),
  pg_temp.named('cs_f', '@', '{"module_ref": "whisper"}'));
select is((select array_agg(distinct code::text) from sesame.buyers where source_id in ('cs_d', 'cs_e', 'cs_f')), array['user_unreadable'],
  'text that only looks like an address gets user_unreadable');

-- Order among the names.
select pg_temp.send(0, pg_temp.named('cs_g', pg_temp.user_id('bob')::text, '{"module_ref": "playground"}'),
  pg_temp.payment('pi_g', '{"user_ref": "ada@example.com"}'));
select pg_temp.owners_are('playground', 'bob open', 'the session''s user counts before the address in its payment');
select pg_temp.send(0, pg_temp.subscribed('sub_h', 'active', pg_temp.item('si_h', 'price_whisper_monthly', 0, 30)) || '{"user_ref": "bob@example.com"}');
select is((select user_id from sesame.grants where source_id = 'sub_h'), pg_temp.user_id('bob'), 'a subscription may name its user by an address');

select pg_temp.send(0, pg_temp.subscribed('sub_i', 'active', pg_temp.item('si_i', 'price_whisper_monthly', 0, 30)) || '{"user_ref": null, "customer_id": "cus_i"}',
  pg_temp.customer('cus_i', 'bob'));
select is((select user_id from sesame.grants where source_id = 'sub_i'), pg_temp.user_id('bob'), 'a subscription without a name belongs to its customer''s user');
select pg_temp.send(0, pg_temp.bill('in_i', 'sub_i', 0, pg_temp.billed('si_i', 'price_whisper_monthly', 0, 30))
  || jsonb_build_object('customer_id', 'cus_i', 'subscription_user_ref', pg_temp.user_id('ada')));
select is((select user_id from sesame.grants where source_id = 'sub_i'), pg_temp.user_id('ada'), 'the user that an invoice says its subscription had counts before the customer''s');

select pg_temp.grants_are_derived();

select * from finish();
rollback;
