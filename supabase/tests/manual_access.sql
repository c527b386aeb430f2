-- Access by operators and free modules: granted, revoked, denied, claimed, each with its cause in the log.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(25);

-- Grant and revoke.
select lives_ok($$ select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a gift', now() + interval '30 days') $$, 'an operator can grant a module');
select pg_temp.access_is('ada', 'llama', 'open until 30', 'a granted module is open until the day of the grant');
select is((select access_type from public.module_access), 'manual', 'a granted module has the access type manual');
select is(public.revoke_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a mistake'), 1, 'an operator can revoke a grant');
select pg_temp.access_is('ada', 'llama', 'revoked', 'a revoked grant is closed');
select is(public.revoke_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'again'), 0, 'revoking twice revokes nothing');

-- Beside a purchase.
select pg_temp.send(pg_temp.event(0, pg_temp.session('refunded')), pg_temp.event(1, pg_temp.refund('refunded', 'refunded', 1000)));
select public.grant_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'goodwill');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a grant opens what a refund closed');
select public.revoke_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'enough');
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'a revoked grant leaves the refund as the reason');

-- Denied.
select pg_temp.send(0, pg_temp.session('denied', '{"module_ref": "whisper"}'));
select public.revoke_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'keeps what was paid for');
select pg_temp.access_is('ada', 'whisper', 'open', 'a purchase cannot be revoked');
select public.revoke_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'abuse', deny => true);
select pg_temp.access_is('ada', 'whisper', 'denied', 'a purchase can be denied');
select pg_temp.send(2, pg_temp.session('after denial', '{"module_ref": "whisper"}'));
select pg_temp.access_is('ada', 'whisper', 'denied', 'a new purchase does not open a denied module');
insert into public.module_prices (stripe_price_id, module_id) select 'price_any', id from public.modules where slug = 'whisper';
select pg_temp.access_is('ada', 'whisper', 'denied', 'a new mapping does not open a denied module');
select public.grant_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'forgiven');
select pg_temp.access_is('ada', 'whisper', 'open', 'a grant lifts a denial');

-- Claimed.
select is(pg_temp.refusal_as('bob', $$ select public.claim_free_module('playground') $$), '', 'a member can claim a free module');
select pg_temp.answer_as('bob', $$ select public.claim_free_module('playground') $$);
select pg_temp.access_is('bob', 'playground', 'open', 'a claimed free module is open');
select is(pg_temp.answer_as('bob', $$ select public.claim_free_module('playground') $$), 'false', 'claiming a free module twice does nothing');
select is(pg_temp.refusal_as('bob', $$ select public.claim_free_module('llama') $$), 'SE007', 'claiming a module that is not free gets SE007');
select is(pg_temp.refusal_as('bob', $$ select public.claim_free_module('nothing') $$), 'SE006', 'claiming an unknown module gets SE006');
select is(pg_temp.refusal_as('anon', $$ select public.claim_free_module('playground') $$), '42501', 'an anonymous caller cannot claim a free module');
select is(pg_temp.refusal_as('eve', $$ select public.claim_free_module('playground') $$), '42501', 'a session without a user cannot claim a free module');

-- Refused.
select throws_ok($$ select public.grant_module_access(pg_temp.user_id('ada'), 'llama', '', 'no name') $$, '23514', null, 'a grant without the operator''s name is refused');
select throws_ok($$ select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', '') $$, '23514', null, 'a grant without a reason is refused');

-- The log.
select results_eq(format($$ select was ->> 'reason', metadata ->> 'reason', cause from sesame.access_changes
    where user_id = %L and module_id = (select id from public.modules where slug = 'whisper') order by id $$, pg_temp.user_id('ada')),
  $$ values (null, 'purchase', 'stripe'), ('purchase', 'denied', 'operator: olga: abuse'),
            ('denied', 'purchase', 'operator: olga: forgiven') $$,
  'the access log has every change of access and its cause');
select throws_ok('update sesame.access_log set cause = ''no one''', 'SE005', 'the access log is append-only', 'the access log cannot be updated');
select throws_ok('delete from sesame.access_log', 'SE005', 'the access log is append-only', 'rows of the access log cannot be deleted');

select * from finish();
rollback;
