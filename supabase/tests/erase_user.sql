-- Erasure: after it nothing names the user, and payments and access are as they were.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
\ir helpers/erasure.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;

-- An event with this body.
create function pg_temp.with_body(event jsonb, body text) returns jsonb
language sql as $$ select event || jsonb_build_object('payload', body) $$;

create function pg_temp.money() returns text
language sql as $$
  select concat_ws(' ',
    (select sum(amount_total) from sesame.checkout_sessions), (select sum(amount_received) from sesame.payment_intents),
    (select sum(amount) from sesame.refunds), (select sum(amount_paid) from sesame.invoices))
$$;

select plan(34);

select pg_temp.account('ada', 'ada@example.com');
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.send(
  pg_temp.with_body(pg_temp.event(-3, pg_temp.customer('cus_ada', 'ada')), '{"id": "cus_ada", "email": "Ada@Example.com"}'),
  pg_temp.with_body(pg_temp.event('evt_buy', 'x', -2, pg_temp.session('ada first', '{"email": "ada@example.com", "client_reference_id": "ada@example.com"}')), '{"name": "Ada Lovelace"}'),
  pg_temp.with_body(pg_temp.event(-2, pg_temp.payment('ada first')), '{"card": "ada lovelace"}'),
  pg_temp.with_body(pg_temp.event(-1, pg_temp.refund('ada part', 'ada first', 300)), '{"to": "ada lovelace"}'),
  pg_temp.with_body(pg_temp.event('payment_method.attached', -1, null), '{"customer": "cus_ada", "holder": "ada lovelace"}'),
  pg_temp.with_body(pg_temp.event(-1, pg_temp.guest('cs_guest', 'ada@example.com')), '{"mail": "ADA@example.com"}'),
  pg_temp.with_body(pg_temp.event('evt_bob', 'x', -1, pg_temp.session('cs_bob', jsonb_build_object(
    'user_ref', pg_temp.user_id('bob'), 'customer_id', 'cus_bob', 'email', 'bob@example.com', 'module_ref', 'whisper'))), '{"name": "Bob"}')
);
select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'Ada Lovelace asked by telephone');
select public.revoke_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'Ada Lovelace asked again');
select public.move_purchase('cs_guest', pg_temp.user_id('ada'), 'olga', 'Ada Lovelace paid as a guest');
insert into public.access_tokens (created_by, user_ref, module_id, metadata)
select pg_temp.user_id('ada'), 'ada@example.com', id, '{"for": "Ada Lovelace"}' from public.modules where slug = 'whisper';
update public.module_access set metadata = metadata || '{"ordered by": "Ada Lovelace"}' where user_id = pg_temp.user_id('ada');
insert into sesame.uses (user_id, module_id, request_id) select pg_temp.user_id('ada'), id, 'ada-1' from public.modules where slug = 'whisper';

create function pg_temp.access() returns jsonb
language sql as $$ select jsonb_agg(to_jsonb(held) - 'updated_at' #- '{metadata,ordered by}' order by id) from public.module_access as held $$;

create function pg_temp.grants() returns jsonb
language sql as $$ select jsonb_agg(to_jsonb(held) order by held::text) from sesame.grants as held $$;

create function pg_temp.log() returns jsonb
language sql as $$ select jsonb_agg(to_jsonb(entry) - 'cause' order by id) from sesame.access_log as entry $$;

select is(pg_temp.places_of('ada lovelace') <> '', true, 'the user''s name is stored in some places before the erasure');

-- Refused.
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload)
values ('evt_failed', 'x', now(), false, '', 'failed', '22P02', '{"customer": "cus_ada"}');
select throws_ok(format('select public.erase_user(%L, %L, %L)', pg_temp.user_id('ada'), 'olga', 'the user asked'),
  'SE061', 'an event of this user is not applied yet', 'a user with an event that failed cannot be erased');
delete from sesame.stripe_events where id = 'evt_failed';
select pg_temp.send(0, pg_temp.subscription('ada', 'active', 1));
select throws_ok(format('select public.erase_user(%L, %L, %L)', pg_temp.user_id('ada'), 'olga', 'the user asked'),
  'SE060', 'a subscription of this user still runs', 'a user with a running subscription cannot be erased');
select pg_temp.send(1, pg_temp.again(pg_temp.subscription('ada', 'canceled', 1, '{"type_rank": 3}')));
select throws_ok(format('select public.erase_user(%L, %L, %L)', pg_temp.user_id('ada'), 'olga', ''),
  '23514', null, 'an erasure without a reason is refused');
create temporary table before as
select pg_temp.money() as money, pg_temp.access() as access, pg_temp.grants() as grants, pg_temp.log() as log;

select is(public.erase_user(pg_temp.user_id('ada'), 'olga', 'art. 17') - '{facts,elsewhere}'::text[], '{"bodies": 8, "words": 4, "tokens": 1}', 'an erasure empties the user''s event bodies, operator notes and tokens');
select is(pg_temp.places_of('lovelace'), '', 'after an erasure no table holds the user''s name');
select is(pg_temp.places_of('ada@example.com'), '', 'after an erasure no table holds the user''s address');
select is((select count(*) from sesame.uses), 0::bigint, 'after an erasure the user''s single requests are gone');
select is(pg_temp.places_of('bob@example.com'), 'sesame.checkout_sessions', 'an erasure leaves the addresses of other users');
select is((select payload from sesame.stripe_events where id = 'evt_bob'), '{"name": "Bob"}', 'an erasure leaves the event bodies of other users');

select is(pg_temp.money(), (select money from before), 'an erasure leaves the amounts as they were');
select is(pg_temp.access(), (select access from before), 'an erasure leaves access as it was');
select is(pg_temp.grants(), (select grants from before), 'an erasure leaves the grants as they were');
select is(pg_temp.log(), (select log from before), 'an erasure leaves the access log as it was, except its causes');
select is((select string_agg(distinct cause, ', ' order by cause) from sesame.access_log where cause like 'operator%'), 'operator: olga: erased', 'an erasure replaces what operators wrote in the log');
select pg_temp.grants_are_derived();
select pg_temp.access_is_derived();
select sesame.fold_everything();
select is(pg_temp.grants(), (select grants from before), 'folding everything again gives the same grants');

-- Later.
select is(public.erase_user(pg_temp.user_id('ada'), 'olga', 'again') ->> 'bodies', '0', 'a second erasure empties nothing');
select is(pg_temp.deliver(pg_temp.event('evt_buy', 'x', -2, pg_temp.session('ada first', '{"email": "ada@example.com"}'))), 'duplicate', 'an erased event that is delivered again is a duplicate');
select is(pg_temp.places_of('ada@example.com'), '', 'an erased event that is delivered again stores no address');
select pg_temp.send(2, pg_temp.refund('ada rest', 'ada first', 700));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a refund after the erasure leaves the module open while another purchase opens it');
select pg_temp.send(2, pg_temp.refund('guest', 'pi_guest', 1000));
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'a refund of the last purchase after the erasure closes the module');
select throws_ok($$ update sesame.access_log set cause = 'x' $$, 'SE005', 'the access log is append-only', 'the access log is append-only after an erasure');
select is((select string_agg(actor || ': ' || why, ', ' order by id) from sesame.erasures where user_id = pg_temp.user_id('ada')), 'olga: art. 17, olga: again', 'each erasure is on record with its operator and its reason');
select lives_ok($$ select public.erase_user('00000000-0000-4000-8000-000000000000', 'olga', 'a mistake') $$, 'erasing an unknown user works');

-- A purchase of the same customer that waits for another address.
select pg_temp.send(0, pg_temp.session('cs_cleos', jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'customer_id', 'cus_bob')));
select pg_temp.send(0, pg_temp.guest('cs_cleo', 'bob@other.example', '{"customer_id": "cus_bob"}'));
select lives_ok(format('select public.erase_user(%L, %L, %L)', pg_temp.user_id('bob'), 'olga', 'the user asked'), 'one of two users of a customer can be erased');
select is((select waits_for from sesame.grants where source_id = 'cs_cleo'), 'bob@other.example', 'a purchase that waits for another address goes on waiting');
select pg_temp.grants_are_derived();
select is(pg_temp.refusal_as(persona, format('select public.erase_user(%L, %L, %L)', pg_temp.user_id('ada'), 'ada', 'me')), '42501', persona || ' cannot erase a user')
from unnest(array['ada', 'anon', 'sesame_webhook']) as persona;

-- What an operator wrote is still to be derived.
select pg_temp.send(0, pg_temp.guest('cs_first', 'cleo@example.com', jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'module_ref', null, 'price_ids', '["price_x"]'::jsonb)),
  pg_temp.guest('cs_second', 'bob@example.com', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', null, 'price_ids', '["price_x"]'::jsonb)));
select set_config('sesame.most_at_once', '0', true);
select public.remap_price('price_x', 'whisper', null, 'olga', 'Cleo Smith complained');
select public.erase_user(pg_temp.user_id('cleo'), 'olga', 'the user asked');
select is((select string_agg(id || ' ' || cause, ', ' order by id) from sesame.unfolded_objects),
  'cs_first operator: olga: erased, cs_second operator: olga: Cleo Smith complained', 'an erasure replaces what an operator wrote about a purchase that is still to be derived');
select public.sesame_fold_part() from generate_series(1, 9);
select is((select count(*) from sesame.unfolded_objects), 0::bigint, 'and then it is derived');

select * from finish();
rollback;
