-- Attack: a user tries to get another buyer's purchase by address, by link or by the purchase's id.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(33);

-- Bob is the attacker. Cleo paid as a guest and has no account yet.
create temporary table links (name text primary key, secret text);
grant select on links to authenticated;
select pg_temp.send(0, pg_temp.guest('cleo guest', 'cleo.kay@example.com'));

-- An unverified address.
select pg_temp.account('bob', 'cleo.kay@example.com', null);
update auth.users set last_sign_in_at = now() where id = pg_temp.user_id('bob');
select pg_temp.owners_are('stable-diffusion', 'no one', 'an unverified address claims nothing');
select pg_temp.send(0, pg_temp.payment('cleo guest'));
select pg_temp.owners_are('stable-diffusion', 'no one', 'an unverified address claims nothing when the purchase changes');

-- An address that looks like cleo's.
create function pg_temp.owners_after(email text) returns text
language plpgsql as $$
begin
  perform pg_temp.account('bob', email);
  perform pg_temp.deliver(pg_temp.event('evt_' || md5(email), 'x', 0, pg_temp.charge('ch_' || md5(email), 'pi_cleo_guest', 0)));
  return pg_temp.owners_of();
end
$$;
select is(pg_temp.owners_after(email), 'no one', 'an address of another user claims nothing with ' || trick)
from (values
  (U&'cleo.\212Aay@example.com', 'the Kelvin sign for a k'),
  (U&'cleo\FF0Ekay@example.com', 'a wide dot'),
  (U&'cleo\3002kay@example.com', 'an ideographic full stop'),
  (U&'cleo\2024kay@example.com', 'a one dot leader'),
  (U&'cleo.kay@example\3002com', 'another dot in its domain'),
  (U&'cleo.kay\200B@example.com', 'a space of no width'),
  (U&'\00A0cleo.kay@example.com', 'a space that does not break'),
  (U&'cl\0435o.kay@example.com', 'a Cyrillic letter'),
  (U&'cleo.kay@\FF45xample.com', 'a wide letter'),
  (U&'cle\006F\0301.kay@example.com', 'an accent of its own'),
  ('cleokay@example.com', 'the dot left out'),
  ('cleo.kay+1@example.com', 'a tag'),
  ('cleo.kay@example.com.', 'a dot at the end'),
  ('"cleo.kay"@example.com', 'quotes'),
  ('%@example.com', 'a wildcard')
) as disguise (email, trick);
select is(pg_temp.owners_after('  Cleo.KAY@Example.COM '), 'bob open', 'an address that differs only in case and outer spaces claims the purchase');

-- The spelling at Stripe differs.
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.send(pg_temp.event(0, pg_temp.guest('kelvin', U&' ADA@e\212Aample.com', '{"module_ref": "llama"}')),
  pg_temp.event(0, pg_temp.guest('tabs', e'\tADA@EXAMPLE.COM\n', '{"module_ref": "whisper"}')));
select is(pg_temp.owners_of('llama') || ', ' || pg_temp.owners_of('whisper'), 'no one, ada open', 'an address at Stripe is normalized like an address at Auth');

-- An address taken over after the claim.
select pg_temp.account('ada', 'ada@new.example');
select pg_temp.account('bob', 'ada@example.com');
select pg_temp.owners_are('whisper', 'ada open', 'a user who takes over an address does not get what was claimed with it');
select pg_temp.account('bob', 'bob@example.com');

-- client_reference_id.
select pg_temp.send(0, pg_temp.guest('client reference', 'ada@new.example',
  jsonb_build_object('module_ref', 'playground', 'client_reference_id', pg_temp.user_id('bob'))));
select pg_temp.owners_are('playground', 'ada open', 'a client_reference_id that names another user takes nothing from the buyer');

-- Links.
insert into public.modules (slug, title) values ('linked', 'Linked'), ('other', 'Other');
select pg_temp.send(pg_temp.event(0, pg_temp.guest('linked', 'a@firm.example', '{"module_ref": "linked"}')),
  pg_temp.event(0, pg_temp.guest('other link', 'b@firm.example', '{"module_ref": "other"}')));
insert into links values ('replaced', public.create_claim_link('cs_linked', 'olga', 'x')), ('used', public.create_claim_link('cs_linked', 'olga', 'x'));
select pg_temp.answer_as('ada', $$ select public.claim_purchase(secret) from links where name = 'used' $$);
insert into links values ('expired', public.create_claim_link('cs_other_link', 'olga', 'x', interval '1 hour'));
update sesame.claim_links set (created_at, expires_at) = (now() - interval '2 hours', now() - interval '1 hour')
where secret_hash = sesame.hash_secret((select secret from links where name = 'expired'));
insert into links values ('revoked', public.create_claim_link('cs_other_link', 'olga', 'x'));
select public.revoke_claim_link('cs_other_link');
insert into links values ('overtaken', public.create_claim_link('cs_other_link', 'olga', 'x'));
select public.move_purchase('cs_other_link', pg_temp.user_id('cleo'), 'olga', 'x');
insert into links values ('guessed', repeat('0', 64)), ('empty', ''), ('none', null);

create function pg_temp.refused(name text) returns text
language plpgsql as $$
declare
  v_state text;
  v_message text;
  v_detail text;
  v_hint text;
begin
  perform pg_temp.become('bob');
  perform public.claim_purchase(secret) from links where links.name = refused.name;
  raise sqlstate 'ZZZZZ';
exception when others then
  get stacked diagnostics v_state = returned_sqlstate, v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint;
  return concat_ws('|', v_state, v_message, v_detail, v_hint);
end
$$;
select is(pg_temp.refused(name), 'SE020|this link opens nothing||Ask for a new one.', name || ': the claim gets the same refusal') from links order by name;
select is(pg_temp.owners_of('linked') || ', ' || pg_temp.owners_of('other'), 'ada open, cleo open', 'a refused claim moves nothing');
select is(pg_temp.refusal_as('anon', $$ select public.claim_purchase('x') $$), '42501', 'an anonymous caller may not claim by link');
select is(pg_temp.refusal_as('eve', $$ select public.claim_purchase('x') $$), '42501', 'a session without a user may not claim by link');
select is(pg_temp.refusal_as('bob', $$ select public.create_claim_link('cs_linked', 'bob', 'x') $$), '42501', 'members cannot make links');

select * from finish();
rollback;
