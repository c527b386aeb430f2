-- Objects that are still being derived: explain, the doctor, alerts and health say so.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
select plan(27);

create function pg_temp.drain() returns jsonb
language plpgsql as $$
declare
  v_answer jsonb;
begin
  for calls in 1 .. 100 loop
    v_answer := public.sesame_fold_part(100);
    if v_answer ->> 'left' = '0' then
      return v_answer;
    end if;
  end loop;
  raise exception 'it never ends';
end
$$;

create function pg_temp.age(minutes integer) returns void
language sql as $$ update sesame.unfolded_objects set since = now() - minutes * interval '1 minute' $$;

create function pg_temp.found() returns text
language sql as $$
  select concat_ws(' ', finding ->> 'found', finding ->> 'examples')
  from jsonb_array_elements(public.sesame_examine() -> 'findings') as finding
  where finding ->> 'code' = 'fold_pending'
$$;

create function pg_temp.explained(persona text, module text) returns text
language sql as $$
  select coalesce((
    select concat_ws(' ', answer.link, answer.code, answer.state, answer.known ->> 'source_id')
    from public.explain_module_access(pg_temp.user_id(persona)::text, module) as answer
    where answer.state <> 'holds' order by answer.place limit 1
  ), 'open')
$$;

create function pg_temp.leads_to(reference text) returns text
language sql as $$
  select string_agg(concat_ws(' ', found.code, found.module, found.known ->> 'source_id'), ', ')
  from public.sesame_explain_reference(reference) as found
$$;

create function pg_temp.alert() returns text
language sql as $$
  select public.sesame_refresh_alerts();
  select string_agg(concat_ws(' ', kind, about, severity), ', ') from public.sesame_open_alerts() where kind = 'fold_pending'
$$;

select is(public.sesame_webhook_health() #> '{unfolded,seconds}', '0', 'in a new project nothing waits to be derived');

-- A price is mapped that two sales wait for. One has no user yet.
select pg_temp.send(0,
  pg_temp.session('cs_ada', jsonb_build_object('user_ref', pg_temp.user_id('ada'), 'module_ref', null, 'customer_id', null, 'price_ids', '["price_new"]'::jsonb)),
  pg_temp.guest('cs_guest', null, '{"module_ref": null, "price_ids": ["price_new"]}'));
select set_config('sesame.most_at_once', '0', true);
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'llama';

select pg_temp.age(4);
select is(pg_temp.found(), null, 'an object that has waited for four minutes is no finding of the doctor');
select is(pg_temp.explained('ada', 'llama'), 'understood fold_pending broken cs_ada', 'explain says at once that it is still being derived');
select is(pg_temp.alert(), null, 'and it raises no alert');

select pg_temp.age(6);
select is(pg_temp.found(), '2 ["cs_ada", "cs_guest"]', 'objects that have waited for six minutes are a finding of the doctor');
select is(pg_temp.alert(), 'fold_pending sesame-fold warning', 'one alert stands for all of them');
select is(pg_temp.explained('ada', 'llama'), 'understood fold_pending broken cs_ada', 'explain says so about the buyer');
select is((select detail from public.explain_module_access(pg_temp.user_id('ada')::text, 'llama') where code = 'fold_pending'),
  format('checkout_session cs_ada is still being derived, since %s', now() - interval '6 minutes'), 'with the object and its time');
select is(pg_temp.leads_to(pg_temp.user_id('ada')::text), 'fold_pending cs_ada', 'and about the user alone');
select is(pg_temp.leads_to(reference), 'fold_pending cs_' || who, format('and about %s', reference))
from (values ('cs_ada', 'ada'), ('pi_ada', 'ada'), ('cs_guest', 'guest')) as asked (reference, who);
select is(pg_temp.explained('bob', 'llama'), 'delivered no_purchase_known broken', 'a user with another purchase is not told so');
select is((public.sesame_webhook_health() #>> '{unfolded,seconds}')::numeric, 360::numeric, 'health says how old the oldest is');
select is(public.sesame_webhook_health() #>> '{unfolded,left}', '2', 'and how many there are');
select is(public.sesame_webhook_health() -> 'troubles', '[]', 'they are no trouble of the webhook');

-- An object that cannot be folded.
alter table sesame.grants add constraint poison check (source_id not in ('cs_ada', 'cs_guest'));
select is(pg_temp.drain() ->> 'left', '0', 'the calls end beside objects that cannot be folded');
select pg_temp.age(6);
select is(pg_temp.explained('ada', 'llama'), 'understood fold_pending broken cs_ada', 'explain names an object that cannot be folded');
select matches((select detail from public.explain_module_access(pg_temp.user_id('ada')::text, 'llama') where code = 'fold_pending'),
  'failed 2 times, at last with 23514$', 'with its failures and its SQLSTATE');
alter table sesame.grants drop constraint poison;
update sesame.unfolded_objects set next_try = now();

-- Folded.
select pg_temp.drain();
select is(pg_temp.explained('ada', 'llama'), 'open', 'a folded object is open');
select is(pg_temp.found(), null, 'and no finding of the doctor');
select is(pg_temp.alert(), null, 'the alert ends');

-- A second change: the buyer has the module, and the guest has no user.
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'whisper';
select pg_temp.age(6);
select is(pg_temp.explained('ada', 'llama'), 'understood fold_pending beside cs_ada', 'while the module is open, the object that waits is beside the answer');
select is(pg_temp.leads_to('cs_ada'), 'llama, fold_pending cs_ada', 'an object with a buyer leads to the buyer, and says that it waits');
select is(pg_temp.leads_to('cs_guest'), 'buyer_unknown llama cs_guest, fold_pending cs_guest', 'an object without a buyer says both');
select pg_temp.drain();

-- A walk through all rows.
update sesame.settings set passes_stack = false;
update sesame.unfolded_walk set since = now() - interval '6 minutes';
select is(pg_temp.found(), '1 ["settings"]', 'a change of the settings that has waited for six minutes is a finding of the doctor');
select is((public.sesame_webhook_health() #>> '{unfolded,seconds}')::numeric, 360::numeric, 'and health says how old it is');

select * from finish();
rollback;
