-- An event that touches more than one call can fold has failed with 57014. Its replay is folded part by part.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(13);

create function pg_temp.drain(most integer default 2) returns integer
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

create function pg_temp.sale(id text, module text, day numeric, buyer text default null) returns jsonb
language sql stable as $$
  select pg_temp.session(id, jsonb_build_object(
    'customer_id', 'cus_a', 'created', pg_temp.at(day), 'module_ref', module, 'user_ref', pg_temp.user_id(buyer)))
$$;

-- As reconcile does it: the stored row, translated again.
create function pg_temp.replay(variadic translated jsonb[]) returns text
language sql as $$
  select string_agg(answer.event_id || ' ' || answer.outcome, ', ')
  from public.process_stripe_events((
    select jsonb_agg(event || to_jsonb(stored) order by stored.id)
    from public.sesame_failed_events('', 10, false, '{}') as stored
    join unnest(translated) as event on event ->> 'id' = stored.id
  )) as answer
$$;

create function pg_temp.fails(detail text, variadic events jsonb[]) returns void
language sql as $$
  select sesame.store_events(to_jsonb(events), (select jsonb_object_agg(event ->> 'id', detail) from unnest(events) as event))
$$;

select pg_temp.send(2, pg_temp.sale('cs_2', 'whisper', 2), pg_temp.sale('cs_3', 'llama', 2));
create temporary table events as
  select pg_temp.event('evt_large', 'x', 1, pg_temp.sale('cs_1', 'stable-diffusion', 1, 'ada')) as large,
    pg_temp.event('evt_small', 'x', 1, pg_temp.session('cs_4', '{"module_ref": "playground"}')) as small;
select pg_temp.fails('57014', large), pg_temp.fails('22P02', small) from events;
select results_eq($$ select id, by_parts from public.sesame_failed_events('', 10, false, '{}') $$,
  $$ values ('evt_large', true), ('evt_small', false) $$, 'only an event that timed out is folded by parts');
select is(by_parts, true, 'a replay by an operator is folded by parts, too') from public.sesame_failed_event('evt_large');

select is(pg_temp.replay(large, small), 'evt_large applied, evt_small applied', 'an event that timed out is applied by its replay') from events;
select pg_temp.access_is('ada', 'playground', 'open', 'an event that is replayed beside it takes effect at once');
select pg_temp.access_is('ada', 'stable-diffusion', 'none', 'what the large event touches is not folded in its call');
select cmp_ok((select count(*) from sesame.unfolded_objects), '>', 0::bigint, 'what the large event touches is written down');
select is((select string_agg(distinct cause, ', ') from sesame.unfolded_objects), 'stripe', 'with the cause of every event');
select is((select concat_ws(' ', outcome, detail) from sesame.stripe_events where id = 'evt_large'), 'applied', 'the event is applied, without a detail');
select isnt(pg_temp.drain(), null, 'the parts end');
select pg_temp.owners_are('stable-diffusion', 'ada open', 'after all parts its own module is open');
select is(pg_temp.owners_of('whisper') || '; ' || pg_temp.owners_of('llama'), 'ada open; ada open', 'and so are the modules of the sales that depend on it');
select pg_temp.grants_are_derived();
select is_empty($$ select from public.sesame_failed_events('', 10, false, '{}') $$, 'nothing is left to be replayed');

select * from finish();
rollback;
