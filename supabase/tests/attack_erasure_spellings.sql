-- Attack: erasure overlooks a spelling of the address in some column, or erases another user's address.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
\ir helpers/erasure.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select * from no_plan();

create function pg_temp.names(address text, body text) returns boolean
language sql as $$
  select sesame.names(lower(body collate "C"), sought) from unnest(sesame.sought_words(array[sesame.tidy_email(address)])) as sought
$$;

-- Spellings of one address.
create temporary table spelled (address text, body text, is_named boolean);
insert into spelled values
  ('ada@example.com', '{"a":"ada@example.com"}', true),
  ('ada@example.com', 'mailto:ada%40example.com', true),
  ('ada@example.com', 'mailto:ADA%40EXAMPLE%2ecom', true),
  ('ada@example.com', 'mailto:%61d%61%40ex%61mple%2Ecom', true),
  ('ada@example.com', 'mailto:%41da%40example.com', true),
  ('ada@example.com', 'mailto:ada%2540example.com', true),
  ('ada@example.com', '{"a":"\u0061d\u0061\u0040ex\u0061mple\u002ecom"}', true),
  ('ada@example.com', '{"a":"\u0041DA\u0040EXAMPLE.COM"}', true),
  ('ada@example.com', '{"a":"{\"b\":\"ada\\u0040example.com\"}"}', true),
  ('ada@example.com', '{"a":"\"ada\"@example.com"}', true),
  ('ada@example.com', '{"a":"\u0022ada\u0022@example.com"}', true),
  ('ada@example.com', '{"a":"\nada@example.com\n"}', true),
  ('ada@example.com', '{"a":"''ada@example.com''"}', true),
  ('ada@example.com', '{"a":"\u0027ada@example.com\u0027"}', true),
  ('ada@example.com', '{"a":"\u201cada@example.com\u201d"}', true),
  ('ada@example.com', U&'{"a":"\201Cada@example.com\201D"}', true),
  ('ada@example.com', '?email=ada@example.com&x=1', true),
  ('ada@example.com', '?email%3Dada%40example.com%26x', true),
  ('ada@example.com', '?q=a%20ada@example.com%20b', true),
  ('ada@example.com', '?q=%E2%80%9Cada@example.com%E2%80%9D', true),
  ('ada@example.com', 'Write to ada@example.com. Or do not.', true),
  ('ada@example.com', '<ada@example.com>', true),
  (U&'zo\00E9@example.com', U&'{"a":"zo\00E9@example.com"}', true),
  (U&'zo\00E9@example.com', U&'{"a":"ZO\00C9@example.com"}', true),
  (U&'zo\00E9@example.com', U&'{"a":"Zoe\0301@example.com"}', true),
  (U&'zo\00E9@example.com', U&'{"a":"ZOE\0301@example.com"}', true),
  (U&'zo\00E9@example.com', '{"a":"zo\u00e9@example.com"}', true),
  (U&'zo\00E9@example.com', '{"a":"ZO\u00C9@example.com"}', true),
  (U&'zo\00E9@example.com', '{"a":"zoe\u0301@example.com"}', true),
  (U&'zo\00E9@example.com', '{"a":"zo\u0065\u0301@example.com"}', true),
  (U&'zo\00E9@example.com', 'zo%C3%A9%40example.com', true),
  (U&'zo\00E9@example.com', 'ZO%c3%89@example.com', true),
  (U&'zo\00E9@example.com', 'zoe%CC%81@example.com', true),
  (U&'zoe\0301@example.com', U&'zo\00E9@example.com', true),
  (U&'ann@m\00FCnchen.example', 'ann@xn--mnchen-3ya.example', true),
  (U&'ann@m\00FCnchen.example', 'ann%40XN--MNCHEN-3YA.example', true),
  ('ann@xn--mnchen-3ya.example', U&'ann@m\00FCnchen.example', true),
  ('ann@xn--mnchen-3ya.example', U&'ann@M\00DCNCHEN.example', true),
  ('ann@xn--mnchen-3ya.example', U&'ann@mu\0308nchen.example', true),
  ('ann@xn--mnchen-3ya.example', 'ann@m\u00fcnchen.example', true),
  ('ann@xn--mnchen-3ya.example', 'ann%40m%C3%BCnchen.example', true),
  (U&'\65E5\672C@\4F8B\3048.jp', '\u65e5\u672c@\u4f8b\u3048.jp', true),
  (U&'\65E5\672C@\4F8B\3048.jp', '%E6%97%A5%E6%9C%AC%40xn--r8jz45g.jp', true),
  (U&'\+01F600@example.com', '\ud83d\ude00@example.com', true),
  (U&'\+01F600@example.com', '%F0%9F%98%80@example.com', true),
  (repeat(U&'\00E9', 250) || '@' || repeat(U&'\00FC', 60) || '.example', repeat(U&'E\0301', 250) || '@' || repeat('%C3%BC', 60) || '.example', true),
  -- Other addresses.
  ('ada@example.com', 'nada@example.com', false),
  ('ada@example.com', 'aada@example.com', false),
  ('ada@example.com', '\u006eada@example.com', false),
  ('ada@example.com', '%6eada%40example.com', false),
  ('ada@example.com', U&'\00E9ada@example.com', false),
  ('ada@example.com', '\u00e9ada@example.com', false),
  ('ada@example.com', '%C3%A9ada@example.com', false),
  ('ada@example.com', 'x.ada@example.com', false),
  ('ada@example.com', 'x%2Eada@example.com', false),
  ('ada@example.com', 'x+ada@example.com', false),
  ('ada@example.com', 'x-ada@example.com', false),
  ('ada@example.com', 'x_ada@example.com', false),
  ('ada@example.com', 'o''ada@example.com', false),
  ('ada@example.com', 'o\u0027ada@example.com', false),
  ('ada@example.com', 'ada+1@example.com', false),
  ('ada@example.com', 'ada.b@example.com', false),
  ('ada@example.com', 'ada@example.com.au', false),
  ('ada@example.com', 'ada@example.com%2eau', false),
  ('ada@example.com', 'ada@example.com\u002eau', false),
  ('ada@example.com', 'ada@example.community', false),
  ('ada@example.com', 'ada@example.com\u006d', false),
  ('ada@example.com', 'ada@example.com-shop.net', false),
  ('ada@example.com', 'ada@example-com.net', false),
  ('ada@example.com', U&'ada@example.com\00E9', false),
  ('ada@example.com', 'ada@examplexcom', false),
  ('ada@example.com', 'ada@mail.example.com', false),
  ('ada@example.com', 'ada at example.com', false),
  (U&'zo\00E9@example.com', 'zoe@example.com', false),
  (U&'\212Aay@example.com', 'kay@example.com', false),
  (U&'stra\00DFe@example.com', 'strasse@example.com', false),
  (U&'ann@m\00FCnchen.example', 'ann@munchen.example', false),
  ('a.b@example.com', 'axb@example.com', false),
  ('%@example.com', 'ada@example.com', false),
  ('[a]@example.com', 'a@example.com', false),
  ('a|b@example.com', 'a', false);
select is(pg_temp.names(address, body), is_named, format('%s %s %s', body, case when is_named then 'names' else 'does not name' end, address))
from spelled;
select is(sesame.unicode_label(sesame.punycode(label)), label, 'punycode decodes to ' || label)
from unnest(array[U&'m\00FCnchen', U&'\4F8B\3048', U&'stra\00DFe', U&'\+01F600', U&'a\00E9b\00E9c', U&'\00FC-x']) as label;
select is(sesame.unicode_label(label), null, label || ' is not valid punycode')
from unnest(array['xn--a!', 'xn--99999999', 'xn--é', 'xn--zzzzzzzzzzzzzz']) as label;

-- In a sentence only the address is erased.
select is(sesame.without(body, (sesame.sought_words(array['ada@example.com']))[1]), left_over, body)
from (values
  ('Ada <ADA@example.com> and nada@example.com', 'Ada <erased> and nada@example.com'),
  ('{"to": "mailto:ada%40example.com?x=1", "cc": "ada@example.com.au"}', '{"to": "mailto:erased?x=1", "cc": "ada@example.com.au"}'),
  ('{"a": "\"ada@example.com\""}', '{"a": "\"erased\""}'),
  ('ada@example.com,ada@example.com;aada@example.com', 'erased,erased;aada@example.com')
) as written (body, left_over);

-- The address in every column of other users' rows, where only the search can find it.
create temporary table spellings (spelling text);
insert into spellings values ('Ada@Example.COM, \u0061da%40example.com and ada@example.com');
select pg_temp.account('ada', 'ada@example.com');
select pg_temp.account('bob', 'bob@example.com');
select pg_temp.send(
  pg_temp.event(0, pg_temp.session('cs_1', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'customer_id', 'cus_bob'))),
  pg_temp.event(0, pg_temp.payment('pi_1', '{"customer_id": "cus_bob"}')),
  pg_temp.event(0, pg_temp.charge('ch_1', 'pi_1', 0)),
  pg_temp.event(0, pg_temp.refund('re_1', 'pi_1', 10)),
  pg_temp.event(0, pg_temp.dispute('dp_1', 'pi_1', 'won')),
  pg_temp.event(0, pg_temp.invoice('in_1', jsonb_build_object('subscription_id', 'sub_1', 'customer_id', 'cus_bob',
    'lines', jsonb_build_array(pg_temp.line('price_whisper_monthly', 0, 30, '{"subscription_id": "sub_1", "subscription_item_id": "si_1"}'))))),
  pg_temp.event(0, pg_temp.invoice_payment('inpay_1', 'in_1', 'pi_2')),
  pg_temp.event(0, pg_temp.subscription('sub_1', 'canceled', 1, jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'customer_id', 'cus_bob'))),
  pg_temp.event(0, pg_temp.customer('cus_bob', 'bob')));
select public.grant_module_access(pg_temp.user_id('bob'), 'llama', 'olga', 'x');
select public.revoke_module_access(pg_temp.user_id('bob'), 'llama', 'olga', 'x');
select public.move_purchase('cs_1', pg_temp.user_id('bob'), 'olga', 'x');
select pg_temp.send(0, pg_temp.guest('cs_10', 'x@elsewhere.example'));
select length(public.create_claim_link('cs_10', 'olga', 'x'));
insert into public.access_tokens (created_by, user_ref, module_id, payment_id) select pg_temp.user_id('bob'), 'x', id, 'x' from public.modules where slug = 'whisper';
insert into sesame.carried_access (token_id, metadata) select id, '{}' from public.access_tokens where created_by = pg_temp.user_id('bob');
insert into sesame.uses (user_id, module_id, request_id) select pg_temp.user_id('bob'), id, 'x' from public.modules where slug = 'whisper';
insert into sesame.alerts (kind, about, severity, first_seen, last_seen, raised_at, resolved_at, dismissed_at, dismissed_by, dismissed_why)
values ('event_failed', 'evt_told', 'critical', now(), now(), now(), now(), now(), 'olga', 'x');
insert into sesame.erasures (user_id, actor, why, erased) values (pg_temp.user_id('bob'), 'olga', 'x', '{}');
update sesame.settings set renewal_grace = '4 days';
select public.remap_price('price_stable_diffusion', 'llama', null, 'olga', 'x');
select public.remap_price('price_shipping', null, null, 'olga', 'x');
select sesame.defer_objects('{"invoice": ["in_1"]}');
insert into sesame.unfolded_walk (next, total, cause) values ('sources/', 1, 'settings');

create temporary table columns as
select relation.oid::regclass as of_table, attribute.attname as name, attribute.atttypid::regtype as type
from our_relations as relation
join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
where relation.relkind = 'r'
  and attribute.atttypid in ('text'::regtype, 'varchar'::regtype, 'text[]'::regtype, 'json'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
  -- The site's own catalogue, also at Stripe, and its endpoints, derived tables, tables with words of ours only, and events that wait: erasing folds them first.
  and relation.oid <> all (array['public.modules', 'public.module_prices', 'public.listed_prices', 'sesame.price_listings',
    'sesame.products', 'sesame.waiting_events', 'sesame.moved_modules', 'sesame.grants',
    'sesame.moved_keys', 'sesame.carried_columns', 'sesame.sleeping_functions', 'sesame.latencies', 'sesame.deliveries', 'sesame.rebuilds', 'sesame.alert_kinds', 'sesame.used_grants',
    'sesame.webhook_endpoints', 'sesame.webhook_messages', 'sesame.webhook_attempts', 'sesame.webhook_deliveries']::regclass[])
  -- In the inbox only the body has text of the site or the customer.
  and (relation.oid <> 'sesame.stripe_events'::regclass or attribute.attname = 'payload')
  -- Ids of Stripe's that are keys.
  and (relation.oid = 'sesame.uses'::regclass or not exists (
    select from pg_catalog.pg_index where indrelid = relation.oid and indisprimary and attribute.attnum = any (indkey)));
select results_eq('select of_table::text || ''.'' || name from columns where type = ''bytea''::regtype', array[]::text[], 'every bytea column is a hash in a key');

-- 'planted', 'refused' where a constraint lets no address in, or 'empty' where the test has no row.
create function pg_temp.plant(of_table regclass, name text, type regtype, spelling text) returns text
language plpgsql as $$
declare
  v_count bigint;
begin
  execute format('update %s set %I = $1::%s', of_table, name, type)
  using case type
    when 'text[]'::regtype then array['mailto:' || spelling]::text
    when 'jsonb'::regtype then case when name in ('snapshots', 'lines', 'items') then jsonb_build_array(jsonb_build_object('x', spelling)) else jsonb_build_object('x', spelling) end::text
    else 'mailto:' || spelling
  end;
  get diagnostics v_count = row_count;
  return case when v_count > 0 then 'planted' else 'empty' end;
exception when check_violation or foreign_key_violation then
  return 'refused';
end
$$;

-- Each column in turn, rolled back afterwards: write the address without triggers, erase, and search.
create function pg_temp.left_in(of_table regclass, name text, type regtype, spelling text) returns text
language plpgsql as $$
declare
  v_planted text;
  v_is_left boolean;
begin
  begin
    execute format('alter table %s disable trigger user', of_table);
    v_planted := pg_temp.plant(of_table, name, type, spelling);
    execute format('alter table %s enable trigger user', of_table);
    if v_planted = 'planted' then
      perform public.erase_user(pg_temp.user_id('ada'), 'olga', 'asked');
      execute format('select exists (select from %s as held where lower(held.%I::text) ~ ''ada(@|%%40)example|u0061da'')', of_table, name) into v_is_left;
    end if;
    raise sqlstate 'ZZZZZ';
  exception when sqlstate 'ZZZZZ' then
    return case when v_is_left then 'left' when v_is_left is null then v_planted else 'erased' end;
  end;
end
$$;
create temporary table found as
select of_table, name, spelling, pg_temp.left_in(of_table, name, type, spelling) as became from columns cross join spellings;
select is(became, 'erased', format('%s in %s.%s', spelling, of_table, name)) from found where became <> 'refused' order by of_table::text, name, spelling;
select cmp_ok((select count(*) from found where became = 'erased'), '>', 70::bigint, 'the address was planted and erased in more than 70 places');
select results_eq($$ select distinct (of_table::text || '.' || name) collate "default" from found where became = 'refused' order by 1 $$,
  array['access_tokens.access_type', 'access_tokens.blocked_by'], 'only these two columns refuse an address');

-- Another user's address in these columns stays.
create function pg_temp.neighbours_left() returns bigint
language plpgsql as $$
declare
  v_left bigint := 0;
  v_column record;
  v_is_there boolean;
begin
  for v_column in select * from columns loop
    execute format('alter table %s disable trigger user', v_column.of_table);
    perform pg_temp.plant(v_column.of_table, v_column.name, v_column.type, 'nada@example.com');
    execute format('alter table %s enable trigger user', v_column.of_table);
  end loop;
  perform public.erase_user(pg_temp.user_id('ada'), 'olga', 'asked');
  for v_column in select * from columns loop
    execute format('select bool_or(held.%I::text like ''%%nada@example.com%%'') from %s as held', v_column.name, v_column.of_table) into v_is_there;
    v_left := v_left + coalesce(v_is_there, false)::integer;
  end loop;
  return v_left;
end
$$;
select is(pg_temp.neighbours_left(), (select count(distinct (of_table, name)) from found where became <> 'refused'), 'nada@example.com stays in every column');

select * from finish();
rollback;
