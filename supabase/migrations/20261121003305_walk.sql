-- A walk through all rows in parts, because a call over the Data API ends after eight seconds.
--
-- A walk has four stages: start (nothing yet), sources by id, access tokens by id, members by user id. A part is a
-- range of keys, first and last included. '<stage>/<key>' names the start of the next part. Each part is a call and a
-- transaction of its own. Other writers come between them; their changes are folded already.

create view sesame.walked_sources as
  select 'checkout_session' as kind, id from sesame.checkout_sessions
  union all
  select 'payment_intent', id from sesame.payment_intents
  union all
  select 'charge', id from sesame.charges where module_ref is not null
  union all
  select 'invoice', id from sesame.invoices
  union all
  select 'subscription', id from sesame.subscriptions
  union all
  select 'manual_grant', id::text from sesame.manual_grants
  union all
  -- A grant without its source is walked, too.
  select source, source_id from sesame.grants;

comment on view sesame.walked_sources is
  'All sources of grants, and all sources that grants name: one row or more for each.';

create view sesame.walked_members as
  select user_id from sesame.grants
  union all
  select created_by from public.access_tokens
  union all
  select user_id from public.module_access;

comment on view sesame.walked_members is
  'Users with access or with a source of it: one row for each source and access. Null: the user is not known yet.';

create type sesame.part as (stage text, first text, last text, walked bigint, next text);

comment on type sesame.part is
  'A range of keys of one stage. walked: how many rows it holds, unless many share its last key. next: where the '
  'next part starts. Null: there is none.';

-- Always use the order of an index: just after a restore there are no statistics yet.
create function sesame.part_of_walk(start text, most integer) returns sesame.part
language plpgsql stable set search_path = '' set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_part sesame.part;
  v_key text := substr(start, position('/' in start) + 1);
  v_none constant uuid := '00000000-0000-0000-0000-000000000000';
begin
  if (most > 0) is not true then
    raise sqlstate '22023' using message = 'a part holds at least one row', detail = format('most is %s', most);
  end if;
  v_part.stage := split_part(start, '/', 1);
  case v_part.stage
    when '' then
      v_part.next := 'sources/';
    when 'sources' then
      select min(id), max(id), count(*) into v_part.first, v_part.last, v_part.walked
      from (select id from sesame.walked_sources where id >= v_key order by id limit most) as row;
      v_part.next := coalesce(
        (select 'sources/' || id from sesame.walked_sources where id > v_part.last order by id limit 1), 'tokens/'
      );
    when 'tokens' then
      select min(id::text), max(id::text), count(*) into v_part.first, v_part.last, v_part.walked
      from (
        select id from public.access_tokens where id >= coalesce(nullif(v_key, '')::uuid, v_none) order by id limit most
      ) as row;
      v_part.next := coalesce(
        (select 'tokens/' || id from public.access_tokens where id > v_part.last::uuid order by id limit 1), 'members/'
      );
    when 'members' then
      select min(user_id::text), max(user_id::text), count(*) into v_part.first, v_part.last, v_part.walked
      from (
        select user_id from sesame.walked_members
        where user_id >= coalesce(nullif(v_key, '')::uuid, v_none)
        order by user_id
        limit most
      ) as row;
      v_part.next := (
        select 'members/' || user_id from sesame.walked_members
        where user_id > v_part.last::uuid order by user_id limit 1
      );
    else
      raise sqlstate '22023' using
        message = 'a walk cannot start there',
        detail = start,
        hint = 'Pass the next of the previous answer, or nothing to start at the beginning.';
  end case;
  return v_part;
end
$$;

comment on function sesame.part_of_walk is
  'The part of the walk that starts there and holds this number of rows, or more if many share its last key.';

create function sesame.length_of_walk() returns bigint
language plpgsql stable set search_path = '' as $$
begin
  return (select count(*) from sesame.walked_sources)
    + (select count(*) from public.access_tokens)
    + (select count(user_id) from sesame.walked_members);
end
$$;

comment on function sesame.length_of_walk is 'How many rows all parts of a walk hold together.';
