-- A paid sale that opens nothing is reported by the doctor, as an alert and by explain. The report ends when it is
-- fixed.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
select plan(46);

insert into auth.users (id, aud, role, email, email_confirmed_at)
values (pg_temp.user_id('cleo'), 'authenticated', 'authenticated', 'cleo@example.com', now());

-- What the doctor and the alerts report, with the values for their commands.
create function pg_temp.reports() returns text
language sql as $$
  select coalesce(string_agg(
    concat_ws(' ', finding ->> 'code', finding ->> 'examples'), ', ' order by finding ->> 'code'
  ), 'nothing')
  from jsonb_array_elements(public.sesame_examine() -> 'findings') as finding
$$;

create function pg_temp.alerts() returns text
language sql as $$
  select public.sesame_refresh_alerts();
  update sesame.alerts set (first_seen, last_seen) = (first_seen - interval '2 hours', last_seen - interval '2 hours');
  select public.sesame_refresh_alerts();
  select coalesce(string_agg(concat_ws(' ', kind, about, severity), ', ' order by kind, about), 'nothing')
  from public.sesame_open_alerts()
$$;

create function pg_temp.known(kind text) returns jsonb
language sql as $$
  select known from public.sesame_open_alerts() as alert where alert.kind = known.kind limit 1
$$;

create function pg_temp.found(reference text) returns text
language sql as $$
  select string_agg(concat_ws(' ', module, code), ', ' order by module, code) from public.sesame_explain_reference(reference)
$$;

create function pg_temp.bill_line(price text, fields jsonb default '{}') returns jsonb
language sql immutable as $$
  select jsonb_build_object(
    'kind', 'invoice_item', 'subscription_id', null, 'subscription_item_id', null, 'price_id', price,
    'period_start', null, 'period_end', null, 'amount', 1000, 'discount_amount', 0, 'quantity', 1, 'is_proration', false
  ) || fields
$$;

create function pg_temp.price(id text, is_recurring boolean) returns jsonb
language sql immutable as $$
  select jsonb_build_object('kind', 'price', 'id', id, 'is_recurring', is_recurring)
$$;

-- A session with its list of prices, all of them known.
create function pg_temp.basket(id text, variadic prices text[]) returns jsonb
language sql stable as $$
  select pg_temp.session(id, jsonb_build_object('module_ref', null, 'customer_id', null, 'price_ids', prices, 'price_ids_are_final', true))
$$;

select is(pg_temp.reports() || '; ' || pg_temp.alerts(), 'nothing; nothing', 'a project where every sale is open has nothing to report');

-- One unmapped price in a sale of several.
select pg_temp.send('checkout.session.completed', 0, pg_temp.basket('cs_1', 'price_stable_diffusion', 'price_new'));
select pg_temp.owners_are('stable-diffusion', 'ada open', 'the mapped price of a sale opens its module');
select is(pg_temp.reports(), 'price_unmapped ["price_new"]', 'an unmapped price in a sale of several is reported');
select is(pg_temp.alerts(), 'price_unmapped price_new warning', 'an unmapped price raises an alert');
select is(pg_temp.known('price_unmapped'), '{"price_id": "price_new"}', 'the report of an unmapped price names the price');
select is(pg_temp.found('cs_1'), 'stable-diffusion, price_unmapped', 'explain_reference lists the open module and the unmapped price');
select is((select known from public.explain_module_access(pg_temp.user_id('ada')::text, 'whisper') where code = 'price_unmapped'),
  jsonb_build_object('price_id', 'price_new', 'module', 'whisper', 'user_id', pg_temp.user_id('ada')), 'explain_module_access names the price, the module and the user for the command');
select pg_temp.send(pg_temp.event(0, pg_temp.basket('cs_2', 'price_new')), pg_temp.event(0, pg_temp.basket('cs_3', 'price_newer', 'price_new')));
select is(pg_temp.reports(), 'price_unmapped ["price_new", "price_newer"]', 'each unmapped price is reported once, however often it was sold');
select public.remap_price('price_new', null, null, 'olga', 'a setup fee');
select is(pg_temp.reports(), 'price_unmapped ["price_newer"]', 'a price that opens nothing on purpose is not reported');
select is(pg_temp.found('cs_2'), 'opens_nothing', 'a sale of a price that opens nothing on purpose is explained as opens_nothing');
select is(pg_temp.alerts(), 'price_unmapped price_newer warning', 'marking the price resolves its alert');
select public.remap_price('price_newer', 'llama', null, 'olga', 'forgotten');
select is(pg_temp.reports() || '; ' || pg_temp.alerts(), 'nothing; nothing', 'mapping a price ends its report and its alert');

-- Metadata names the module of an unmapped price.
select pg_temp.send(0, pg_temp.basket('cs_4', 'price_other') || '{"module_ref": "playground"}');
select is(pg_temp.reports(), 'nothing', 'an unmapped price whose module the metadata names is not reported');
select pg_temp.send(0, pg_temp.basket('cs_5', 'price_other', 'price_stable_diffusion') || '{"module_ref": "stable-diffusion"}');
select is(pg_temp.reports(), 'price_unmapped ["price_other"]', 'an unmapped price beside a mapped price of the same module is reported');
select public.remap_price('price_other', null, null, 'olga', 'shipping');
select is(pg_temp.reports(), 'nothing', 'an unmapped price can be marked to open nothing');
select pg_temp.owners_are('playground', 'no one', 'a marked price does not open the module that the metadata names');
select pg_temp.send(0, pg_temp.basket('cs_6', 'price_odd') || '{"module_ref": "at''lantis"}');
select is(pg_temp.reports() || ' ' || pg_temp.alerts(), 'module_unknown ["cs_6"] module_unknown cs_6 warning', 'a sale of an unknown module is reported and raises an alert');
select is(pg_temp.known('module_unknown'), '{"source_id": "cs_6"}', 'the report of an unknown module does not repeat text that is no slug');
select pg_temp.send(1, pg_temp.refund('re_6', 'pi_6', 1000));
insert into public.module_prices (stripe_price_id, module_id) select 'price_odd', id from public.modules where slug = 'llama';

-- One-off invoices.
select pg_temp.send(0, pg_temp.price('price_fee', false),
  pg_temp.invoice('in_7', jsonb_build_object('user_ref', pg_temp.user_id('ada'), 'lines', jsonb_build_array(pg_temp.bill_line('price_fee')))));
select is(pg_temp.reports() || ', ' || pg_temp.found('in_7'), 'price_unmapped ["price_fee"], price_unmapped', 'an unmapped price on an invoice without a subscription is reported');
select pg_temp.send(0, pg_temp.price('price_extra', false),
  pg_temp.subscription('sub_8', 'active', 1, '{"customer_id": null}'),
  pg_temp.invoice('in_8', jsonb_build_object('subscription_id', 'sub_8', 'customer_id', null, 'module_ref', 'llama', 'lines', jsonb_build_array(
    pg_temp.bill_line('price_whisper_monthly', jsonb_build_object('kind', 'subscription', 'subscription_id', 'sub_8', 'period_start', pg_temp.at(0), 'period_end', pg_temp.at(30))),
    pg_temp.bill_line('price_extra', '{"subscription_id": "sub_8"}')))));
select is(pg_temp.reports(), 'price_unmapped ["price_extra", "price_fee"]', 'an unmapped price on a subscription''s invoice is reported, since its metadata names nothing');
select public.remap_price('price_fee', null, null, 'olga', 'a fee'), public.remap_price('price_extra', null, null, 'olga', 'a fee');
select is(pg_temp.reports(), 'nothing', 'prices of invoice lines can be marked');

-- A recurring price on a one-off line.
select pg_temp.send(0, pg_temp.price('price_whisper_monthly', true),
  pg_temp.invoice('in_9', jsonb_build_object('paid_at', pg_temp.at(-1), 'user_ref', pg_temp.user_id('bob'), 'customer_id', null, 'lines', jsonb_build_array(pg_temp.bill_line('price_whisper_monthly')))));
select pg_temp.owners_are('whisper', 'ada open until 33', 'a recurring price on a line of its own is not sold for ever');
select is(pg_temp.reports() || ', ' || pg_temp.found('in_9') || ', ' || pg_temp.alerts(),
  'price_recurs ["in_9"], price_recurs, price_recurs in_9 warning', 'a recurring price on a line of its own is reported and raises an alert');
select is(pg_temp.known('price_recurs'), jsonb_build_object('source_id', 'in_9', 'user_id', pg_temp.user_id('bob'), 'module', 'whisper'), 'the report of a recurring price names the buyer and the module');
select is((select code from public.explain_module_access(pg_temp.user_id('bob')::text, 'whisper') where state = 'broken' order by place limit 1), 'price_recurs', 'a user without the module gets price_recurs');
select is((select code from public.explain_module_access(pg_temp.user_id('bob')::text, 'llama') where state = 'broken' order by place limit 1), 'nothing_bought', 'for another module the user gets nothing_bought');
savepoint before_grant;
select public.grant_module_access(pg_temp.user_id('bob'), 'whisper', 'olga', 'paid for it', now() + interval '1 month');
select is(pg_temp.reports(), 'nothing', 'a grant of the module ends the report');
update sesame.manual_grants set expires_at = now() - interval '1 second' where user_id = pg_temp.user_id('bob');
alter table public.module_access disable trigger user;  -- as time does
update public.module_access set expires_at = now() - interval '1 second' where user_id = pg_temp.user_id('bob');
alter table public.module_access enable trigger user;
select unalike(pg_temp.reports(), '%price_recurs%', 'the report stays ended after the grant has expired');
rollback to savepoint before_grant;
update sesame.invoices set paid_at = now() - interval '91 days' where id = 'in_9';
select is(pg_temp.reports(), 'nothing', 'a recurring price that was paid 91 days ago is not reported');

-- A payment after the subscription ended.
select pg_temp.send(
  pg_temp.event(-2, pg_temp.subscription('sub_10', 'canceled', 1, jsonb_build_object('customer_id', null, 'user_ref', pg_temp.user_id('cleo'), 'ended_at', pg_temp.at(-2)))),
  pg_temp.event(0, pg_temp.invoice('in_11', jsonb_build_object('subscription_id', 'sub_10', 'customer_id', null, 'paid_at', pg_temp.at(-1), 'payment_intent_id', 'pi_11', 'lines', jsonb_build_array(
    pg_temp.bill_line('price_whisper_monthly', jsonb_build_object('kind', 'subscription', 'subscription_id', 'sub_10', 'period_start', pg_temp.at(0), 'period_end', pg_temp.at(30)))))),
    pg_temp.payment('pi_11', '{"customer_id": null}')));
select is(pg_temp.reports() || ', ' || pg_temp.found('in_11') || ', ' || pg_temp.alerts(),
  'paid_after_end ["in_11"], whisper, paid_after_end, paid_after_end in_11 warning', 'a payment after the subscription ended is reported and raises an alert');
select is(pg_temp.known('paid_after_end'), jsonb_build_object('source_id', 'in_11', 'user_id', pg_temp.user_id('cleo'), 'module', 'whisper'), 'the report of a late payment names the buyer and the module');
select is((select code from public.explain_module_access(pg_temp.user_id('cleo')::text, 'whisper') where state = 'broken' order by place limit 1), 'paid_after_end', 'a user who paid after the end gets paid_after_end');
select pg_temp.send(0, pg_temp.refund('re_11', 'pi_11', 1000));
select is(pg_temp.reports(), 'nothing', 'a refund of the late payment ends the report');

-- A subscription that never came.
select pg_temp.send(0, pg_temp.session('cs_13', jsonb_build_object('mode', 'subscription', 'subscription_id', 'sub_13', 'payment_intent_id', null, 'customer_id', null, 'module_ref', null)));
select is(pg_temp.reports(), 'nothing', 'a subscription that has just been paid for is not reported as missing');
update sesame.checkout_sessions set paid_at = now() - interval '16 minutes', created_at = now() - interval '20 minutes' where id = 'cs_13';
select is(pg_temp.reports() || ', ' || pg_temp.alerts(), 'subscription_missing ["sub_13"], subscription_missing sub_13 warning', 'a subscription missing after a quarter of an hour is reported and raises an alert');
select is(pg_temp.found('cs_13') || ', ' || pg_temp.found('sub_13'), 'subscription_missing, subscription_missing', 'a missing subscription is explained by its id and by its session''s');
select is((select count(*) from sesame.pending_fetches where object_id = 'sub_13'), 1::bigint, 'a missing subscription is fetched from Stripe');
select pg_temp.send(0, pg_temp.subscription('sub_13', 'active', 1, '{"customer_id": null}'));
select is(pg_temp.reports(), 'nothing', 'a missing subscription that arrives ends the report');

-- Names.
select pg_temp.send(0, pg_temp.basket('cs_15', 'price_stable_diffusion') || '{"user_ref": "user_42", "email": "bob@example.com"}');
select is(pg_temp.reports() || ', ' || pg_temp.alerts(), 'user_unreadable ["cs_15"], user_unreadable cs_15 warning', 'a user reference that is neither an id nor an address is reported and raises an alert');
select is(pg_temp.found('cs_15'), 'stable-diffusion user_unreadable', 'an unreadable user reference is explained once');
select is(pg_temp.known('user_unreadable'), '{"source_id": "cs_15"}', 'the report of an unreadable user reference names the sale');
select public.move_purchase('cs_15', pg_temp.user_id('bob'), 'olga', 'the buyer asked');
select is(pg_temp.reports(), 'nothing', 'moving the sale ends the report of its user reference');
select pg_temp.send(0, pg_temp.basket('cs_16', 'price_stable_diffusion') || '{"user_ref": "7e570000-0000-4000-8000-000000000099"}');
select is(pg_temp.reports() || ', ' || pg_temp.alerts(), 'user_unknown ["cs_16"], user_unknown cs_16 notice', 'a user id without an account is reported and raises a notice');
select is((select code from public.explain_module_access('7e570000-0000-4000-8000-000000000099', 'stable-diffusion') where state = 'broken' order by place limit 1), 'user_unknown', 'a user id without an account gets user_unknown');
select public.move_purchase('cs_16', pg_temp.user_id('bob'), 'olga', 'the buyer asked');
select pg_temp.send(0, pg_temp.basket('cs_17', 'price_stable_diffusion') || '{"user_ref": "bob@example.com"}');
update sesame.settings set verified_email_claims = true;
select is(pg_temp.reports(), 'nothing', 'a user reference that is a known address is not reported');

select pg_temp.grants_are_derived();

select * from finish();
rollback;
