-- A captured charge without a payment intent and without an invoice is a payment itself.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(14);

create function pg_temp.legacy(id text, fields jsonb default '{}') returns jsonb
language sql stable as $$
  select pg_temp.charge(id, null, 0)
    || jsonb_build_object('created', pg_temp.at(0), 'user_ref', pg_temp.user_id('ada'), 'module_ref', 'llama') || fields
$$;

select pg_temp.send(0, pg_temp.legacy('ch_a', '{"amount_captured": 0}'));
select pg_temp.grant_is('ch_a', 'llama', 'none', 'an authorized charge sells nothing');
select pg_temp.send(1, pg_temp.again(pg_temp.legacy('ch_a')));
select pg_temp.grant_is('ch_a', 'llama', 'open', 'a captured charge sells the module that its metadata names');
select pg_temp.access_is('ada', 'llama', 'open', 'a captured charge opens for the user that its metadata names');
select pg_temp.send(2, pg_temp.refund('re_a', null, 400) || '{"charge_id": "ch_a"}');
select pg_temp.grant_is('ch_a', 'llama', 'open', 'a partial refund of a charge closes nothing');
select pg_temp.send(3, pg_temp.again(pg_temp.legacy('ch_a', '{"amount_refunded": 1000}')));
select pg_temp.grant_is('ch_a', 'llama', 'refunded', 'a charge that says it is fully refunded is closed');
select pg_temp.send(0, pg_temp.legacy('ch_b'));
select pg_temp.send(1, pg_temp.dispute('dp_b', null, 'needs_response') || '{"charge_id": "ch_b"}');
select pg_temp.grant_is('ch_b', 'llama', 'disputed', 'a dispute closes its charge');
select pg_temp.send(2, pg_temp.again(pg_temp.dispute('dp_b', null, 'won', 3)) || '{"charge_id": "ch_b"}');
select pg_temp.grant_is('ch_b', 'llama', 'open', 'a dispute that is won opens its charge');

-- Not a sale of its own.
select pg_temp.send(0, pg_temp.legacy('ch_c', '{"module_ref": null}'));
select is((select count(*) from sesame.grants where source_id = 'ch_c'), 0::bigint, 'a charge that names no module sells nothing');
select pg_temp.send(0, pg_temp.legacy('ch_d', '{"payment_intent_id": "pi_d"}'));
select pg_temp.grant_is('ch_d', 'llama', 'none', 'a charge that belongs to a payment intent sells nothing itself');
select pg_temp.send(0, pg_temp.legacy('ch_e', '{"invoice_id": "in_e"}'));
select pg_temp.grant_is('ch_e', 'llama', 'none', 'a charge that pays an invoice sells nothing itself');
select pg_temp.send(0, pg_temp.legacy('ch_f'));
select pg_temp.send(1, pg_temp.invoice_payment('inpay_f', 'in_f', null) || '{"charge_id": "ch_f"}');
select pg_temp.grant_is('ch_f', 'llama', 'none', 'a charge that a later invoice payment names sells nothing itself');

-- Buyer and module.
select pg_temp.send(0, pg_temp.legacy('ch_g', '{"user_ref": null, "customer_id": "cus_g"}'), pg_temp.customer('cus_g', 'bob'));
select pg_temp.access_is('bob', 'llama', 'open', 'a charge without a user opens for its customer''s user');
select pg_temp.send(0, pg_temp.legacy('ch_h', '{"module_ref": "made-later"}'));
insert into public.modules (slug, title) values ('made-later', 'Made later');
select pg_temp.grant_is('ch_h', 'made-later', 'open', 'a charge opens a module that is made after the sale');

select pg_temp.grants_are_derived();

select * from finish();
rollback;
