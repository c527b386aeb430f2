-- By hand: granted, revoked, denied, claimed; and every change of access in the log, with its cause.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(25);

-- Grant and revoke.
select lives_ok($$ select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a gift', now() + interval '30 days') $$, 'an operator grants');
select pg_temp.access_is('ada', 'llama', 'open until 30', 'until when he says');
select is((select access_type from public.module_access), 'manual', 'and it says so');
select is(public.revoke_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'a mistake'), 1, 'he takes it back');
select pg_temp.access_is('ada', 'llama', 'revoked', 'and it is closed');
select is(public.revoke_module_access(pg_temp.user_id('ada'), 'llama', 'olga', 'again'), 0, 'a second time there is nothing to take');

-- Beside a purchase.
select pg_temp.tell(pg_temp.event(0, pg_temp.session('cs_1')), pg_temp.event(1, pg_temp.refund('re_1', 'pi_1', 1000)));
select public.grant_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'goodwill');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a grant opens what a refund closed');
select public.revoke_module_access(pg_temp.user_id('ada'), 'stable-diffusion', 'olga', 'enough');
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'and without it the refund is the reason again');

-- Denied.
select pg_temp.tell(0, pg_temp.session('cs_2', '{"module_ref": "whisper"}'));
select public.revoke_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'keeps what was paid for');
select pg_temp.access_is('ada', 'whisper', 'open', 'what was paid for cannot be revoked');
select public.revoke_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'abuse', deny => true);
select pg_temp.access_is('ada', 'whisper', 'denied', 'but denied');
select pg_temp.tell(2, pg_temp.session('cs_3', '{"module_ref": "whisper"}'));
select pg_temp.access_is('ada', 'whisper', 'denied', 'no new purchase gets around it');
insert into public.module_prices (stripe_price_id, module_id) select 'price_any', id from public.modules where slug = 'whisper';
select pg_temp.access_is('ada', 'whisper', 'denied', 'nor a new mapping');
select public.grant_module_access(pg_temp.user_id('ada'), 'whisper', 'olga', 'forgiven');
select pg_temp.access_is('ada', 'whisper', 'open', 'a grant lifts it');

-- Claimed.
select is(pg_temp.refusal_as('bob', $$ select public.claim_free_module('playground') $$), '', 'a member claims a free module');
select pg_temp.answer_as('bob', $$ select public.claim_free_module('playground') $$);
select pg_temp.access_is('bob', 'playground', 'open', 'and has it');
select is(pg_temp.answer_as('bob', $$ select public.claim_free_module('playground') $$), 'false', 'once');
select is(pg_temp.refusal_as('bob', $$ select public.claim_free_module('llama') $$), 'SE007', 'one that is not free he cannot');
select is(pg_temp.refusal_as('bob', $$ select public.claim_free_module('nothing') $$), 'SE006', 'nor one that is not there');
select is(pg_temp.refusal_as('anon', $$ select public.claim_free_module('playground') $$), '42501', 'a stranger cannot');
select is(pg_temp.refusal_as('eve', $$ select public.claim_free_module('playground') $$), '42501', 'nor a session without a user');

-- Refused.
select throws_ok($$ select public.grant_module_access(pg_temp.user_id('ada'), 'llama', '', 'no name') $$, '23514', null, 'who grants has a name');
select throws_ok($$ select public.grant_module_access(pg_temp.user_id('ada'), 'llama', 'olga', '') $$, '23514', null, 'and a reason');

-- The log.
select results_eq(format($$ select was ->> 'reason', metadata ->> 'reason', cause from sesame.access_changes
    where user_id = %L and module_id = (select id from public.modules where slug = 'whisper') order by id $$, pg_temp.user_id('ada')),
  $$ values (null, 'purchase', 'stripe'), ('purchase', 'denied', 'operator: olga: abuse'),
            ('denied', 'purchase', 'operator: olga: forgiven') $$,
  'the log tells every change of access and its cause');
select throws_ok('update sesame.access_log set cause = ''nobody''', 'SE005', 'the access log is append-only', 'nobody rewrites it');
select throws_ok('delete from sesame.access_log', 'SE005', 'the access log is append-only', 'nor shortens it');

select * from finish();
rollback;
