-- One object that cannot be folded keeps back no other, and is tried again later.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(28);

create function pg_temp.drain(most integer) returns jsonb
language plpgsql as $$
declare
  v_answer jsonb;
begin
  for calls in 1 .. 100 loop
    v_answer := public.sesame_fold_part(most);
    if v_answer ->> 'left' = '0' then
      return v_answer;
    end if;
  end loop;
  raise exception 'it never ends';
end
$$;

create function pg_temp.sale(id text, persona text, price text) returns jsonb
language sql stable as $$
  select pg_temp.session(id, jsonb_build_object(
    'user_ref', pg_temp.user_id(persona), 'module_ref', null, 'customer_id', null, 'price_ids', jsonb_build_array(price)))
$$;

create function pg_temp.unfoldable() returns text
language sql stable as $$
  select string_agg(concat_ws(' ', id, failures, error), ', ' order by id) from sesame.unfolded_objects where kind = 'checkout_session'
$$;

create function pg_temp.later() returns void
language sql as $$ update sesame.unfolded_objects set next_try = now() $$;

create function pg_temp.stale() returns text
language sql stable as $$
  select string_agg(distinct finding ->> 'code', ', ')
  from jsonb_array_elements(public.sesame_examine('sources/') -> 'findings') as finding
$$;

-- A mapping.
select pg_temp.send(0, pg_temp.sale('cs_1', 'ada', 'price_new'), pg_temp.sale('cs_2', 'bob', 'price_new'), pg_temp.sale('cs_3', 'cleo', 'price_new'));
select set_config('sesame.most_at_once', '2', true);
alter table sesame.grants add constraint poison check (source_id <> 'cs_2');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'llama';
select is(pg_temp.stale(), null, 'while the parts are folded, grants that lag behind are no finding of the doctor');
select is(pg_temp.drain(100), '{"left": 0, "failed": 2}', 'a sale that cannot be folded is counted with its payment, and the calls end');
select pg_temp.owners_are('llama', 'ada open, cleo open', 'the sales beside it are open');
select is(pg_temp.unfoldable(), 'cs_2 2 23514', 'the sale is named with its failures and its SQLSTATE');
select is(pg_temp.stale(), 'grants_stale', 'after the parts, the doctor finds the sale that could not be folded');
select is(public.sesame_fold_part(), '{"left": 0, "failed": 2}', 'it is not tried again at once');

select is((public.sesame_webhook_health() -> 'unfolded') - '{since,seconds}'::text[], '{"left": 0, "failed": 2}', 'health counts it');
select is((public.sesame_webhook_health() #>> '{unfolded,since}')::timestamptz, now(), 'health says since when');

-- Deliveries and later changes go on.
select pg_temp.send(1, pg_temp.session('cs_4', '{"module_ref": "whisper"}'));
select pg_temp.access_is('ada', 'whisper', 'open', 'an event takes effect beside it');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'playground';
select is(pg_temp.drain(100), '{"left": 0, "failed": 2}', 'a second change of the same sales ends, too');
select pg_temp.owners_are('playground', 'ada open, cleo open', 'and reaches the sales beside it');

-- Tried again.
select pg_temp.later();
select is(pg_temp.drain(100), '{"left": 0, "failed": 2}', 'after its time, it is tried again once');
select is(pg_temp.unfoldable(), 'cs_2 3 23514', 'and its failure is counted');
alter table sesame.grants drop constraint poison;
select pg_temp.later();
select is(pg_temp.drain(100), '{"left": 0, "failed": 0}', 'without the cause, nothing is left');
select pg_temp.owners_are('llama', 'ada open, bob open, cleo open', 'and the sale is open');
select pg_temp.grants_are_derived();

-- A walk.
delete from sesame.grants where source_id = 'cs_2';
alter table sesame.grants add constraint poison check (source_id <> 'cs_2');
update sesame.settings set passes_stack = false;
select is(pg_temp.drain(100), '{"left": 0, "failed": 2}', 'a walk through all rows ends beside a sale that cannot be folded');
select is(pg_temp.unfoldable(), 'cs_2 2 23514', 'the sale waits among the unfolded objects');
alter table sesame.grants drop constraint poison;
select pg_temp.later();
select pg_temp.drain(100);
select pg_temp.owners_are('llama', 'ada open, bob open, cleo open', 'and is folded when its cause is gone');
select pg_temp.grants_are_derived();

-- A walk, and a member whose access cannot be written.
insert into public.module_prices (stripe_price_id, module_id, access_duration) select 'price_day', id, '1 day' from public.modules where slug = 'stable-diffusion';
select pg_temp.send(0, pg_temp.sale('cs_b' || n, 'bob', 'price_day'), pg_temp.sale('cs_c' || n, 'cleo', 'price_day')) from generate_series(1, 2) as n;
alter table public.module_access add constraint poison check (user_id <> 'b0b00000-0000-4000-8000-000000000002') not valid;
update sesame.settings set passes_stack = true;
select is(pg_temp.drain(100), '{"left": 0, "failed": 1}', 'a walk ends beside a member whose access cannot be written');
select is((select string_agg(concat_ws(' ', kind, id, failures, error, cause), ', ') from sesame.unfolded_objects),
  format('member %s 2 23514 settings', pg_temp.user_id('bob')), 'the member waits among the unfolded objects');
select pg_temp.owners_are('stable-diffusion', 'bob open until 1, cleo open until 2', 'the members beside it have what the setting gives');
alter table public.module_access drop constraint poison;
select pg_temp.later();
select is(pg_temp.drain(100), '{"left": 0, "failed": 0}', 'without the cause, no member is left');
select pg_temp.owners_are('stable-diffusion', 'bob open until 2, cleo open until 2', 'and the member has it, too');

-- An operator cancels a part, or its time ends. pgTAP itself never catches a cancel.
create function pg_temp.outcome() returns text
language plpgsql as $$
begin
  return public.sesame_fold_part(100) ->> 'left';
exception when query_canceled then
  return sqlstate;
end
$$;

create function pg_temp.failed() returns bigint
language sql as $$ select count(*) from sesame.unfolded_objects where failures > 0 $$;

create function pg_temp.tg_cancel() returns trigger
language plpgsql as $$
begin
  perform pg_sleep(1.1);
  raise sqlstate '57014';
end
$$;

insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'whisper';
select public.sesame_fold_part(100) from generate_series(1, 2);
create trigger cancel before insert on sesame.grants for each row execute function pg_temp.tg_cancel();
select is(pg_temp.outcome() || ' ' || pg_temp.failed(), '57014 0', 'a part that an operator cancels is not at fault, however long it took');
set local statement_timeout = '30s';
select is(pg_temp.outcome() || ' ' || pg_temp.failed(), '57014 0', 'nor if its time was not over');
set local statement_timeout = '1500ms';
select isnt(pg_temp.outcome() || ' ' || pg_temp.failed(), '57014 0', 'a part that used up its time is at fault');
set local statement_timeout = '0';
drop trigger cancel on sesame.grants;

select * from finish();
rollback;
