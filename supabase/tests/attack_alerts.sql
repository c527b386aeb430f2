-- Attacks on alerts: a strange sale must not keep other alerts from being raised.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(6);

select pg_temp.send(0, pg_temp.session('cs_1', jsonb_build_object('module_ref', null, 'price_ids', (
  select jsonb_agg('price_1' || left(translate(encode(sha256(number::text::bytea), 'base64'), '+/=', 'xyz'), 23))
  from generate_series(1, 100) as number))));
select lives_ok('select public.sesame_refresh_alerts()', 'a sale with a hundred unmapped prices is refreshed without an error');
select is((select count(*) from sesame.open_alerts where kind = 'price_unmapped'), 100::bigint, 'a sale with a hundred unmapped prices raises one alert for each price');

update sesame.alerts set (first_seen, last_seen) = (now() + interval '1 minute', now() + interval '1 minute');
select lives_ok('select public.sesame_refresh_alerts()', 'a clock that was set back does not break the refresh');
select is((select count(*) from sesame.open_alerts where kind = 'price_unmapped'), 100::bigint, 'a clock that was set back loses no alert');

select pg_temp.send(0, pg_temp.session('cs_2', jsonb_build_object('module_ref', null, 'price_ids', jsonb_build_array(
  (select string_agg(md5(number::text), '') from generate_series(1, 60) as number)))));
select lives_ok('select public.sesame_refresh_alerts()', 'a price id of two thousand characters does not break the refresh');
select is((select count(*) from sesame.open_alerts where kind = 'price_unmapped'), 101::bigint, 'a price id of two thousand characters raises an alert');

select * from finish();
rollback;
