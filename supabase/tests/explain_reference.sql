-- Explain by any reference: an object or an event of Stripe, a user, a token, a module.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
select plan(42);

create function pg_temp.found(reference text) returns text
language sql as $$
  select string_agg(concat_ws(' ', coalesce((
    select persona from unnest(array['ada', 'bob', 'cleo']) as persona where user_ref = pg_temp.user_id(persona)::text
  ), user_ref), module, code), '; ')
  from public.sesame_explain_reference(reference)
$$;
select pg_temp.account('cleo', 'cleo@example.com');

-- Nothing known.
select is(pg_temp.found('pi_1'), 'not_delivered', 'an unknown payment gets not_delivered');
select is(pg_temp.found('evt_1'), 'not_delivered', 'an unknown event gets not_delivered');
select is(pg_temp.found('zoe@example.com'), 'zoe@example.com no_account', 'an unknown address gets no_account');
select is(pg_temp.found(pg_temp.user_id('bob')::text), 'bob nothing_delivered', 'a user about whom no event came gets nothing_delivered');
select is(pg_temp.found('price_1'), 'unknown_reference', 'an id of a kind without access gets unknown_reference');
select is(pg_temp.found(strange), 'unknown_reference', format('%L is nothing', strange))
from unnest(array['', '%', '; drop table modules', '99999999999999999999', 'evt', '_']) as strange;
select is(pg_temp.found(null), 'unknown_reference', 'null gets unknown_reference');

-- A purchase: every reference gives the same answer.
select pg_temp.send(
  pg_temp.event('evt_1', 'x', 0, pg_temp.session('cs_1', '{"invoice_id": "in_1"}')),
  pg_temp.event(0, pg_temp.charge('ch_1', 'pi_1', 0)),
  pg_temp.event(0, pg_temp.customer('cus_ada', 'ada')),
  pg_temp.event(0, pg_temp.invoice_payment('inpay_1', 'in_1', 'pi_1')),
  pg_temp.event('evt_5', 'x', 0, pg_temp.refund('re_1', 'pi_1', 1))
);
select is(pg_temp.found(an_end), 'ada stable-diffusion', an_end)
from unnest(array['cs_1', 'pi_1', 'in_1', 'ch_1', 'cus_ada', 'inpay_1', 're_1', 'evt_1', 'evt_5', 'ADA@example.com', pg_temp.user_id('ada')::text]) as an_end;
select public.sesame_create_access_token(pg_temp.user_id('cleo')::text, 'whisper', 'pay_1', 'standard', null, null);
select is(pg_temp.found((select id::text from public.access_tokens)), 'cleo whisper', 'a token''s id finds its user and its module');
select is((select detail from public.sesame_explain_reference('cus_ada')), 'cs_1', 'the answer names the session that opens the module');
select pg_temp.send(0, pg_temp.session('cs_6'));
select is(pg_temp.found('cus_ada'), 'ada stable-diffusion', 'a customer with two purchases of one module gets one answer');

-- Events that were kept and not applied.
insert into sesame.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload)
values ('evt_bad', 'checkout.session.completed', now(), false, '', 'cs_bad', 'failed', 'XX000', '{"id": "cs_bad", "payment_intent": "pi_bad"}');
select is(pg_temp.found(an_end), 'event_failed', format('%s tells that its event failed', an_end))
from unnest(array['evt_bad', 'cs_bad', 'pi_bad']) as an_end;
update sesame.stripe_events set object_id = 'cs_1' where id = 'evt_bad';
select is(pg_temp.found('cs_1'), 'ada stable-diffusion', 'a session with an event that failed still finds its user');
select is(pg_temp.found('evt_bad'), 'event_failed', 'an event that failed gets event_failed');

-- Sales that open nothing.
select pg_temp.send(0, pg_temp.session('cs_10', '{"module_ref": null}'));
select is(pg_temp.found('cs_10'), 'ada line_items_unknown', 'a sale without known prices gets line_items_unknown');
select pg_temp.send(0, pg_temp.session('cs_11', '{"module_ref": "soon"}'));
select is(pg_temp.found('pi_11'), 'ada module_unknown', 'a sale of an unknown module gets module_unknown');
select pg_temp.send(0, pg_temp.subscription('sub_12', 'active', 1, '{"customer_id": null, "items": [{"price_id": "price_new", "quantity": 1, "current_period_start": 1, "current_period_end": 2}]}'));
select is(pg_temp.found('sub_12'), 'ada price_unmapped', 'a sale at an unmapped price gets price_unmapped');
select pg_temp.send(0, pg_temp.invoice('in_13', '{"subscription_id": "sub_13", "customer_id": null, "email": "guest@example.com"}'));
select is(pg_temp.found('in_13'), 'guest@example.com subscription_missing', 'an invoice whose subscription never came gets subscription_missing');
select pg_temp.send(0, pg_temp.session('cs_14', '{"user_ref": null, "customer_id": null}'));
select is(pg_temp.found('cs_14'), 'stable-diffusion buyer_unknown', 'a sale without a buyer gets buyer_unknown');
select pg_temp.send(0, pg_temp.session('cs_15', '{"mode": "setup", "module_ref": null, "payment_intent_id": null, "customer_id": null}'));
select is(pg_temp.found('cs_15'), 'opens_nothing', 'a session that only saved a card gets opens_nothing');
select pg_temp.send(0, pg_temp.session('cs_16', '{"status": "expired", "payment_status": "unpaid", "customer_id": null}'));
select is(pg_temp.found('cs_16'), 'ada not_bought', 'an expired session gets not_bought');
select ok(pg_temp.found('ada@example.com') !~ 'not_bought', 'a buyer''s address does not list the expired session');

-- By module: buyers without access.
select is(pg_temp.found('llama'), null, 'a module that everyone has who bought it finds no one');
select pg_temp.send(1, pg_temp.refund('re_2', 'pi_1', 1000), pg_temp.refund('re_6', 'pi_6', 1000));
select is(pg_temp.found('stable-diffusion'), 'stable-diffusion buyer_unknown; ada stable-diffusion', 'a module finds the refunded buyer and the unknown one');

select is(pg_temp.refusal_as('ada', $$ select * from public.sesame_explain_reference('cs_1') $$), '42501', 'members cannot call sesame_explain_reference');

select * from finish();
rollback;
