-- Writes of the site's server to module_access with the secret key. Inserts and upserts add access, updates set it,
-- deletes remove it, each until a new payment.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/writes.psql
select plan(70);

-- Insert.
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, metadata)
  values ({ada}, {llama}, 'purchase', {day 30}, true, '{"session_id": "cs_site1"}') returning * $$), 'purchase open until 30', 'an insert answers the row');
select pg_temp.access_is('ada', 'llama', 'open until 30', 'an insert opens the module until its end');
select is((select metadata ->> 'session_id' from public.module_access), 'cs_site1', 'an insert keeps the site''s keys of metadata');
select is((select cause from sesame.access_log order by id desc limit 1), 'written: insert', 'the access log names the insert');
select is((select (access_type, payment_id)::text from public.access_tokens), '(purchase,cs_site1)', 'an insert makes an access token with the payment it names');
select sesame.fold_everything();
select sesame.project_access(array[pg_temp.user_id('ada')]);
select pg_temp.access_is('ada', 'llama', 'open until 30', 'an inserted row stays after the next fold');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id) values ({ada}, {playground}) returning * $$), 'purchase open', 'columns that are left out have the old table''s defaults');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type) values ({bob}, {playground}, 'gift') returning * $$), 'manual open', 'an unknown access type becomes manual');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, is_active) values ({bob}, {whisper}, false) returning * $$), 'token revoked', 'a row may be inserted closed');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({bob}, {llama}, {day -1}) returning * $$), 'purchase open until -1', 'a row may be inserted expired');
select is(pg_temp.drift(), '', 'access is what its sources decide after the inserts');

-- Beside a purchase.
select pg_temp.send(0, pg_temp.session('ada first'));
create temporary table bought as select id, created_at from public.module_access where metadata ->> 'source_id' = 'cs_ada_first';
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at, metadata)
  values ({ada}, {stable-diffusion}, 'purchase', {day 30}, '{"session_id": "cs_ada_first"}') returning * $$), 'purchase open', 'an insert beside a purchase for ever answers open for ever');
select is((select (access.id, access.created_at) from public.module_access as access where metadata ->> 'source_id' = 'cs_ada_first'),
  (select (id, created_at) from bought), 'an insert beside a purchase keeps the row''s id and age');
select is((select count(*) from sesame.access_log where cause = 'written: insert' and metadata ->> 'source_id' = 'cs_ada_first'), 0::bigint, 'an insert that changes no access adds nothing to the log');
select pg_temp.send(1, pg_temp.refund('ada first', 'ada first', 1000));
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'a refund of the payment that both name closes both');
select pg_temp.send(2, pg_temp.again(pg_temp.refund('ada first', 'ada first', 1000, 'failed')));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a refund that fails opens both again');

-- The same row again.
select is((select count(*) from public.access_tokens where payment_id = 'cs_ada_first'), 1::bigint, 'a row is one source');
select pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at, metadata)
  values ({ada}, {stable-diffusion}, 'purchase', {day 60}, '{"session_id": "cs_ada_first"}'), ({ada}, {stable-diffusion}, 'purchase', {day 20}, '{"session_id": "cs_ada_first"}') $$);
select is((select count(*) || ' ' || max(round(extract(epoch from expires_at - now()) / 86400)) from public.access_tokens where payment_id = 'cs_ada_first'), '1 60',
  'a row inserted again with a later end is the same source until that end');

-- Upsert.
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at) values ({bob}, {stable-diffusion}, 'manual', {day 10})
  on conflict (user_id, module_id) do update set user_id = excluded.user_id, module_id = excluded.module_id, access_type = excluded.access_type, expires_at = excluded.expires_at returning * $$),
  'manual open until 10', 'an upsert without a row inserts');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at) values ({bob}, {stable-diffusion}, 'manual', {day 40})
  on conflict (user_id, module_id) do update set user_id = excluded.user_id, module_id = excluded.module_id, access_type = excluded.access_type, expires_at = excluded.expires_at returning * $$),
  'manual open until 40', 'an upsert with a row adds time');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({ada}, {stable-diffusion}, {day 5})
  on conflict (user_id, module_id) do update set expires_at = excluded.expires_at returning * $$), 'purchase open', 'an upsert never shortens what was paid for');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, is_active) values ({bob}, {stable-diffusion}, false)
  on conflict (user_id, module_id) do update set is_active = excluded.is_active returning * $$), 'token revoked', 'an upsert with is_active false closes');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, is_active) values ({ada}, {stable-diffusion}, false) returning * $$), 'purchase open', 'an insert with is_active false beside open access closes nothing');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at) values ({bob}, {stable-diffusion}, 'manual', {day 7})
  on conflict (user_id, module_id) do nothing returning * $$), 'manual open until 7', 'an upsert that ignores duplicates opens again until its end');
select is(pg_temp.drift(), '', 'access is what its sources decide after the upserts');

-- Update: is_active false.
select is(pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'token revoked', 'an update with is_active false closes, whatever opened it');
select is((select cause from sesame.access_log order by id desc limit 1), 'written: update', 'the access log names the update');
select sesame.fold_everything();
select pg_temp.access_is('ada', 'stable-diffusion', 'revoked', 'the next fold does not open what an update closed');
select is(pg_temp.drift(), '', 'access is what its sources decide after that fold');
select pg_temp.send(3, pg_temp.session('paid again'));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a new purchase opens what an update closed');
select pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {stable-diffusion}) $$);
select is(pg_temp.write($$ update public.module_access set is_active = true where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'purchase open', 'a row that is closed and opened again is as before');
select is((select metadata ->> 'source' from public.module_access where (user_id, module_id) = (pg_temp.user_id('ada'), pg_temp.module_id('stable-diffusion'))), 'checkout_session', 'a row that is opened again names the purchase that opened it before');
select is(pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({bob}, {llama}) returning * $$), 'purchase open until -1', 'closing a row that has expired changes nothing');
select pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({bob}, {llama}, {day 9}) $$);
select pg_temp.access_is('bob', 'llama', 'open until 9', 'an insert opens a row that has expired');

-- A subscription closed by the server opens with the next paid period.
select pg_temp.send(0, pg_temp.subscription('ada', 'active', 1));
select pg_temp.access_is('ada', 'whisper', 'open until 33', 'a subscription is open');
select pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {whisper}) $$);
select pg_temp.access_is('ada', 'whisper', 'revoked', 'the server can close a subscription');
update sesame.settings set renewal_grace = '5 days';
select pg_temp.access_is('ada', 'whisper', 'revoked', 'a change of settings does not open a subscription that the server closed');
update sesame.settings set renewal_grace = '3 days';
select is(sesame.obstacle_to_buying(pg_temp.user_id('ada'), pg_temp.module_id('whisper'))::text, 'subscription_stalled', 'a running subscription that the server closed is not sold again');
select pg_temp.send(30, pg_temp.again(pg_temp.subscription('ada', 'active', 2)));
select pg_temp.access_is('ada', 'whisper', 'open until 63', 'a renewal opens a subscription that the server closed');

-- Update: expires_at.
select is(pg_temp.write($$ update public.module_access set expires_at = {day 90} where (user_id, module_id) = ({ada}, {whisper}) returning * $$), 'subscription open until 90', 'an update with a later end opens until that end');
select is(pg_temp.write($$ update public.module_access set expires_at = {day 40} where (user_id, module_id) = ({ada}, {whisper}) returning * $$) ~ 'open until 40$', true, 'an update with an earlier end shortens all sources');
select is(pg_temp.write($$ update public.module_access set expires_at = {day 50} where (user_id, module_id) = ({ada}, {whisper}) returning * $$) ~ 'open until 50$', true, 'the last end that was written counts');
select is(pg_temp.write($$ update public.module_access set expires_at = null where (user_id, module_id) = ({ada}, {whisper}) returning * $$) ~ 'open$', true, 'an end of null is for ever');
select is(pg_temp.write($$ update public.module_access set expires_at = {day -1} where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'purchase open until -1', 'an end in the past closes at once');
select is((select metadata ->> 'reason_after' from public.module_access where (user_id, module_id) = (pg_temp.user_id('ada'), pg_temp.module_id('stable-diffusion'))), 'expired', 'a row with an end in the past is expired');
select is(pg_temp.write($$ update public.module_access set is_active = true, expires_at = {day 3} where (user_id, module_id) = ({bob}, {whisper}) returning * $$), 'token open until 3', 'an update opens a row that was never open until its end');
select is(pg_temp.drift(), '', 'access is what its sources decide after changes of the end');

-- Update: metadata and our own columns.
select is(pg_temp.write($$ update public.module_access set metadata = '{"note": "vip", "reason": "denied"}', access_type = 'free', token_id = gen_random_uuid(), updated_at = now(), created_at = now()
  where (user_id, module_id) = ({bob}, {whisper}) returning * $$), 'token open until 3', 'an update of our own columns and keys changes nothing');
select is((select metadata - 'source_id' from public.module_access where (user_id, module_id) = (pg_temp.user_id('bob'), pg_temp.module_id('whisper'))),
  '{"note": "vip", "source": "access_token", "reason": "token", "reason_after": "expired", "access_level": "standard", "max_usage": null}', 'an update of metadata keeps the site''s keys');
select is(pg_temp.write($$ update public.module_access set metadata = '{}' where (user_id, module_id) = ({bob}, {whisper}) returning metadata ->> 'note' as access_type, true as is_active, null::timestamptz as expires_at, null::jsonb as metadata $$), 'open', 'an update can remove the site''s keys');

-- Delete.
select is(pg_temp.write($$ delete from public.module_access where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'purchase open until -1', 'a delete answers the row');
select pg_temp.access_is('ada', 'stable-diffusion', 'none', 'a delete removes the access');
select is((select cause || coalesce(is_active::text, ' gone') from sesame.access_log order by id desc limit 1), 'written: delete gone', 'the access log names the delete');
select sesame.fold_everything();
select sesame.project_access(array[pg_temp.user_id('ada')]);
select is(pg_temp.access_of('ada') || pg_temp.drift(), 'none', 'the next fold does not bring a deleted row back');
select pg_temp.send(4, pg_temp.refund('paid again', 'paid again', 1000));
select pg_temp.access_is('ada', 'stable-diffusion', 'none', 'a refund does not bring a deleted row back');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({ada}, {stable-diffusion}, {day 2}) returning * $$), 'purchase open until 2', 'an insert opens a deleted row until its end');
select is(pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$)
  || pg_temp.write($$ update public.module_access set is_active = true where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'token revokedpurchase open until 2', 'closing and opening that row does not bring back what was deleted');
select pg_temp.write($$ delete from public.module_access where (user_id, module_id) = ({ada}, {stable-diffusion}) $$);
select pg_temp.send(5, pg_temp.session('after delete'));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a new purchase opens a deleted row');

-- Denied by an operator.
select public.revoke_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'abuse', true);
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id) values ({ada}, {stable-diffusion}) returning * $$), 'manual denied', 'an insert does not open a denied module');
select is(pg_temp.write($$ update public.module_access set is_active = true where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'manual denied', 'an update does not open a denied module');
select is(pg_temp.write($$ delete from public.module_access where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), null, 'a delete leaves the row of a denied module');
select public.grant_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'forgiven');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'an operator''s grant lifts the denial');

-- Refused, with a hint.
select is(pg_temp.refused($$ insert into public.module_access (module_id) values ({llama}) $$), 'SE030 access needs a user', 'a row without a user is refused');
select is(pg_temp.refused($$ insert into public.module_access (user_id, module_id) values ({ada}, 999999) $$), 'SE006 no such module', 'a row with an unknown module is refused');
select is(pg_temp.refused($$ insert into public.module_access (user_id) values ({ada}) $$), 'SE006 no such module', 'a row without a module is refused');
select is(pg_temp.refused($$ insert into public.module_access (user_id, module_id, metadata) values ({ada}, {llama}, '[]') $$), 'SE031 metadata must be a JSON object', 'metadata that is no object is refused');
select is(pg_temp.refused($$ update public.module_access set user_id = {bob} where user_id = {ada} $$), 'SE032 access is not moved to another user or module', 'moving a row to another user is refused');
select is(pg_temp.refused($$ update public.module_access set module_id = {llama} where module_id = {whisper} $$), 'SE032 access is not moved to another user or module', 'moving a row to another module is refused');
select is_empty($$ select from sesame.access_log where cause = 'unknown' $$, 'every change of access has a known cause');
select is(pg_temp.drift(), '', 'access is what its sources decide after all writes');

select * from finish();
rollback;
