-- What the doctor asks the database, and lets it fix: access that differs from its sources, and what needs an
-- operator. In parts, because a call over the Data API ends after eight seconds.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(37);
update sesame.settings set verified_email_claims = true;

-- Calls the function part after part, and answers each part with its start.
create function pg_temp.walk(rpc text, most integer) returns table (start text, answer jsonb)
language plpgsql as $$
begin
  start := '';
  while start is not null loop
    execute format('select public.%I(start => $1, most => $2)', rpc) into answer using start, most;
    return next;
    start := answer ->> 'next';
  end loop;
end
$$;

create function pg_temp.found(most integer default 500) returns text
language sql as $$
  select string_agg(code || ' ' || found, ', ' order by code)
  from (
    select finding ->> 'code' as code, sum((finding ->> 'found')::bigint) as found
    from pg_temp.walk('sesame_examine', most)
    cross join lateral jsonb_array_elements(answer -> 'findings') as finding
    group by 1
  ) as summed
$$;

create function pg_temp.refold(most integer default 500) returns bigint
language sql as $$ select sum((answer ->> 'changed')::bigint)::bigint from pg_temp.walk('sesame_refold', most) $$;

-- All derived rows as one hash, to compare.
create function pg_temp.state() returns text
language sql as $$
  select md5(string_agg(line, ' ' order by line))
  from (
    select grants::text as line from sesame.grants
    union all
    select row(user_id, module_id, access_type, token_id, expires_at, is_active, metadata)::text from public.module_access
    union all
    select row(id, created_by, blocked_by)::text from public.access_tokens
    union all
    select row(object_id, user_id)::text from sesame.claims
  ) as lines
$$;

select is(pg_temp.found(), null, 'a project without problems has no findings');
select pg_temp.send(0, pg_temp.session('cs_1'));
insert into auth.users (id) values (pg_temp.user_id('ada')) on conflict do nothing;
select is(pg_temp.found(), null, 'a paid purchase has no findings');

alter table public.module_access disable trigger user;  -- as a restore does
update public.module_access set is_active = false;
alter table public.module_access enable trigger user;
select is(pg_temp.found(), 'access_missing 1', 'access that was closed by hand is found');
select is(pg_temp.refold(), 1::bigint, 'a refold derives access again');
select is(pg_temp.found() || pg_temp.access_of('ada'), null, 'after a refold nothing is found');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'after a refold access is open');
select is(pg_temp.refold(), 0::bigint, 'a second refold changes nothing');
select is((select cause from sesame.access_log order by id desc limit 1), 'operator: doctor: derived again', 'the access log names the refold as the cause');

select pg_temp.send(0, pg_temp.session('cs_2', '{"module_ref": null, "price_ids": ["price_new"]}'));
select is(pg_temp.found(), 'price_unmapped 1', 'an unmapped price is found');
select is(public.sesame_examine() #>> '{findings,0,examples,0}', 'price_new', 'the finding names the price');
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'whisper';

select is(pg_temp.refusal_as(persona, statement), '42501', persona || ' is refused: ' || statement)
from unnest(array['anon', 'ada', 'sesame_webhook']) as persona
cross join unnest(array['select public.sesame_examine()', 'select public.sesame_refold()']) as statement;

select throws_ok($$ select public.sesame_examine(start => 'elsewhere/') $$, '22023', null, 'an examination that starts at an unknown stage is refused');
select throws_ok($$ select public.sesame_refold(start => 'sources/', most => 0) $$, '22023', null, 'a part of no rows is refused');
select throws_ok($$ select public.sesame_refold(start => 'members/', most => null) $$, '22023', null, 'a part of an unknown size is refused');
select throws_ok($$ select public.sesame_examine(start => 'members/ada') $$, '22P02', null, 'a start that is no user id is refused');

-- Parts of any size find and fix the same rows.
select pg_temp.deliver(
  pg_temp.event('evt_a' || n, 'x', 0, pg_temp.session('cs_a' || n, jsonb_build_object('user_ref', md5(n::text)::uuid))),
  pg_temp.event('evt_b' || n, 'x', 0, pg_temp.subscription('sub_b' || n, 'active', 1, jsonb_build_object('user_ref', md5(n::text)::uuid)))
) from generate_series(1, 7) as n;
-- Equal ids of two kinds and of two accounts, and the smallest user id.
select pg_temp.send(
  pg_temp.event(0, pg_temp.session('id_alike', '{"user_ref": "00000000-0000-0000-0000-000000000000"}')),
  pg_temp.event(0, pg_temp.again(pg_temp.subscription('id_alike', 'active', 1))),
  pg_temp.event(0, pg_temp.again(pg_temp.session('cs_1'))) || '{"account": "acct_1"}'
);
insert into public.access_tokens (created_by, user_ref, module_id, payment_id)
select md5(n::text)::uuid, null, 3, 'pi_a' || n from generate_series(1, 3) as n
union all
select null, 'late@example.com', 3, null;
select pg_temp.refold();
select is(
  (select count(distinct (finding ->> 'code')) from pg_temp.walk('sesame_examine', 3), jsonb_array_elements(answer -> 'findings') as finding),
  2::bigint, 'waiting tokens and buyers without an account are not reported as drift'
);
create temporary table whole as select pg_temp.state() as state;

savepoint broken;
update sesame.grants set (reason, reason_after, expires_at) = ('refunded', 'refunded', null) where source_id in ('cs_a1', 'sub_b5', 'id_alike');
delete from sesame.grants where source_id = 'cs_a3';
insert into sesame.grants (livemode, account, source_id, module_id, source, user_id, reason, reason_after, access_level, by_address)
values (false, '', 'cs_invented', 1, 'checkout_session', md5('2')::uuid, 'purchase', 'expired', 'standard', false);
set local session_replication_role = replica;
update public.module_access set is_active = false, expires_at = null where user_id in (md5('4')::uuid, '00000000-0000-0000-0000-000000000000');
update public.access_tokens set blocked_by = 'refunded' where payment_id = 'pi_a2';
delete from public.module_access where user_id = md5('6')::uuid;
set local session_replication_role = default;
create temporary table parted as
select 'grants_stale' as code, source || source_id as what
from ((table sesame.grants except table sesame.derived_grants) union (table sesame.derived_grants except table sesame.grants)) as parted
group by 1, 2
union all
select code::text, user_id || ' ' || module_id from sesame.drifted_access;
select isnt_empty('table parted', 'the rows broken by hand differ from what the sources decide');
select is(pg_temp.found(most), pg_temp.found(100000), 'parts of ' || most || ' find what the whole does')
from unnest(array[1, 2, 7, 50]) as most;
select is(
  (select sum((finding ->> 'found')::integer) from pg_temp.walk('sesame_examine', 1), jsonb_array_elements(answer -> 'findings') as finding
   where finding ->> 'code' similar to 'grants_stale|access_%')::bigint,
  (select count(*) from parted), 'an examination finds as many rows as are broken'
);
select is(
  (select (answer ->> 'total')::bigint from pg_temp.walk('sesame_examine', 1) where start = ''),
  (select sum((answer ->> 'walked')::bigint)::bigint from pg_temp.walk('sesame_examine', 100000)), 'the total is the number of rows to examine'
);
select isnt(pg_temp.refold(1), 0::bigint, 'a refold in parts of one row changes access');
select is(pg_temp.state(), (table whole), 'a refold in parts of one row restores everything');
select is_empty(
  $$ select from pg_temp.walk('sesame_examine', 1), jsonb_array_elements(answer -> 'findings') as finding
     where finding ->> 'code' similar to 'grants_stale|access_%' $$, 'after a refold in parts nothing is found'
);
rollback to broken;

-- A refold that stops in the middle keeps its work, and the next one does the rest.
update sesame.grants set (reason, reason_after, expires_at) = ('refunded', 'refunded', null) where source <> 'manual_grant';
do $$
declare
  v_start text := '';
begin
  for part in 1 .. 5 loop
    v_start := public.sesame_refold(v_start, 4) ->> 'next';
  end loop;
end
$$;
select isnt(pg_temp.state(), (table whole), 'a refold that stopped in the middle has not restored everything');
select pg_temp.refold(4);
select is(pg_temp.state(), (table whole), 'the next refold restores the rest');

-- A sign-up whose fold was skipped.
select pg_temp.deliver(pg_temp.event('evt_w' || n, 'x', 0, pg_temp.session('cs_w' || n,
  '{"user_ref": null, "customer_id": null, "email": "late@example.com"}'))) from generate_series(1, 20) as n;
set local session_replication_role = replica;
insert into auth.users (id, email, email_confirmed_at) values (pg_temp.user_id('cleo'), 'late@example.com', now());
set local session_replication_role = default;
select pg_temp.access_is('cleo', 'stable-diffusion', 'none', 'a purchase missed at sign-up is not claimed yet');
select is((select count(*) from pg_temp.walk('sesame_refold', 1) where (answer ->> 'changed')::integer > 0), 2::bigint, 'a refold claims the missed purchases at the first of them and at the token');
select pg_temp.access_is('cleo', 'llama', 'open', 'a refold gives the member the token that waited');
select pg_temp.access_is('cleo', 'stable-diffusion', 'open', 'a refold gives the member what was bought with the address');

select * from finish();
rollback;
