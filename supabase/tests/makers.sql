-- The helpers of these tests: a name that is used twice is an error, and a failure says why.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(9);

select is(pg_temp.id_of('cs', 'ada first'), 'cs_ada_first', 'a name gives its object an id');
select is(pg_temp.id_of('cs', 'py_ada'), 'py_ada', 'an id stays what it is');

select pg_temp.send(0, pg_temp.session('ada first'), pg_temp.payment('ada first'), pg_temp.refund('ada part', 'ada first', 400));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a session, its payment and its refund share one name');
select throws_ok($$ select pg_temp.send(1, pg_temp.session('ada first')) $$, 'P0001',
  'cs_ada_first was sent before in this file, by event evt_sent_1', 'a name that is used twice is refused');
select lives_ok($$ select pg_temp.send(1, pg_temp.again(pg_temp.session('ada first'))) $$, 'a later state of the same object is sent with again()');
select throws_ok($$ select pg_temp.send(1, pg_temp.again(pg_temp.session('bob first'))) $$, 'P0001',
  'cs_bob_first was not sent before in this file', 'again() of an unknown name is refused');
select throws_ok($$ select pg_temp.send(1, pg_temp.bill('ada first', null, 0, pg_temp.added('price_llama_once'))) $$, 'P0001',
  'in_ada_first is paid by pi_ada_first, which was sent before in this file, by event evt_sent_1',
  'an invoice that would share the payment of a session is refused');
select throws_ok($$ select pg_temp.send(1, pg_temp.refund('ada rest', 'ada first', 600, 'no such status')) $$, 'P0001',
  'not all events were applied: failed', 'send() refuses an event that is not applied');

select pg_temp.send(2, pg_temp.again(pg_temp.refund('ada part', 'ada first', 1000)));
select matches(pg_temp.why_access('ada', 'stable-diffusion'), 'source checkout_session cs_ada_first: refunded',
  'the reasons for access name each source and its state');

select * from finish();
rollback;
