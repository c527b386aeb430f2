-- Attack: writes to module_access that try to bypass the sources, to lose paid access or to open unpaid access.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
\ir helpers/returning.psql
\ir helpers/writes.psql
select plan(43);

-- Members with a grant and a policy: the guide of the old site says "RLS must permit the insert".
grant insert, update, delete on public.module_access to authenticated, anon;
create policy "permit" on public.module_access for all to public using (true) with check (true);
select is(pg_temp.refusal_as('ada', pg_temp.filled($$ insert into public.module_access (user_id, module_id) values ({ada}, {llama}) $$)), '42501', 'a member with a grant and a policy cannot insert access');
select is(pg_temp.refusal_as('ada', pg_temp.filled($$ update public.module_access set is_active = true $$)), '42501', 'a member with a grant and a policy cannot update access');
select is(pg_temp.refusal_as('anon', pg_temp.filled($$ delete from public.module_access $$)), '42501', 'an anonymous caller with a grant and a policy cannot delete access');
drop policy "permit" on public.module_access;
revoke insert, update, delete on public.module_access from authenticated, anon;

-- The keys and columns that are ours.
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, metadata) values ({bob}, {llama}, '{"source": "subscription", "source_id": "sub_x", "reason": "free", "max_usage": 1}') returning * $$), 'purchase open', 'metadata that imitates ours is written as a source');
select is((select count(*) from public.access_tokens where created_by = pg_temp.user_id('bob')), 1::bigint, 'metadata that imitates ours makes one token');
select is(pg_temp.drift(), '', 'access is what its sources say after imitated metadata');
select pg_temp.write($$ insert into public.module_access (id, user_id, module_id) values (2147483647, {bob}, {whisper}) $$);
select pg_temp.write($$ insert into public.module_access (id, user_id, module_id) select max(id) + 1, {ada}, {whisper} from public.module_access $$);
select pg_temp.send(0, pg_temp.session('cs_1'));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'an id that the server chose does not block the next purchase');
select is(pg_temp.write($$ insert into public.module_access as held select * from public.module_access where user_id = {bob} and module_id = {whisper}
  on conflict (id) do update set (id, user_id, module_id, is_active, metadata) = (excluded.id, excluded.user_id, excluded.module_id, excluded.is_active, excluded.metadata) returning * $$), 'purchase open', 'a row that was read may be upserted unchanged');
select is((select count(*) from public.access_tokens where (created_by, module_id) = (pg_temp.user_id('bob'), pg_temp.module_id('whisper'))), 1::bigint, 'a row that is upserted unchanged makes no second token');

-- Repeated writes.
select pg_temp.write($$ insert into public.module_access (user_id, module_id, expires_at) values ({bob}, {playground}, {day 1}), ({bob}, {playground}, {day 3}), ({bob}, {playground}, {day 2})
  on conflict (user_id, module_id) do update set expires_at = excluded.expires_at $$);
select pg_temp.access_is('bob', 'playground', 'open until 3', 'one statement that names a row three times keeps the longest');
select pg_temp.write($$ merge into public.module_access as held using (values ({bob}, {playground}, {day 9}), ({bob}, {stable-diffusion}, {day 9})) as given (user_id, module_id, expires_at)
  on held.user_id = given.user_id and held.module_id = given.module_id
  when matched then update set expires_at = given.expires_at
  when not matched then insert (user_id, module_id, expires_at) values (given.user_id, given.module_id, given.expires_at) $$);
select is(pg_temp.access_of('bob', 'playground') || pg_temp.access_of('bob'), 'open until 9open until 9', 'a merge updates one row and inserts another');
select pg_temp.write($$ update public.module_access set is_active = false where user_id = {bob} $$);
select pg_temp.write($$ update public.module_access set is_active = false where user_id = {bob} $$);
select pg_temp.write($$ update public.module_access set is_active = true where user_id = {bob} $$);
select pg_temp.access_is('bob', 'playground', 'open until 9', 'access that is closed twice and opened once is as before');
do $$
begin
  perform pg_temp.write('update public.module_access set is_active = false');
  raise sqlstate 'ZZZZZ';
exception when sqlstate 'ZZZZZ' then
  null;
end
$$;
select is(pg_temp.access_of('bob', 'playground') || pg_temp.drift(), 'open until 9', 'a write that is rolled back leaves nothing');

-- The site's own triggers and functions.
create function public.test_gift() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.module_access (user_id, module_id, access_type, is_active)
  select new.id, id, 'free', true from public.modules where slug = 'playground';
  return new;
end
$$;
create trigger test_gift before insert on auth.users for each row execute function public.test_gift();
insert into auth.users (id, email) values (pg_temp.user_id('cleo'), 'cleo@example.com');
select pg_temp.access_is('cleo', 'playground', 'open', 'a trigger at sign-up gives a module before the user exists');
create function public.test_bundle() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.module_id = pg_temp.module_id('whisper') and new.is_active then
    insert into public.module_access (user_id, module_id) values (new.user_id, pg_temp.module_id('llama'));
  end if;
  return new;
end
$$;
create trigger test_bundle after insert or update on public.module_access for each row execute function public.test_bundle();
select pg_temp.send(0, pg_temp.session('cs_2', jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'module_ref', 'whisper')));
select is(pg_temp.access_of('cleo', 'whisper') || pg_temp.access_of('cleo', 'llama'), 'openopen', 'a trigger of the site that writes after our write is a source');
drop trigger test_bundle on public.module_access;
create trigger test_bundle before insert or update on public.module_access for each row execute function public.test_bundle();
select pg_temp.send(0, pg_temp.session('cs_3', jsonb_build_object('user_ref', gen_random_uuid(), 'module_ref', 'whisper')));
drop trigger test_bundle on public.module_access;
select is((select count(*) from public.module_access where module_id = pg_temp.module_id('llama') and user_id <> all (array[pg_temp.user_id('ada'), pg_temp.user_id('bob'), pg_temp.user_id('cleo')])), 1::bigint, 'a trigger of the site that writes before our write is a source');
select is(pg_temp.drift(), '', 'access is what its sources say after the site''s triggers');
create function public.test_cancel(of_user uuid) returns void language sql security definer set search_path = '' as
  'update public.module_access set is_active = false where user_id = of_user';
select is(pg_temp.refusal_as('ada', $$ select public.test_cancel(pg_temp.user_id('ada')) $$), '', 'a function of the site that runs as its owner may write access');

-- Tokens and server writes.
insert into public.access_tokens (id, created_by, module_id, expires_at)
select '70000000-0000-4000-8000-000000000001', pg_temp.user_id('cleo'), pg_temp.module_id('stable-diffusion'), now() + interval '30 days';
select is((select reason from public.sesame_verify_module_token('70000000-0000-4000-8000-000000000001', pg_temp.user_id('cleo'), 'stable-diffusion')), null, 'a token with open access is accepted');
select pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({cleo}, {stable-diffusion}) $$);
select is((select reason from public.sesame_verify_module_token('70000000-0000-4000-8000-000000000001', pg_temp.user_id('cleo'), 'stable-diffusion')), 'revoked', 'a token is refused as revoked once access is closed');
select pg_temp.write($$ update public.module_access set is_active = true where (user_id, module_id) = ({cleo}, {stable-diffusion}) $$);
select is((select reason from public.sesame_verify_module_token('70000000-0000-4000-8000-000000000001', pg_temp.user_id('cleo'), 'stable-diffusion')), null, 'a token is accepted once access is open again');
select pg_temp.write($$ delete from public.module_access where (user_id, module_id) = ({cleo}, {stable-diffusion}) $$);
select isnt((select reason from public.sesame_verify_module_token('70000000-0000-4000-8000-000000000001', pg_temp.user_id('cleo'), 'stable-diffusion')), null, 'a token is refused once access is deleted');
select is((select code from public.explain_module_access(pg_temp.user_id('cleo')::text, 'stable-diffusion') where state = 'broken' limit 1), 'revoked', 'explain says that access was revoked');
select pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, token_id, expires_at) values ({cleo}, {stable-diffusion}, 'token', '70000000-0000-4000-8000-000000000001', {day 20}) $$);
select pg_temp.access_is('cleo', 'stable-diffusion', 'open until 30', 'an insert that names the token opens the token again');
select is((select count(*) from public.access_tokens where (created_by, module_id) = (pg_temp.user_id('cleo'), pg_temp.module_id('stable-diffusion'))), 1::bigint, 'an insert that names the token makes no other token');
select pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, token_id, expires_at) values ({cleo}, {stable-diffusion}, 'token', '70000000-0000-4000-8000-000000000001', {day 40}) $$);
select pg_temp.access_is('cleo', 'stable-diffusion', 'open until 40', 'an insert that lasts longer than the token it names is a source of its own');
update public.access_tokens set created_by = pg_temp.user_id('ada'), max_usage = 3 where created_by = pg_temp.user_id('bob') and module_id = pg_temp.module_id('llama');
select pg_temp.write($$ insert into public.module_access (user_id, module_id) values ({bob}, {llama}) $$);
select is((select count(*) from public.access_tokens where module_id = pg_temp.module_id('llama') and max_usage = 3 and created_by = pg_temp.user_id('ada')), 1::bigint, 'a token that the site has changed is left alone');
select pg_temp.write($$ insert into public.module_access (user_id, module_id, access_type, metadata) values ({bob}, {stable-diffusion}, 'token', '{"payment_intent": "pi_77"}') $$);
select is((select access_level || max_usage from public.sesame_create_access_token(pg_temp.user_id('bob')::text, 'stable-diffusion', 'pi_77', 'premium', 72, 100)), 'premium100', 'sesame_create_access_token does not reuse the row of a server write for the same payment');
select is((select count(distinct token_id) from public.sesame_create_access_token(pg_temp.user_id('bob')::text, 'stable-diffusion', 'pi_77', 'premium', 72, 100)
  join public.access_tokens as token on token.id = token_id and token.max_usage = 100), 1::bigint, 'sesame_create_access_token makes one token for one payment');
select is(pg_temp.drift(), '', 'access is what its sources say after tokens are created');

-- A column of the site, as a move carries it.
alter table public.module_access add column seats integer, add column stripe_session_id text;
insert into sesame.carried_columns (of_table, name, readers) values ('module_access', 'seats', '{}'), ('module_access', 'stripe_session_id', '{}');
select pg_temp.write($$ insert into public.module_access (user_id, module_id, seats, stripe_session_id) values ({bob}, {llama}, 3, 'cs_own1') $$);
select pg_temp.write($$ insert into public.module_access (user_id, module_id) values ({bob}, {llama}) $$);
select pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({bob}, {llama}) $$);
select is((select seats from public.module_access where (user_id, module_id) = (pg_temp.user_id('bob'), pg_temp.module_id('llama'))), 3, 'a column of the site stays unchanged');
select is((select count(*) from public.access_tokens where payment_id = 'cs_own1'), 1::bigint, 'a column of the site may name the payment');

-- Refunds.
select pg_temp.send(pg_temp.event(0, pg_temp.payment('pi_old1')), pg_temp.event(1, pg_temp.refund('re_old1', 'pi_old1', 1000)));
select is(pg_temp.write($$ insert into public.module_access (user_id, module_id, metadata) values (gen_random_uuid(), {llama}, '{"payment_intent": "pi_old1", "status": "in_progress"}') returning * $$), 'token refunded', 'a row that names a refunded payment opens nothing');

-- A renewal that fails, is closed by the server, and is paid in the end.
select pg_temp.send(0, pg_temp.subscribed('sub_a', 'past_due', pg_temp.item('si_a', 'price_whisper_monthly', 0, 30)) || jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'module_ref', null));
select pg_temp.write($$ delete from public.module_access where (user_id, module_id) = ({cleo}, {whisper}) $$);
select pg_temp.access_is('cleo', 'whisper', 'none', 'a subscription that is past due is closed by the server');
select pg_temp.send(1, pg_temp.again(pg_temp.subscribed('sub_a', 'active', pg_temp.item('si_a', 'price_whisper_monthly', 0, 30))) || jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'module_ref', null));
select pg_temp.access_is('cleo', 'whisper', 'open until 33', 'a subscription that is paid in the end opens again');

-- Passes add up, and those that the server closed do not come back with the next.
insert into public.modules (slug, title) values ('pass', 'Pass');
insert into public.module_prices (stripe_price_id, module_id, access_duration) values ('price_days_10', pg_temp.module_id('pass'), '10 days');
create function pg_temp.pass(id text) returns jsonb
language sql stable as $$ select pg_temp.session(id, '{"module_ref": null, "price_ids": ["price_days_10"]}') $$;
select pg_temp.send(0, pg_temp.pass('cs_p1'));
select pg_temp.send(0, pg_temp.pass('cs_p2'));
select pg_temp.write($$ update public.module_access set expires_at = {day 15} where (user_id, module_id) = ({ada}, {pass}) $$);
select pg_temp.access_is('ada', 'pass', 'open until 15', 'the server may cut two passes of ten days to fifteen');
select pg_temp.send(1, pg_temp.refund('re_p2', 'pi_p2', 1000));
select pg_temp.access_is('ada', 'pass', 'open until 10', 'a refund of one pass leaves the other with its own ten days');
select pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {pass}) $$);
select pg_temp.send(2, pg_temp.pass('cs_p3'));
select pg_temp.access_is('ada', 'pass', 'open until 12', 'a pass bought after the server closed access is open for its own time');
select is(pg_temp.drift(), '', 'access is what its sources say after passes are cut');

-- Purchases that are moved.
select pg_temp.send(0, pg_temp.session('cs_6', '{"module_ref": "whisper"}'));
select pg_temp.write($$ update public.module_access set is_active = false where (user_id, module_id) = ({ada}, {whisper}) $$);
delete from public.access_tokens where created_by = pg_temp.user_id('bob') and module_id = pg_temp.module_id('whisper');
select public.move_purchase('cs_6', pg_temp.user_id('bob'), 'olga', 'bought for bob');
select pg_temp.access_is('bob', 'whisper', 'open', 'a purchase that was closed for one user opens for the user it is moved to');
select public.move_purchase('cs_6', pg_temp.user_id('ada'), 'olga', 'no, for ada');
select pg_temp.access_is('ada', 'whisper', 'revoked', 'a purchase that was closed for one user stays closed when it moves back');
update sesame.settings set verified_email_claims = true;
delete from auth.users where id in (pg_temp.user_id('ada'), pg_temp.user_id('cleo'));
insert into auth.users (id, email, email_confirmed_at) values (pg_temp.user_id('cleo'), 'ada@example.com', now());
select is((select array_agg(distinct reason) from sesame.sources where user_id = pg_temp.user_id('cleo') and source_id = 'cs_6'), array['revoked']::sesame.reason[], 'a returning account does not open what was closed for the old one');
select is(pg_temp.drift(), '', 'access is what its sources say after purchases move');

select * from finish();
rollback;
