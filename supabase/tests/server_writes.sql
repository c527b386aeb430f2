-- What the site's server writes to module_access with the secret key: inserts and upserts add, updates say what the row
-- says, deletes take away; each until something new is paid.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/writes.psql
select plan(70);

-- Insert.
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, metadata)
  values ({ada}, {llama}, 'purchase', {day 30}, true, '{"session_id": "cs_site1"}') returning * $$), 'purchase open until 30', 'an insert answers the row');
select pg_temp.access_is('ada', 'llama', 'open until 30', 'which is there');
select is((select metadata ->> 'session_id' from public.module_access), 'cs_site1', 'with the keys of the site''s');
select is((select cause from sesame.access_log order by id desc limit 1), 'written: insert', 'the log names the write');
select is((select (access_type, payment_id)::text from public.access_tokens), '(purchase,cs_site1)', 'it is a source: an access token, with what paid for it');
select sesame.fold_everything();
select sesame.project_access(array[pg_temp.user_id('ada')]);
select pg_temp.access_is('ada', 'llama', 'open until 30', 'it survives the next fold');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id) values ({ada}, {playground}) returning * $$), 'purchase open', 'what is left out is as the old table had it');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type) values ({bob}, {playground}, 'gift') returning * $$), 'manual open', 'a type that is none of ours is manual');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, is_active) values ({bob}, {whisper}, false) returning * $$), 'token revoked', 'an insert may be closed');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({bob}, {llama}, {day -1}) returning * $$), 'purchase open until -1', 'or over already');
select is(pg_temp.drift(), '', 'access is what the sources decide');

-- Beside a purchase.
select pg_temp.tell(0, pg_temp.session('cs_1'));
create temporary table bought as select id, created_at from public.module_access where metadata ->> 'source_id' = 'cs_1';
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at, metadata)
  values ({ada}, {stable-diffusion}, 'purchase', {day 30}, '{"session_id": "cs_1"}') returning * $$), 'purchase open', 'beside a purchase an insert answers what both say: for ever');
select is((select (access.id, access.created_at) from public.module_access as access where metadata ->> 'source_id' = 'cs_1'),
  (select (id, created_at) from bought), 'the row keeps its id and its age');
select is((select count(*) from sesame.access_log where cause = 'written: insert' and metadata ->> 'source_id' = 'cs_1'), 0::bigint, 'no access has changed, and the log says no more');
select pg_temp.tell(1, pg_temp.refund('re_1', 'pi_1', 1000));
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'a refund of what both name closes both');
select pg_temp.tell(2, pg_temp.again(pg_temp.refund('re_1', 'pi_1', 1000, 'failed')));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'and one that fails opens both');

-- The same again.
select is((select count(*) from public.access_tokens where payment_id = 'cs_1'), 1::bigint, 'a row is one source');
select pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at, metadata)
  values ({ada}, {stable-diffusion}, 'purchase', {day 60}, '{"session_id": "cs_1"}'), ({ada}, {stable-diffusion}, 'purchase', {day 20}, '{"session_id": "cs_1"}') $$);
select is((select count(*) || ' ' || max(round(extract(epoch from expires_at - now()) / 86400)) from public.access_tokens where payment_id = 'cs_1'), '1 60',
  'written again with another end, it is that source until the later');

-- Upsert.
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at) values ({bob}, {stable-diffusion}, 'manual', {day 10})
  on conflict (user_id, module_id) do update set user_id = excluded.user_id, module_id = excluded.module_id, access_type = excluded.access_type, expires_at = excluded.expires_at returning * $$),
  'manual open until 10', 'an upsert is an insert where there is no row');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at) values ({bob}, {stable-diffusion}, 'manual', {day 40})
  on conflict (user_id, module_id) do update set user_id = excluded.user_id, module_id = excluded.module_id, access_type = excluded.access_type, expires_at = excluded.expires_at returning * $$),
  'manual open until 40', 'and where there is one, it adds');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({ada}, {stable-diffusion}, {day 5})
  on conflict (user_id, module_id) do update set expires_at = excluded.expires_at returning * $$), 'purchase open', 'it never shortens what was paid, whichever of two servers is first');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, is_active) values ({bob}, {stable-diffusion}, false)
  on conflict (user_id, module_id) do update set is_active = excluded.is_active returning * $$), 'token revoked', 'one that says is_active false closes');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, is_active) values ({ada}, {stable-diffusion}, false) returning * $$), 'purchase open', 'where an insert beside what is open takes nothing away');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, expires_at) values ({bob}, {stable-diffusion}, 'manual', {day 7})
  on conflict (user_id, module_id) do nothing returning * $$), 'manual open until 7', 'one that ignores duplicates is an insert, too, and opens again until then');
select is(pg_temp.drift(), '', 'access is what the sources decide');

-- Update: is_active false.
select is(pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'token revoked', 'an update closes what is open, whatever opens it');
select is((select cause from sesame.access_log order by id desc limit 1), 'written: update', 'the log names the write');
select sesame.fold_everything();
select pg_temp.access_is('ada', 'stable-diffusion', 'revoked', 'the next fold does not open it');
select is(pg_temp.drift(), '', 'nor finds a difference');
select pg_temp.tell(3, pg_temp.session('cs_4'));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a customer who pays again afterwards has access');
select pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {stable-diffusion}) $$);
select is(pg_temp.write($$ update public.module_access set is_active = true where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'purchase open', 'closed and opened again it is as before');
select is((select metadata ->> 'source' from public.module_access where (user_id, module_id) = (pg_temp.user_id('ada'), pg_temp.module_id('stable-diffusion'))), 'checkout_session', 'by what opened it before');
select is(pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({bob}, {llama}) returning * $$), 'purchase open until -1', 'what is over already stays as it was: a job that tidies up decides nothing');
select pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({bob}, {llama}, {day 9}) $$);
select pg_temp.access_is('bob', 'llama', 'open until 9', 'so the renewal opens');

-- A subscription that was closed by hand opens with the next period that is paid.
select pg_temp.tell(0, pg_temp.subscription('sub_5', 'active', 1));
select pg_temp.access_is('ada', 'whisper', 'open until 33', 'a subscription is open');
select pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {whisper}) $$);
select pg_temp.access_is('ada', 'whisper', 'revoked', 'until the server closes it');
update sesame.settings set renewal_grace = '5 days';
select pg_temp.access_is('ada', 'whisper', 'revoked', 'a change of policy pays nothing');
update sesame.settings set renewal_grace = '3 days';
select is(sesame.obstacle_to_buying(pg_temp.user_id('ada'), pg_temp.module_id('whisper'))::text, 'subscription_stalled', 'nor is it sold twice while it runs');
select pg_temp.tell(30, pg_temp.again(pg_temp.subscription('sub_5', 'active', 2)));
select pg_temp.access_is('ada', 'whisper', 'open until 63', 'its renewal does');

-- Update: expires_at.
select is(pg_temp.write($$ update public.module_access set expires_at = {day 90} where (user_id, module_id) = ({ada}, {whisper}) returning * $$), 'subscription open until 90', 'a later end grants until then');
select is(pg_temp.write($$ update public.module_access set expires_at = {day 40} where (user_id, module_id) = ({ada}, {whisper}) returning * $$) ~ 'open until 40$', true, 'an earlier end ends all that opens it');
select is(pg_temp.write($$ update public.module_access set expires_at = {day 50} where (user_id, module_id) = ({ada}, {whisper}) returning * $$) ~ 'open until 50$', true, 'the row says what was written last');
select is(pg_temp.write($$ update public.module_access set expires_at = null where (user_id, module_id) = ({ada}, {whisper}) returning * $$) ~ 'open$', true, 'no end is for ever');
select is(pg_temp.write($$ update public.module_access set expires_at = {day -1} where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'purchase open until -1', 'an end that has passed ends it now');
select is((select metadata ->> 'reason_after' from public.module_access where (user_id, module_id) = (pg_temp.user_id('ada'), pg_temp.module_id('stable-diffusion'))), 'expired', 'and it has expired');
select is(pg_temp.write($$ update public.module_access set is_active = true, expires_at = {day 3} where (user_id, module_id) = ({bob}, {whisper}) returning * $$), 'token open until 3', 'what was never open opens until then');
select is(pg_temp.drift(), '', 'access is what the sources decide');

-- Update: metadata, and what else a server writes along.
select is(pg_temp.write($$ update public.module_access set metadata = '{"note": "vip", "reason": "denied"}', access_type = 'free', token_id = gen_random_uuid(), updated_at = now(), created_at = now()
  where (user_id, module_id) = ({bob}, {whisper}) returning * $$), 'token open until 3', 'what the sources say is theirs to say');
select is((select metadata - 'source_id' from public.module_access where (user_id, module_id) = (pg_temp.user_id('bob'), pg_temp.module_id('whisper'))),
  '{"note": "vip", "source": "access_token", "reason": "token", "reason_after": "expired", "access_level": "standard", "max_usage": null}', 'the other keys of metadata are the site''s');
select is(pg_temp.write($$ update public.module_access set metadata = '{}' where (user_id, module_id) = ({bob}, {whisper}) returning metadata ->> 'note' as access_type, true as is_active, null::timestamptz as expires_at, null::jsonb as metadata $$), 'open', 'which it may take away again');

-- Delete.
select is(pg_temp.write($$ delete from public.module_access where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'purchase open until -1', 'a delete answers the row');
select pg_temp.access_is('ada', 'stable-diffusion', 'none', 'and takes it away');
select is((select cause || coalesce(is_active::text, ' gone') from sesame.access_log order by id desc limit 1), 'written: delete gone', 'the log names the write');
select sesame.fold_everything();
select sesame.project_access(array[pg_temp.user_id('ada')]);
select is(pg_temp.access_of('ada') || pg_temp.drift(), 'none', 'the next fold does not bring it back');
select pg_temp.tell(4, pg_temp.refund('re_4', 'pi_4', 1000));
select pg_temp.access_is('ada', 'stable-diffusion', 'none', 'nor a refund of it');
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({ada}, {stable-diffusion}, {day 2}) returning * $$), 'purchase open until 2', 'an insert opens it again, until then');
select is(pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$)
  || pg_temp.write($$ update public.module_access set is_active = true where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'token revokedpurchase open until 2', 'and what was deleted does not come back with it');
select pg_temp.write($$ delete from public.module_access where (user_id, module_id) = ({ada}, {stable-diffusion}) $$);
select pg_temp.tell(5, pg_temp.session('cs_8'));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'so does a new purchase');

-- Beside an operator.
select public.revoke_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'abuse', true);
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id) values ({ada}, {stable-diffusion}) returning * $$), 'manual denied', 'what an operator denied stays denied');
select is(pg_temp.write($$ update public.module_access set is_active = true where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), 'manual denied', 'also by an update');
select is(pg_temp.write($$ delete from public.module_access where (user_id, module_id) = ({ada}, {stable-diffusion}) returning * $$), null, 'and by a delete, which leaves the row');
select public.grant_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'forgiven');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a grant lifts it');

-- What cannot be, with what to do instead.
select is(pg_temp.refused($$ insert into public.module_access (module_id) values ({llama}) $$), 'SE030 access needs a user', 'access needs a user');
select is(pg_temp.refused($$ insert into public.module_access (user_id, module_id) values ({ada}, 999999) $$), 'SE006 no such module', 'and a module');
select is(pg_temp.refused($$ insert into public.module_access (user_id) values ({ada}) $$), 'SE006 no such module', 'that is named');
select is(pg_temp.refused($$ insert into public.module_access (user_id, module_id, metadata) values ({ada}, {llama}, '[]') $$), 'SE031 metadata must be a JSON object', 'metadata is an object');
select is(pg_temp.refused($$ update public.module_access set user_id = {bob} where user_id = {ada} $$), 'SE032 access is not moved to another user or module', 'access is not moved');
select is(pg_temp.refused($$ update public.module_access set module_id = {llama} where module_id = {whisper} $$), 'SE032 access is not moved to another user or module', 'to no other module either');
select is_empty($$ select from sesame.access_log where cause = 'unknown' $$, 'every change had a cause');
select is(pg_temp.drift(), '', 'access is what the sources decide');

select * from finish();
rollback;
