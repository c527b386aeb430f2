-- The catalogue changes after the sale: waiting sales open, and sold access stays.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(19);

select pg_temp.send(0, pg_temp.session('unmapped', '{"module_ref": null, "price_ids": ["price_new"]}'));
select pg_temp.send(0, pg_temp.session('no module', '{"module_ref": "not-yet"}'));
select pg_temp.send(0, pg_temp.subscription('bob month', 'active', 1,
  jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'items', jsonb_build_array(
    jsonb_build_object('price_id', 'price_new', 'quantity', 1, 'current_period_end', pg_temp.at(30))))));
select pg_temp.send(
  pg_temp.event(0, pg_temp.session('refunded', jsonb_build_object('module_ref', null, 'price_ids', '["price_back"]'::jsonb))),
  pg_temp.event(0, pg_temp.refund('refunded', 'refunded', 1000)));
select is_empty('select * from public.module_access', 'an unmapped price and an unknown module open nothing');

insert into public.module_prices (stripe_price_id, module_id)
select 'price_new', id from public.modules where slug = 'llama';
select pg_temp.access_is('ada', 'llama', 'open', 'a new mapping reaches the purchase made before it');
select pg_temp.access_is('bob', 'llama', 'open until 33', 'a new mapping reaches the subscription made before it');
insert into public.module_prices (stripe_price_id, module_id)
select 'price_back', id from public.modules where slug = 'whisper';
select pg_temp.access_is('ada', 'whisper', 'refunded', 'a new mapping opens nothing that was refunded');
insert into public.modules (slug, title) values ('not-yet', 'Not yet');
select pg_temp.access_is('ada', 'not-yet', 'open', 'a module that is made after its sale is open');

select throws_ok($$ update public.module_prices set access_duration = '1 day' where stripe_price_id = 'price_new' $$,
  'SE004', 'this price was sold on these terms', 'the terms of a sold price cannot be rewritten');
select throws_ok($$ delete from public.module_prices where stripe_price_id = 'price_new' $$,
  'SE004', 'this price was sold on these terms', 'the mapping of a sold price cannot be removed');
select lives_ok($$ delete from public.module_prices where stripe_price_id = 'price_stable_diffusion_day' $$,
  'the mapping of a price that sold nothing can be removed');
select throws_ok($$ update public.modules set slug = 'lama' where slug = 'llama' $$,
  'SE002', 'a slug never changes', 'a slug never changes');
select lives_ok($$ update public.modules set title = 'Lama', is_active = false where slug = 'llama' $$, 'a title can change and a module can retire');
select pg_temp.access_is('ada', 'llama', 'open', 'a module that retires leaves sold access open');
select throws_ok($$ delete from public.modules where slug = 'llama' $$,
  case when current_setting('server_version_num')::integer >= 180000 then '23001' else '23503' end, null,
  'a module that was sold cannot be removed');
select throws_ok($$ insert into public.modules (slug, title) values ('42', 'Not a slug') $$, '23514', null,
  'a slug cannot look like an id');
select pg_temp.grants_are_derived();

-- Modules inserted without a slug, as an old site's code does.
insert into public.modules (title) values ('Text to Speech'), ('Text  to, Speech!');
select is((select array_agg(slug order by id) from public.modules where title like 'Text%'),
  (select array['text-to-speech', 'text-to-speech-' || max(id)] from public.modules where title like 'Text%'), 'a module without a slug gets one from its title, never one that is taken');
alter table public.modules add column name varchar(255);
insert into public.modules (name) values ('Traduction');
select is((select slug || ': ' || title from public.modules where name = 'Traduction'), 'traduction: Traduction', 'a module without a title gets its slug from the site''s name column');
insert into public.modules (slug) values ('bare');
select is((select title from public.modules where slug = 'bare'), 'bare', 'a module with only a slug has the slug as its title');
insert into public.modules (slug, title, name) values ('kept', 'Kept', 'Other');
select is((select slug || ': ' || title from public.modules where name = 'Other'), 'kept: Kept', 'a module keeps the slug and the title that it was given');
select throws_ok($$ insert into public.modules (description) values ('nameless') $$, '23502', null, 'a module without slug, title and name is refused');

select * from finish();
rollback;
