-- Planning ahead on a connection that is idle: it changes nothing, and nothing waits for it.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(6);

-- The numbers of all parts, as the direct door asks for them.
create function pg_temp.parts() returns text
language plpgsql as $$
declare
  v_part integer := 1;
  v_parts text[] := '{}';
begin
  while v_part is not null loop
    v_parts := v_parts || v_part::text;
    v_part := public.sesame_warm_up(v_part);
  end loop;
  return array_to_string(v_parts, ' ');
end
$$;

create function pg_temp.all_rows() returns text
language sql as $$
  select concat_ws(' ',
    (select count(*) from sesame.stripe_events), (select count(*) from sesame.waiting_events),
    (select count(*) from sesame.grants), (select count(*) from sesame.access_log),
    (select json_agg(access order by access.id) from public.module_access as access))
$$;

select is(pg_temp.parts(), '1 2 3 4 5 6 7 8 9 10 11 12', 'in an empty database every part is planned, and the part after the last answers null');

select pg_temp.send('x', 0, pg_temp.session('cs_a'), pg_temp.payment('pi_a'), pg_temp.charge('ch_a', 'pi_a', 0));
select pg_temp.send('x', 0, pg_temp.subscription('sub_a', 'active', 1), pg_temp.invoice('in_a'));
create temporary table before as select pg_temp.all_rows() as rows;
select is(pg_temp.parts(), '1 2 3 4 5 6 7 8 9 10 11 12', 'every part is planned beside stored objects');
select is(pg_temp.all_rows(), (select rows from before), 'no row is written');
select is(pg_temp.refusal_as('sesame_webhook', 'select public.sesame_warm_up(1)'), '', 'the role of the direct door may call it');
select is(pg_temp.refusal_as('service_role', 'select public.sesame_warm_up(1)'), '42501', 'others have no use for it');
select pg_temp.access_is_derived();

select * from finish();
rollback;
