-- Attacks on erasure: escaped addresses, similar addresses, purchases that wait or were moved.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
\ir helpers/erasure.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;

select plan(30);

create function pg_temp.body(id text, body text) returns text
language sql as $$
  select pg_temp.deliver(pg_temp.event(id, 'x', 0, null) || jsonb_build_object('payload', body))
$$;

create function pg_temp.erase(persona text) returns jsonb
language sql as $$ select public.erase_user(pg_temp.user_id(persona), 'olga', 'asked') $$;

create function pg_temp.bodies() returns text
language sql as $$ select string_agg(id, ' ' order by id) from sesame.stripe_events where payload <> '' $$;

-- Escapes.
create temporary table escaped (address text, written text);
insert into escaped values
  ('zoé@example.com', 'zo\u00e9@example.com'), ('zoé@example.com', 'Zoé@example.com'),
  ('r&d@example.com', 'r\u0026d@example.com'), ('a+b@example.com', 'A\u002Bb@example.com'),
  ('a/b@example.com', 'a\/b@example.com'), ('"a b"@example.com', '\"a b\"@example.com'),
  ('o''hara@example.com', 'o\u0027hara@example.com'), ('😀@example.com', '\ud83d\ude00@example.com'),
  ('a_b%c@example.com', 'a_b%c@example.com'), ('[x].*^$|{2}@example.com', '[x].*^$|{2}@example.com');
create function pg_temp.finds(address text, body text) returns boolean
language plpgsql as $$
begin
  perform pg_temp.account('ada', address);
  perform pg_temp.body('evt_escaped', body);
  perform pg_temp.erase('ada');
  return (select payload = '' from sesame.stripe_events where id = 'evt_escaped');
end
$$;
create function pg_temp.found(address text, body text) returns boolean
language plpgsql as $$
declare
  v_found boolean;
begin
  begin
    v_found := pg_temp.finds(address, body);
    raise sqlstate 'ZZZZZ';
  exception when sqlstate 'ZZZZZ' then return v_found;
  end;
end
$$;
select ok(pg_temp.found(address, format('{"email": "%s"}', written)), written || ' is found') from escaped;
select ok(pg_temp.found('ann@example.com', body), body || ' names ann@example.com')
from unnest(array['{"to":"Ann <ann@example.com>."}', '{"text":"\nann@example.com\n"}', '{"text":"\u003cann@example.com\u003e"}', '{"url":"?email=%3Cann@example.com"}']) as body;
select is(pg_temp.found('ann@example.com', body), false, body || ' does not name ann@example.com')
from unnest(array['{"email":"joann@example.com"}', '{"email":"jo.ann@example.com"}', '{"email":"ann@example.com.au"}', '{"email":"annXexample.com"}']) as body;

-- Other users.
select pg_temp.account('ada', 'ada@example.com');
select pg_temp.account('bob', 'bob@example.com');
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload)
values ('evt_failed', 'x', now(), false, '', 'failed', '22P02', '{"email": "xada@example.com"}');
select pg_temp.send(0, pg_temp.customer('cus_ada', 'ada') || '{"email": "a"}');
select lives_ok($$ select pg_temp.erase('ada') $$, 'a failed event of another user does not stop an erasure');
select is(pg_temp.bodies(), 'evt_failed', 'a customer''s email that is no address erases no event body');
delete from sesame.stripe_events where id = 'evt_failed';

-- Purchases that waited for the user's address, and a purchase of another user.
select pg_temp.send(0, pg_temp.guest('cs_unmapped', 'ada@example.com', '{"module_ref": null, "price_ids": ["price_new"]}'));
select pg_temp.send(0, pg_temp.customer('cus_other', 'ada') || '{"user_ref": null}');
select pg_temp.send(0, pg_temp.session('cs_gift', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'customer_id', null, 'email', 'ada@example.com')));
select pg_temp.erase('ada');
select is(pg_temp.places_of('ada@example.com'), '', 'after an erasure no purchase holds the address');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'whisper';
select pg_temp.access_is('ada', 'whisper', 'open', 'a purchase that was not mapped when its buyer was erased opens once it is mapped');
select pg_temp.access_is('bob', 'stable-diffusion', 'open', 'a purchase that another user owns stays with that user');

-- A customer shared with other users keeps naming them.
select pg_temp.send(
  pg_temp.event(0, pg_temp.customer('cus_shared', 'ada') || '{"user_ref": null, "email": "cleo@example.com"}'),
  pg_temp.event(0, pg_temp.session('cs_adas', '{"customer_id": "cus_shared"}')),
  pg_temp.event(0, pg_temp.session('cs_bobs', jsonb_build_object('customer_id', 'cus_shared', 'user_ref', pg_temp.user_id('bob')))),
  pg_temp.event(0, pg_temp.session('cs_cleos', '{"customer_id": "cus_shared", "user_ref": null}')));
select pg_temp.erase('ada');
select is((select waits_for from sesame.grants where source_id = 'cs_cleos'), 'cleo@example.com', 'a purchase of another user of the same customer goes on waiting for that user');

-- Operators' notes about a moved purchase and about an event.
select pg_temp.send(
  pg_temp.event(0, pg_temp.session('cs_moved', jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'customer_id', null))),
  pg_temp.event(0, pg_temp.session('cs_stays', jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'customer_id', null))));
select public.move_purchase('cs_moved', pg_temp.user_id('ada'), 'olga', 'for Ada Lovelace');
select pg_temp.body('evt_told', '{"email": "ada@example.com"}');
insert into sesame.alerts (kind, about, severity, first_seen, last_seen, raised_at, resolved_at, dismissed_at, dismissed_by, dismissed_why)
values ('event_failed', 'evt_told', 'critical', now(), now(), now(), now(), now(), 'olga', 'Ada Lovelace called');
select pg_temp.erase('ada');
select is(pg_temp.places_of('lovelace'), '', 'operator notes about an erased user are erased');

-- A running subscription, and events that are not ours.
select pg_temp.deliver(pg_temp.event(0, pg_temp.subscription('sub_1', status, 1)))
from unnest(array['unpaid']) as status;
select throws_ok($$ select pg_temp.erase('ada') $$, 'SE060', null, 'a user with an unpaid subscription cannot be erased');
select pg_temp.send(1, pg_temp.again(pg_temp.subscription('sub_1', 'canceled', 1, '{"type_rank": 3}')));
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload)
values ('evt_live', 'x', now(), true, '', 'quarantined', 'wrong_mode', '{"email": "ada@example.com"}');
select pg_temp.erase('ada');
select is_empty($$ select * from public.sesame_failed_events('evt_l', 10, true, '{}') $$, 'the emptied body of an erased event is not replayed');

select pg_temp.grants_are_derived();
select pg_temp.access_is_derived();
select ok(proconfig @> '{"statement_timeout=10min"}', 'erase_user has a statement timeout of ten minutes') from pg_proc where proname = 'erase_user';

select * from finish();
rollback;
