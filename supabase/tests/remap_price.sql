-- remap_price corrects a wrong mapping, and earlier sales follow.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
select plan(77);

-- The answer in words: who gains and who loses a module.
create function pg_temp.remap(price text, module text, terms jsonb default null, dry_run boolean default false, instead_of text default null)
returns text
language sql as $$
  select coalesce(string_agg(concat_ws(' ', coalesce(persona, purchases || ' guests'), change, slug), ', ' order by slug, change, persona), 'nothing')
  from public.remap_price(remap.price, remap.module, remap.terms, 'olga', 'mapped wrongly', remap.dry_run, remap.instead_of) as answer
  left join unnest(array['ada', 'bob', 'cleo']) as persona on answer.user_id = pg_temp.user_id(persona)
$$;

create function pg_temp.sale(id text, persona text, price text) returns jsonb
language sql stable as $$
  select pg_temp.session(id, jsonb_build_object(
    'user_ref', pg_temp.user_id(persona), 'module_ref', null, 'customer_id', null, 'price_ids', jsonb_build_array(price)))
$$;

create view pg_temp.drift as
  (table sesame.derived_grants except table sesame.grants)
  union all
  (table sesame.grants except table sesame.derived_grants);

-- One module for another.
select pg_temp.send(
  pg_temp.event(0, pg_temp.sale('cs_1', 'ada', 'price_stable_diffusion')),
  pg_temp.event(0, pg_temp.sale('cs_2', 'bob', 'price_stable_diffusion')),
  pg_temp.event(0, pg_temp.guest('cs_3', 'guest@example.com', '{"module_ref": null, "price_ids": ["price_stable_diffusion"]}')),
  pg_temp.event(0, pg_temp.sale('cs_4', 'cleo', 'price_stable_diffusion')),
  pg_temp.event(0, pg_temp.refund('re_4', 'pi_4', 1000)));
create temporary table former_log as select * from sesame.access_log;
create temporary table former_access as select * from public.module_access;

select is(pg_temp.remap('price_stable_diffusion', 'llama', dry_run => true),
  'ada gains llama, bob gains llama, 1 guests gains llama, ada loses stable-diffusion, bob loses stable-diffusion, 1 guests loses stable-diffusion',
  'a dry run lists the users who gain or lose, without the refunded purchase');
select pg_temp.owners_are('stable-diffusion', 'ada open, bob open, cleo refunded', 'a dry run changes no access');
select is_empty('(table sesame.access_log except table former_log)', 'a dry run writes nothing to the access log');
select is_empty('(table public.module_access except table former_access)', 'a dry run leaves every column of access as it was');
select is_empty('table sesame.price_changes', 'a dry run logs no change of a price');
select is((select count(*) from public.module_prices where stripe_price_id = 'price_stable_diffusion' and module_id = (select id from public.modules where slug = 'stable-diffusion')), 1::bigint, 'a dry run leaves the mapping as it was');
select is(current_setting('sesame.remapping', true), '', 'after a dry run mappings are protected again');

select is(pg_temp.remap('price_stable_diffusion', 'llama'),
  'ada gains llama, bob gains llama, 1 guests gains llama, ada loses stable-diffusion, bob loses stable-diffusion, 1 guests loses stable-diffusion',
  'the real run lists the same users');
select is(pg_temp.owners_of() || '; ' || pg_temp.owners_of('llama'), 'no one; ada open, bob open, cleo refunded', 'buyers of the price have the other module after the real run');
select is((select string_agg(distinct cause, ', ') from sesame.access_changes where at = now() and (is_active is null or user_id = pg_temp.user_id('bob') and module_id = (select id from public.modules where slug = 'llama'))),
  'operator: olga: mapped wrongly', 'the access log names the operator and the reason');
select results_eq($$ select price, was, became, actor, why from sesame.price_changes $$,
  $$ values ('price_stable_diffusion',
    '[{"module": "stable-diffusion", "max_usage": null, "access_level": "standard", "access_duration": null}]'::jsonb,
    '[{"module": "llama", "max_usage": null, "access_level": "standard", "access_duration": null}]'::jsonb, 'olga', 'mapped wrongly') $$,
  'the change is logged with the old and the new mapping');
select throws_ok($$ update public.module_prices set max_usage = 1 where stripe_price_id = 'price_stable_diffusion' $$,
  'SE004', 'this price was sold on these terms', 'a sold mapping cannot be updated by hand');
select throws_ok($$ delete from public.module_prices where stripe_price_id = 'price_stable_diffusion' $$,
  'SE004', 'this price was sold on these terms', 'a sold mapping cannot be deleted by hand');
select pg_temp.account('cleo', 'guest@example.com');
update sesame.settings set verified_email_claims = true;
select pg_temp.owners_are('llama', 'ada open, bob open, cleo open', 'a guest''s purchase is claimed with the new module');
select pg_temp.remap('price_stable_diffusion', 'stable-diffusion');
select is(pg_temp.owners_of() || '; ' || pg_temp.owners_of('llama'), 'ada open, bob open, cleo open; no one', 'mapping the price back restores every owner');
select is((select count(*) from (select user_id, module_id, access_type, is_active, expires_at, metadata from former_access where user_id <> pg_temp.user_id('cleo')
  except select user_id, module_id, access_type, is_active, expires_at, metadata from public.module_access) as lost), 0::bigint, 'mapping the price back restores every column of access');
select is(pg_temp.remap('price_stable_diffusion', (select id::text from public.modules where slug = 'stable-diffusion')), 'nothing', 'mapping a price to its present module by id changes nothing');

-- Terms.
select is(pg_temp.remap('price_stable_diffusion', 'stable-diffusion', '{"access_duration": "30 days", "access_level": "pro"}'),
  'ada changes stable-diffusion, bob changes stable-diffusion, cleo changes stable-diffusion', 'the terms of a price can be corrected alone');
select pg_temp.owners_are('stable-diffusion', 'ada open until 30, bob open until 30, cleo open until 30', 'corrected terms reach earlier purchases');
select pg_temp.remap('price_stable_diffusion', 'stable-diffusion', '{"max_usage": 5}');
select results_eq($$ select access_level, max_usage, access_duration from public.module_prices where stripe_price_id = 'price_stable_diffusion' $$,
  $$ values ('pro', 5, interval '30 days') $$, 'terms that are left out stay');
select results_eq(format($$ select was - 'expires_at', becomes - 'expires_at' from public.remap_price('price_stable_diffusion', 'stable-diffusion', '{"max_usage": null}', 'olga', 'x') where user_id = %L $$, pg_temp.user_id('ada')),
  $$ values ('{"access_level": "pro", "max_usage": 5}'::jsonb, '{"access_level": "pro", "max_usage": null}'::jsonb) $$,
  'a limit of null removes the limit, and the answer has the old and the new terms');
select pg_temp.remap('price_stable_diffusion', 'whisper');
select results_eq($$ select access_level, max_usage, access_duration from public.module_prices where stripe_price_id = 'price_stable_diffusion' $$,
  $$ values ('standard', null::integer, null::interval) $$, 'a price mapped to another module gets the default terms');
select is(pg_temp.remap('price_stable_diffusion', 'whisper', '{"access_duration": "1 second"}', true), 'ada changes whisper, bob changes whisper, cleo changes whisper', 'a duration of a second has not passed in the same transaction');

-- A price that opens nothing on purpose.
select is(pg_temp.remap('price_stable_diffusion', null), 'ada loses whisper, bob loses whisper, cleo loses whisper', 'a price can be mapped to nothing');
select results_eq('select stripe_price_id, actor, why from sesame.extra_prices', $$ values ('price_stable_diffusion', 'olga', 'mapped wrongly') $$, 'a price mapped to nothing is on record with the operator and the reason');
select is(pg_temp.remap('price_stable_diffusion', null), 'nothing', 'mapping a price to nothing twice changes nothing');
select is(pg_temp.remap('price_stable_diffusion', 'stable-diffusion', 'null'), 'ada gains stable-diffusion, bob gains stable-diffusion, cleo gains stable-diffusion', 'a price mapped to nothing can be mapped to a module again');
select is_empty('table sesame.extra_prices', 'a price mapped to a module is no longer marked');
select is(pg_temp.remap('price_shipping', null), 'nothing', 'an unsold price can be marked before its first sale');

-- Sold before it was mapped.
select pg_temp.send(pg_temp.event(0, pg_temp.sale('cs_6', 'ada', 'price_forgotten')),
  pg_temp.event(0, pg_temp.guest('cs_7', 'guest@example.com', '{"module_ref": null, "price_ids": ["price_forgotten"]}')));
select is(pg_temp.remap('price_forgotten', 'playground'), 'ada gains playground, cleo gains playground', 'mapping a sold price opens it for its buyers and for the guest');
select is((select was from sesame.price_changes where price = 'price_forgotten'), null, 'the log says that the price was not mapped before');

-- Modules that the user has from another source.
insert into public.access_tokens (created_by, module_id, payment_id) select pg_temp.user_id('bob'), id, 'pi_2' from public.modules where slug = 'stable-diffusion';
select is(pg_temp.remap('price_stable_diffusion', 'whisper'),
  'ada loses stable-diffusion, cleo loses stable-diffusion, ada gains whisper, bob gains whisper, cleo gains whisper',
  'a user with a token for the module does not lose it');
select public.revoke_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'x', deny => true);
select is(pg_temp.remap('price_stable_diffusion', 'stable-diffusion'),
  'cleo gains stable-diffusion, ada loses whisper, bob loses whisper, cleo loses whisper', 'a user who is denied the module does not gain it');
select public.grant_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'x', now() - interval '1 day');
select pg_temp.owners_are('stable-diffusion', 'ada open, bob open, cleo open', 'the user gains the module once the denial is lifted');

-- Subscriptions, and a bundle.
select pg_temp.send(0, pg_temp.subscription('sub_8', 'active', 1, jsonb_build_object('items', jsonb_build_array(
  jsonb_build_object('price_id', 'price_studio_monthly', 'quantity', 1, 'current_period_start', pg_temp.at(0), 'current_period_end', pg_temp.at(30))))));
select is(pg_temp.remap('price_studio_monthly', 'playground', instead_of => 'llama', dry_run => true), 'ada loses llama', 'one module of a bundle is replaced, and a user who has the new one gains nothing');
select pg_temp.remap('price_studio_monthly', 'playground', instead_of => 'llama');
select is((select string_agg(slug, ' ' order by slug) from public.module_prices join public.modules on id = module_id where stripe_price_id = 'price_studio_monthly'),
  'playground stable-diffusion whisper', 'replacing one module of a bundle leaves the others');
select pg_temp.remap('price_studio_monthly', null, instead_of => 'playground');
select is((select string_agg(slug, ' ' order by slug) from public.module_prices join public.modules on id = module_id where stripe_price_id = 'price_studio_monthly'),
  'stable-diffusion whisper', 'one module can be removed from a bundle');
select is((select count(*) from sesame.extra_prices where stripe_price_id = 'price_studio_monthly'), 0::bigint, 'a bundle with modules left is not marked to open nothing');
select pg_temp.remap('price_studio_monthly', 'whisper', '{"access_level": "basic"}', instead_of => 'whisper');
select is((select string_agg(slug || ' ' || access_level, ', ' order by slug) from public.module_prices join public.modules on id = module_id where stripe_price_id = 'price_studio_monthly'),
  'stable-diffusion pro, whisper basic', 'the terms of one module of a bundle can be corrected');
select is(pg_temp.remap('price_studio_monthly', 'llama'), 'ada gains llama, ada loses whisper', 'without instead_of the whole bundle is replaced, and a module bought elsewhere stays open');
select pg_temp.remap('price_studio_monthly', null, instead_of => 'llama');
select is((select count(*) from sesame.extra_prices where stripe_price_id = 'price_studio_monthly'), 1::bigint, 'removing the last module marks the price to open nothing');

-- Prices sold by invoice lines, alone or beside a subscription, and passes that add up.
select pg_temp.send(
  pg_temp.event(0, '{"kind": "price", "id": "price_once", "is_recurring": false}'),
  pg_temp.event(0, pg_temp.invoice('in_10', jsonb_build_object('customer_id', null, 'user_ref', pg_temp.user_id('bob'),
    'lines', jsonb_build_array(pg_temp.line('price_once', 0, 0, '{"kind": "invoice_item"}'))))),
  pg_temp.event(0, pg_temp.subscription('sub_11', 'active', 1, jsonb_build_object('customer_id', null, 'user_ref', pg_temp.user_id('cleo')))),
  pg_temp.event(0, pg_temp.invoice('in_12', jsonb_build_object('customer_id', null, 'subscription_id', 'sub_11',
    'lines', jsonb_build_array(pg_temp.line('price_once', 0, 0, '{"kind": "invoice_item", "subscription_id": "sub_11"}'))))));
select is(pg_temp.remap('price_once', 'llama', '{"access_duration": "10 days"}'), 'bob gains llama, cleo gains llama', 'mapping a price opens it for buyers by invoice line');
select pg_temp.owners_are('llama', 'bob open until 10, cleo open until 10', 'a price sold by invoice line opens on the terms of the mapping');
select pg_temp.send(0, pg_temp.sale('cs_13', 'bob', 'price_pass'));
select is(pg_temp.remap('price_pass', 'llama', '{"access_duration": "20 days"}'), 'bob changes llama', 'a second pass of another price changes access');
select pg_temp.owners_are('llama', 'bob open until 30, cleo open until 10', 'a second pass of another price adds up with the first');
select is(pg_temp.remap('price_pass', 'whisper'), 'bob changes llama, bob gains whisper', 'a pass mapped to another module takes its days along');
select pg_temp.owners_are('llama', 'bob open until 10, cleo open until 10', 'the first pass keeps its own duration');

-- Attacks.
select is(pg_temp.refusal_as(persona, $$ select public.remap_price('price_stable_diffusion', 'llama', null, 'olga', 'x') $$), '42501', persona || ' cannot remap a price')
from unnest(array['anon', 'ada', 'sesame_webhook']) as persona;
select is(pg_temp.refusal_as('service_role', $$ select public.remap_price('price_stable_diffusion', 'llama', null, 'olga', 'x') $$), '', 'service_role can remap a price');
select is(pg_temp.refusal_as('service_role', $$ update public.module_prices set module_id = 1 $$), '42501', 'service_role cannot update a mapping directly');
select is(pg_temp.refusal_as('service_role', $$ insert into sesame.extra_prices values ('price_1', 'olga', 'x') $$), '42501', 'service_role cannot mark a price directly');
select throws_ok($$ select public.remap_price('price_stable_diffusion', 'llama', null, '', 'x') $$, '23514', null, 'remapping without the operator''s name is refused');
select throws_ok($$ select public.remap_price('price_stable_diffusion', null, null, 'olga', '', true) $$, '23514', null, 'remapping without a reason is refused, even in a dry run');
select throws_ok($$ select public.remap_price('price_stable_diffusion', 'nope', null, 'olga', 'x') $$, 'SE006', 'no such module', 'remapping to an unknown module is refused');
select throws_ok($$ select public.remap_price('price_stable_diffusoin', 'llama', null, 'olga', 'x') $$, 'SE070', 'no such price', 'remapping a price that was never mapped or sold is refused');
select throws_ok($$ select public.remap_price(null, 'llama', null, 'olga', 'x') $$, 'SE070', 'no such price', 'remapping null is refused');
select throws_ok($$ select public.remap_price('price_stable_diffusoin', 'llama', null, 'olga', 'x', true) $$, 'SE070', 'no such price', 'a dry run for an unknown price is refused');
select throws_ok($$ select public.remap_price('price_stable_diffusion', 'llama', null, 'olga', 'x', false, 'whisper') $$, 'SE072', 'this price does not open that module', 'instead_of a module that the price does not open is refused');
select throws_ok(format($$ select public.remap_price('price_stable_diffusion', 'llama', %L, 'olga', 'x') $$, terms), 'SE071', 'these terms cannot be read', 'terms: ' || terms)
from unnest(array[
  '{"level": "pro"}', '[]', '"pro"', '{"max_usage": 0}', '{"max_usage": 1.5}', '{"max_usage": "many"}', '{"max_usage": 99999999999}',
  '{"access_duration": 30}', '{"access_duration": "30"}', '{"access_duration": "soon"}', '{"access_duration": "-1 day"}', '{"access_duration": ""}',
  '{"access_level": ""}', '{"access_level": null}', '{"access_level": 5}'
]) as terms;
select throws_ok($$ select public.remap_price('price_stable_diffusion', null, '{"max_usage": 5}', 'olga', 'x') $$, 'SE071', 'these terms cannot be read', 'terms for a price that opens nothing are refused');

select is_empty('table pg_temp.drift', 'the grants are what the facts and mappings derive, to the last column');

select * from finish();
rollback;
