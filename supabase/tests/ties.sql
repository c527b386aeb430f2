-- Two states of one second: the result does not depend on their order, and an unclear one is fetched.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(13);

-- The status of a subscription after these states of one second, in every order.
create function pg_temp.ends_as(variadic snapshots jsonb[]) returns text
language plpgsql as $$
declare
  v_order integer[];
  v_ends text[] := '{}';
  v_number integer := 0;
  v_snapshot jsonb;
begin
  for v_order in
    with recursive orders as (
      select array[n] as places from generate_subscripts(snapshots, 1) as n
      union all
      select places || n from orders, generate_subscripts(snapshots, 1) as n where n <> all (places)
    )
    select places from orders where cardinality(places) = cardinality(snapshots)
  loop
    v_number := v_number + 1;
    v_snapshot := pg_temp.subscription('sub_' || v_number, 'active', 1);
    for i in 1 .. cardinality(v_order) loop
      perform pg_temp.deliver(pg_temp.event(
        format('evt_%s_%s', v_number, v_order[i]), coalesce(snapshots[v_order[i]] ->> 'type', 'customer.subscription.updated'), 0,
        case when i = 1 then v_snapshot else pg_temp.again(v_snapshot) end || (snapshots[v_order[i]] - 'type')));
    end loop;
    v_ends := v_ends || (
      select status || case when is_settled then '' else ', to be read again' end
      from sesame.subscriptions where id = 'sub_' || v_number);
  end loop;
  delete from sesame.subscriptions;
  delete from sesame.stripe_events;
  delete from pg_temp.noted_objects;
  return (select string_agg(distinct v_end, ' or ') from unnest(v_ends) as v_end);
end
$$;

select is(pg_temp.ends_as('{"status": "incomplete", "type_rank": 0}', '{"status": "active"}'), 'active',
  'updated counts before created');
select is(pg_temp.ends_as('{"status": "active"}', '{"status": "canceled", "type_rank": 3}'), 'canceled',
  'a canceled state is final');
select is(pg_temp.ends_as('{"status": "past_due"}', '{"status": "active", "changed_from": {"status": "past_due"}}'), 'active',
  'a state counts before the one that it changed from');
select is(pg_temp.ends_as('{"status": "past_due", "changed_from": {"status": "active"}}', '{"status": "active"}'), 'past_due',
  'a state counts before the one that it changed from, in either direction');
select is(pg_temp.ends_as('{"status": "trialing", "changed_from": {"status": "incomplete"}}',
    '{"status": "active", "changed_from": {"status": "trialing"}}',
    '{"status": "past_due", "changed_from": {"status": "active"}}'), 'past_due', 'a chain of states ends at its last');
select is(pg_temp.ends_as('{"status": "active", "changed_from": {"status": "past_due"}}',
    '{"status": "past_due", "changed_from": {"status": "active"}}'), 'past_due, to be read again',
  'a circle of states is fetched again');
select is(pg_temp.ends_as('{"status": "active"}', '{"status": "past_due"}'), 'past_due, to be read again',
  'two states without a change from are fetched again');
select is(pg_temp.ends_as('{"status": "active"}', '{"status": "active"}'), 'active', 'two equal states are settled');
select is(pg_temp.ends_as('{"status": "past_due"}', '{"status": "active", "type": "customer.subscription.fetched"}'),
  'active, to be read again', 'a fetched state counts before an event of its second, and is fetched again');
select is(pg_temp.ends_as('{"status": "active", "type": "customer.subscription.fetched"}', '{"status": "active"}'), 'active',
  'a fetched state that equals an event of its second is settled');
select is(pg_temp.ends_as('{"status": "past_due"}', '{"status": "past_due", "changed_from": {}}',
    '{"status": "active", "changed_from": {"status": "past_due"}}'), 'active',
  'a change of metadata in the second of a recovery does not undo it');

-- An unclear tie.
select is((select "fetch" from public.process_stripe_events(jsonb_build_array(
    pg_temp.event('customer.subscription.updated', 0, pg_temp.subscription('sub_t', 'active', 1)),
    pg_temp.event('customer.subscription.updated', 0, pg_temp.again(pg_temp.subscription('sub_t', 'past_due', 1))))) limit 1),
  array['sub_t', 'sub_t/invoices'], 'the answer names what to fetch again');
select pg_temp.send('customer.subscription.fetched', 0.1, pg_temp.again(pg_temp.subscription('sub_t', 'active', 1)));
select is_empty('select * from sesame.pending_fetches', 'after the fetch nothing is pending');

select * from finish();
rollback;
