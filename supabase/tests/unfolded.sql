-- A change that touches more than one fold should hold is folded part by part.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
select plan(30);

create function pg_temp.at_once(most integer) returns void
language sql as $$ select set_config('sesame.most_at_once', most::text, true) $$;

-- As a caller does it. A million times would mean that it never ends.
create function pg_temp.drain(most integer default 1) returns integer
language plpgsql as $$
begin
  for calls in 1 .. 1000 loop
    if (public.sesame_fold_part(most) ->> 'left')::bigint = 0 then
      return calls;
    end if;
  end loop;
  raise exception 'it never ends';
end
$$;

create function pg_temp.sale(id text, persona text, price text) returns jsonb
language sql stable as $$
  select pg_temp.session(id, jsonb_build_object(
    'user_ref', pg_temp.user_id(persona), 'module_ref', null, 'customer_id', null, 'price_ids', jsonb_build_array(price)))
$$;

create function pg_temp.map(price text, module text) returns void
language sql as $$
  insert into public.module_prices (stripe_price_id, module_id) select price, id from public.modules where slug = module
$$;

select is(public.sesame_fold_part(), '{"left": 0, "failed": 0}', 'without an unfolded change there is nothing to do');
select throws_ok('select public.sesame_fold_part(0)', '22023', null, 'a part of no rows is refused');

-- A price that more sales wait for than one fold may hold.
select pg_temp.send(
  pg_temp.event(0, pg_temp.sale('cs_1', 'ada', 'price_new')),
  pg_temp.event(0, pg_temp.sale('cs_2', 'bob', 'price_new')),
  pg_temp.event(0, pg_temp.sale('cs_3', 'cleo', 'price_new')));
select pg_temp.at_once(2);
select pg_temp.map('price_new', 'llama');
select pg_temp.owners_are('llama', 'no one', 'a price with many sales is mapped: its sales are not folded at once');
select is((select string_agg(concat_ws(' ', kind, id, is_followed, cause), ', ' order by id) from sesame.unfolded_objects),
  'checkout_session cs_1 f catalogue, checkout_session cs_2 f catalogue, checkout_session cs_3 f catalogue', 'they are written down with the cause');
select ok((public.sesame_fold_part(1) ->> 'left')::integer >= 3, 'the first part follows arrows: left does not shrink');
select isnt(pg_temp.drain(), null, 'repeated calls end');
select pg_temp.owners_are('llama', 'ada open, bob open, cleo open', 'after all parts every sale is open');
select is((select string_agg(distinct cause, ', ') from sesame.access_log), 'catalogue', 'the access log names the cause of the change');
select pg_temp.grants_are_derived();

-- Events come between the parts.
select pg_temp.send(
  pg_temp.event(0, pg_temp.sale('cs_4', 'ada', 'price_other')),
  pg_temp.event(0, pg_temp.sale('cs_5', 'bob', 'price_other')),
  pg_temp.event(0, pg_temp.sale('cs_6', 'cleo', 'price_other')));
select pg_temp.map('price_other', 'whisper');
select pg_temp.send(1, pg_temp.refund('re_4', 'pi_4', 1000));
select pg_temp.access_is('ada', 'whisper', 'refunded', 'an event for an unfolded sale takes effect at once, under the new mapping');
select pg_temp.send(2, pg_temp.payment('pi_other_' || n)) from generate_series(1, 9) as n;
select pg_temp.owners_are('whisper', 'ada refunded, bob open, cleo open', 'deliveries fold what an earlier change left');
select is((select count(*) from sesame.unfolded_objects), 0::bigint, 'and nothing is left');

-- A new change of the same objects is followed again.
select pg_temp.map('price_other', 'llama');
select public.sesame_fold_part(1000);
select is((select bool_and(is_followed) from sesame.unfolded_objects where id in ('cs_4', 'cs_5', 'cs_6')), true, 'followed objects are marked');
select pg_temp.map('price_other', 'stable-diffusion');
select is((select bool_or(is_followed) from sesame.unfolded_objects where id in ('cs_4', 'cs_5', 'cs_6')), false, 'a second change of the same sales is followed again');
select pg_temp.drain(2);
select pg_temp.owners_are('stable-diffusion', 'ada refunded, bob open, cleo open', 'and all changes take effect');
select pg_temp.grants_are_derived();

-- A new module that many sales name.
select pg_temp.send(0, pg_temp.session('cs_7', '{"module_ref": "not-yet"}'), pg_temp.session('cs_8', '{"module_ref": "not-yet"}'), pg_temp.session('cs_9', '{"module_ref": "not-yet"}'));
insert into public.modules (slug, title) values ('not-yet', 'Not yet');
select pg_temp.access_is('ada', 'not-yet', 'none', 'a new module that many sales name is folded part by part, too');
select pg_temp.drain(3);
select pg_temp.access_is('ada', 'not-yet', 'open', 'and then it is open');

-- remap_price.
select results_eq($$ select slug, change, purchases from public.remap_price('price_new', 'whisper', null, 'olga', 'x', dry_run => true) $$,
  $$ values ('whisper', 'follows', 3::bigint) $$, 'a dry run of a price with many sales says how many follow');
select is((select count(*) from sesame.unfolded_objects), 0::bigint, 'and changes nothing');
select public.remap_price('price_new', 'whisper', null, 'olga', 'mapped wrongly');
select pg_temp.drain(2);
select is(pg_temp.owners_of('whisper') || '; ' || pg_temp.owners_of('llama'), 'ada open, bob open, cleo open; ada refunded, bob open, cleo open', 'the real run opens the new module to every buyer');
select ok(exists (select from sesame.access_log where cause = 'operator: olga: mapped wrongly'), 'in the name of the operator');
select pg_temp.grants_are_derived();

-- Settings touch everything.
insert into public.module_prices (stripe_price_id, module_id, access_duration) select 'price_day', id, '1 day' from public.modules where slug = 'not-yet';
select pg_temp.send(0, pg_temp.sale('cs_a', 'bob', 'price_day'), pg_temp.sale('cs_b', 'bob', 'price_day'));
select pg_temp.access_is('bob', 'not-yet', 'open until 2', 'two day passes are two days');
update sesame.settings set (passes_stack, full_refund_closes) = (false, false);
select is((select total > 0 and next = 'sources/' and cause = 'settings' from sesame.unfolded_walk), true, 'a change of the settings walks through all rows');
select pg_temp.access_is('bob', 'not-yet', 'open until 2', 'and is not folded at once');
select pg_temp.drain(3);
select pg_temp.access_is('bob', 'not-yet', 'open until 1', 'after all parts it has reached what passes add up to');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'and what a refund closes');
select pg_temp.grants_are_derived();
select pg_temp.at_once(2000);
update sesame.settings set passes_stack = true;
select pg_temp.access_is('bob', 'not-yet', 'open until 2', 'a change of the settings of a small site is folded at once, members included');

select * from finish();
rollback;
