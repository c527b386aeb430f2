-- What a doctor asks the database: where access and its reasons have parted, and what waits for somebody.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
select plan(9);

create function pg_temp.found() returns text
language sql as $$ select string_agg(code || ' ' || found, ', ' order by code) from public.sesame_examine() where code is not null $$;

select is(pg_temp.found(), null, 'nothing is found where nothing is wrong');
select pg_temp.deliver(pg_temp.event('evt_1', 'x', 0, pg_temp.session('cs_1')));
insert into auth.users (id) values (pg_temp.user_id('ada')) on conflict do nothing;
select is(pg_temp.found(), null, 'nor where somebody paid');

update public.module_access set is_active = false;
select is(pg_temp.found(), 'access_missing 1', 'access that was taken by hand is');
select is(public.sesame_refold(), 1::bigint, 'it is derived again');
select is(pg_temp.found() || pg_temp.access_of('ada'), null, 'and then nothing is found');
select is(pg_temp.access_of('ada'), 'open', 'because it is open');

select pg_temp.deliver(pg_temp.event('evt_2', 'x', 0, pg_temp.session('cs_2', '{"module_ref": null, "price_ids": ["price_new"]}')));
select is(pg_temp.found(), 'price_unmapped 1', 'a price that opens nothing is found');
select is((select examples[1] from public.sesame_examine() where code = 'price_unmapped'), 'price_new', 'by its name');
select is(pg_temp.refusal_as('ada', 'select public.sesame_refold()'), '42501', 'members examine and mend nothing');

select * from finish();
rollback;
