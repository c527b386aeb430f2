-- Moving in keeps what the site's code reads: columns, values, metadata, counters, payments, foreign keys.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/old_site.psql
select plan(58);

create function pg_temp.columns_of(of_table text) returns text
language sql as $$
  select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
    pg_get_expr(adbin, adrelid)), ', ' order by attnum)
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = to_regclass('public.' || of_table)
    and attname in (select name from sesame.carried_columns as carried where carried.of_table = columns_of.of_table)
$$;

create temporary table columns_before as
select state, string_agg(of_table || '.' || name, ', ' order by of_table, place) as names from sesame.old_columns() group by state;
select is((select names from columns_before where state = 'is left'),
  'access_tokens.user_ref, access_tokens.module, modules.updated_at', 'before the move the report lists the columns that will stay');
select is((select names from columns_before where state = 'is carried'), null, 'before the move no column is carried');
select is((select why from sesame.old_columns() where name = 'user_ref'), 'a column of ours has its name and another meaning', 'a column with the name and another meaning of ours stays');
select is((select why from sesame.old_columns() where name = 'module'), 'its type is that of a table that stepped aside', 'a column with the type of an old table stays');
select is((select why from sesame.old_columns() where name = 'position'), 'without its default', 'the report names a default that stays behind');
select is((select why from sesame.old_columns() where name = 'secret'), 'for the secret key alone', 'the report names a column that only the secret key may read');

select sesame.move_in();

-- Columns.
select is(pg_temp.columns_of('modules'),
  'name character varying(255), price numeric(10,2) 9.90, category test_tier ''silver''::test_tier, tags text[] ''{}''::text[], Größe integer, '
  'camel "Case" text, position integer, shout text, number integer, nick text ''x''::text, extra json, place point, secret text',
  'columns are carried with their types and defaults, and accept nulls');
select is(pg_temp.columns_of('access_tokens'),
  'name text, jwt_token text, module_name text, current_usage integer 0, max_uses integer, problem text, key text, row text',
  'columns with any name are carried');
select is(pg_temp.columns_of('module_access'), 'seats integer 2, created_by text, id_held text', 'columns of a partitioned table are carried');
select is(col_description('public.modules'::regclass, (select attnum from pg_attribute where attrelid = 'public.modules'::regclass and attname = 'price')),
  'In euros.', 'comments of columns are carried');

-- Values.
select is_empty($$
  select id::bigint, name, price, category::text, tags, "Größe", "camel ""Case""", position, shout, number, nick::text, extra::text, place::text, secret from legacy.modules
  except
  select id, name, price, category::text, tags, "Größe", "camel ""Case""", position, shout, number, nick, extra::text, place::text, secret from public.modules
$$, 'every value of a module is as it was');
select is((select (name, jwt_token, module_name, problem, key, row)::text from public.access_tokens where jwt_token is not null),
  '(Mine,eyJhbGciOi,Studio,none,k,r)', 'every value of a token is as it was');
select is((select metadata - 'legacy' from public.access_tokens where jwt_token is not null), '{"by": "shop"}', 'a token''s metadata in a text column is carried');
select is((select metadata from public.modules where id = 71), '{"color": "red"}', 'a module''s metadata is carried');

-- Counters.
select is((select (usage_count, max_usage, current_usage)::text from public.access_tokens where jwt_token is not null), '(7,100,7)', 'a counter and a limit with other names are read');
select is(sesame.as_count('100.00'), 100, 'a count with decimals is read');
select is(sesame.as_count('-1'), null, 'a negative count is not read');
select ok(bool_and(sesame.means_usage(name)), 'usual names of counters are recognized')
from unnest('{usage_count,current_usage,uses,used_count,usage,nb_uses,useCount,total_uses,times_used,nbUtilisations}'::text[]) as name;
select ok(not bool_or(sesame.means_usage(name)), 'other names are not recognized as counters')
from unnest('{user_id,used_at,reuse,usage_limit,max_usage,module,is_used}'::text[]) as name;

-- Access.
select is((select (id, seats, created_by)::text from public.module_access where user_id = pg_temp.user_id('ada') and module_id = 72), '(901,5,olga)',
  'of two rows for one member and module the open one counts');
select is((select metadata - sesame.fold_keys() from public.module_access where user_id = pg_temp.user_id('ada') and module_id = 72),
  '{"session_id": "cs_old", "note": {"a": [1]}}', 'a row keeps its metadata, except the keys of ours');
select is((select metadata ->> 'source' from public.module_access where user_id = pg_temp.user_id('ada') and module_id = 72), 'access_token', 'the keys of ours are written anew');
select is((select payment_id from public.access_tokens where created_by = pg_temp.user_id('ada') and module_id = 72 and is_active), 'cs_old', 'the session that paid is read from the metadata');
select is((select payment_id from public.access_tokens where user_ref = 'bob@example.com'), 'sub_bob', 'the subscription is read before the payment');
select is((select payment_id from public.access_tokens where created_by = pg_temp.user_id('bob')), 'ch_bob', 'the charge is read where nothing else is named');
select pg_temp.access_is('ada', 'atelier', 'open', 'access that was open is open');
select sesame.project_access(array[pg_temp.user_id('ada')]);
select is((select (seats, metadata ->> 'session_id')::text from public.module_access where id = 901), '(5,cs_old)', 'a fold leaves what the site keeps in access');
select pg_temp.send(pg_temp.event(0, pg_temp.session('cs_old', '{"user_ref": null, "module_ref": null, "customer_id": null}')),
  pg_temp.event(1, pg_temp.refund('re_old', 'pi_old', 1000)));
select pg_temp.access_is('ada', 'atelier', 'refunded', 'a refund of the payment closes the access');
select is((select (seats, metadata ->> 'session_id')::text from public.module_access where id = 901), '(5,cs_old)', 'a refund leaves what the site keeps in access');
select is((select payment_id from (select sesame.payment_named('{"paymentIntent": "pi_1"}', '{"session": "cs_1"}') as payment_id) as it), 'pi_1', 'a payment counts before its session');
select is(sesame.payment_named('{"session_id": "f3a9c2"}', '{"session_id": "a browser''s"}'), null, 'a session id that is not Stripe''s is not read');
select is(sesame.payment_named('{"payment_id": "paypal-7"}', null), 'paypal-7', 'an id in payment_id is read, whatever its form');
select is(sesame.payment_named('{}', '["pi_1"]'), null, 'metadata that is a list names nothing');

-- An owner who was named by an address.
select is((select count(*) from sesame.carried_access where is_waiting), 1::bigint, 'access of an owner who is not known yet waits');
update sesame.settings set verified_email_claims = true;
select is((select (seats, metadata ->> 'subscription')::text from public.module_access where user_id = pg_temp.user_id('bob') and module_id = 72), '(3,sub_bob)',
  'access that waited has its values once its owner is known');

-- Rights.
select is(pg_temp.answer_as('anon', 'select price from public.modules where id = 71'), '12.50', 'an anonymous caller reads the prices of modules');
select is(pg_temp.refusal_as('anon', 'select secret from public.modules'), '42501', 'attack: an anonymous caller cannot read what the old table hid');
select is(pg_temp.refusal_as('ada', 'select jwt_token from public.access_tokens'), '42501', 'attack: members cannot read tokens that only the site''s server read');
select is(pg_temp.answer_as('ada', 'select seats from public.module_access where module_id = 72'), '5', 'members read the columns of access that they could read');
select is(pg_temp.answer_as('service_role', 'select jwt_token from public.access_tokens where jwt_token is not null'), 'eyJhbGciOi', 'the secret key reads all columns');
select is(pg_temp.refusal_as('service_role', $$ update public.access_tokens set jwt_token = 'new', module_name = 'n' $$), '', 'the secret key can update the carried columns of tokens');
select is(pg_temp.refusal_as('service_role', $$ insert into public.access_tokens (name, jwt_token, module_name, created_by, module_id) values ('n', 'j', 'm', pg_temp.user_id('bob'), 71) $$), '', 'the secret key can insert tokens with carried columns');
select is(pg_temp.refusal_as('service_role', $$ update public.module_access set seats = 7 $$), '', 'the secret key can update the carried columns of access');
select is(pg_temp.refusal_as('service_role', $$ update public.modules set price = 3, extra = '{}', place = null $$), '', 'a column whose type has no equality can be updated');
insert into public.modules (slug, title) values ('new', 'New');
select is((select (price, category, name)::text from public.modules where slug = 'new'), '(9.90,silver,)', 'a new module gets the old defaults');

select is((select (seats, created_by, id_held)::text from sesame.keep_carried(
    (select jsonb_populate_record(access, '{"seats": 2, "created_by": null, "id_held": "said"}') from public.module_access as access where id = 901),
    (select access from public.module_access as access where id = 901)) as kept),
  '(5,olga,said)', 'a row that replaces another keeps the values that its writer left out');
select is((select seats from sesame.keep_carried((select access from public.module_access as access where id = 901), null) as kept), 5, 'a first row keeps its own values');

-- The site's own foreign keys, views and policies.
select is((select pg_get_constraintdef(oid) from pg_constraint where conname = 'test_orders_module_id_fkey'),
  'FOREIGN KEY (module_id) REFERENCES modules(id) ON DELETE CASCADE', 'a foreign key of the site points at our table');
select is((select string_agg(concat_ws(' ', old_table, state, why), e'\n' order by old_table, state, why) from sesame.moving_in_report() where state like 'is %'),
  E'legacy.access_tokens is pointed at by public.test_orders (test_orders_token_fkey): its column is of another type than ours\n'
  'legacy.module_access is read by policy test_films_select_own on public.test_films\n'
  'legacy.modules is read by view public.test_shop', 'the report names what still reads the old tables, and why');

-- A second move, after the site has written. (At its first, users who are known by now get their old ids.)
select sesame.move_in();
select is((select id from public.module_access where user_id = pg_temp.user_id('bob') and module_id = 72), 903::bigint, 'access that waited gets its old id');
update public.modules set price = 99 where id = 71;
update public.module_access set seats = 77 where id = 901;
create temporary table was as select (select jsonb_agg(to_jsonb(access) order by id) from public.module_access as access) as access;
select sesame.move_in();
select is((select price from public.modules where id = 71), 99.00, 'a second move does not change what the site wrote to modules');
select is((select jsonb_agg(to_jsonb(access) order by id) from public.module_access as access), (select access from was), 'a second move does not change what the site wrote to access');
insert into legacy.modules (id, name) values (80, 'Later');
select sesame.move_in();
select is((select name from public.modules where id = 80), 'Later', 'a second move brings new rows');
select pg_temp.access_is_derived();

-- Erasure.
update public.access_tokens set name = 'Ada Lovelace' where jwt_token is not null;
update public.module_access set created_by = 'for Ada Lovelace' where id = 901;
select isnt(public.erase_user(pg_temp.user_id('ada'), 'olga', 'the user asked'), null, 'a user with carried rows can be erased');
select is((select string_agg(concat(name, jwt_token), '') from public.access_tokens where created_by = pg_temp.user_id('ada')), '', 'an erasure empties the carried columns of tokens');
select is((select concat(seats, created_by, metadata - sesame.fold_keys()) from public.module_access where id = 901), '{}', 'an erasure empties the carried columns of access');
select is_empty($$ select from sesame.carried_access join public.access_tokens as token on token.id = token_id where token.created_by = pg_temp.user_id('ada') $$, 'an erasure deletes the carried access');

select * from finish();
rollback;
