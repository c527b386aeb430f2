-- A claim link: the member who uses the link sent to the buyer's address gets the purchase.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
select plan(21);

create temporary table links (name text primary key, secret text);
grant select on links to authenticated;

select pg_temp.send(0, pg_temp.guest('office', 'office@firm.example'));
insert into links values ('first', public.create_claim_link('pi_office', 'olga', 'paid by the firm'));
select matches((select secret from links), '^[0-9a-f]{64}$', 'a link has a secret of 64 hexadecimal digits');
select is_empty($$ select from sesame.claim_links, links where to_jsonb(claim_links)::text like '%' || secret || '%' $$, 'the secret of a link is stored nowhere');
select is((select expires_at - created_at from sesame.claim_links), interval '7 days', 'a link lasts for a week');
select pg_temp.owners_are('stable-diffusion', 'no one', 'a purchase waits until its link is used');
select is(pg_temp.answer_as('ada', $$ select public.claim_purchase(secret) from links $$), '', 'a member can claim a purchase by link');
select pg_temp.owners_are('stable-diffusion', 'ada open', 'a purchase that was claimed by link opens for the member');
select is((select cause from sesame.access_log), 'member: claimed by link', 'the access log says that the purchase was claimed by link');
select is((select format('%s %s: %s', way, actor, why) from sesame.claims), 'link olga: paid by the firm', 'the claim says who made the link and why');
select pg_temp.send(1, pg_temp.again(pg_temp.guest('office', 'bob@example.com', jsonb_build_object('user_ref', pg_temp.user_id('bob')))));
select pg_temp.owners_are('stable-diffusion', 'ada open', 'a later edit of the session does not move a claimed purchase');

select throws_ok($$ select public.create_claim_link('cs_office', 'olga', 'x') $$, 'SE022', 'this purchase has an owner', 'a link to a purchase that has an owner is refused');
select throws_ok($$ select public.create_claim_link('cs_none', 'olga', 'x') $$, 'SE021', 'no such purchase', 'a link to an unknown purchase is refused');

select pg_temp.send(0, pg_temp.guest('unclaimed', null, '{"module_ref": "llama"}'));
select throws_ok($$ select public.create_claim_link('cs_unclaimed', '', 'x') $$, '23514', null, 'a link without the name of its maker is refused');
select throws_ok($$ select public.create_claim_link('cs_unclaimed', 'olga', 'x', interval '0') $$, '23514', null, 'a link that lasts no time is refused');
select throws_ok($$ select public.create_claim_link('cs_unclaimed', 'olga', 'x', 'infinity') $$,
  case when current_setting('server_version_num')::integer >= 170000 then '23514' else '22007' end, null,
  'a link that lasts for ever is refused, which no interval could say before Postgres 17');
select is(public.revoke_claim_link('cs_unclaimed'), false, 'revoking where there is no link answers false');
select public.create_claim_link('cs_unclaimed', 'olga', 'x');
select is(public.revoke_claim_link('cs_unclaimed'), true, 'revoking an open link answers true');

-- A link made while only the payment was known.
select pg_temp.send(0, pg_temp.payment('early', '{"module_ref": "playground"}'));
insert into links values ('early', public.create_claim_link('pi_early', 'olga', 'x'));
select pg_temp.send(0, pg_temp.guest('early', null, '{"module_ref": "playground", "payment_intent_id": "pi_early"}'));
select pg_temp.answer_as('bob', $$ select public.claim_purchase(secret) from links where name = 'early' $$);
select pg_temp.owners_are('playground', 'bob open', 'a link made for a payment stays good when its session arrives');

-- A link made for the payment, revoked after the session arrived.
insert into public.modules (slug, title) values ('late', 'Late');
select pg_temp.send(0, pg_temp.payment('late', '{"module_ref": "late", "customer_id": null}'));
insert into links values ('old', public.create_claim_link('pi_late', 'olga', 'x'));
select pg_temp.send(0, pg_temp.guest('late', null, '{"module_ref": "late", "payment_intent_id": "pi_late"}'));
insert into links values ('new', public.create_claim_link('cs_late', 'olga', 'x'));
select is(pg_temp.refusal_as('bob', $$ select public.claim_purchase(secret) from links where name = 'old' $$), 'SE020', 'a new link for the session ends the link that was made for its payment');
delete from sesame.claim_links where object_id = 'cs_late';
update sesame.claim_links set revoked_at = null where object_id = 'pi_late';
select is(public.revoke_claim_link('pi_late'), true, 'a link made for a payment can be revoked by that id');
select is(pg_temp.refusal_as('bob', $$ select public.claim_purchase(secret) from links where name = 'old' $$), 'SE020', 'a revoked link opens nothing');

select pg_temp.grants_are_derived();

select * from finish();
rollback;
