-- Invoice lines are facts: the newest complete list of an invoice counts, as a whole.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(16);

create function pg_temp.lines_of(invoice text) returns text
language sql stable as $$
  select string_agg(replace(price_id, 'price_', ''), ' ' order by position)
  from sesame.invoice_lines where invoice_id = invoice
$$;

-- The newest list.
select pg_temp.send(0, pg_temp.bill('in_1', null, 0, pg_temp.added('price_stable_diffusion'), pg_temp.added('price_llama_once'))
  || '{"status": "draft"}');
select is(pg_temp.lines_of('in_1'), 'stable_diffusion llama_once', 'the lines of a draft are kept in the order of the invoice');
select pg_temp.send(1, pg_temp.again(pg_temp.bill('in_1', null, 0, pg_temp.added('price_stable_diffusion'))) || '{"status": "draft"}');
select is(pg_temp.lines_of('in_1'), 'stable_diffusion', 'a line that is removed from a draft is gone');
select pg_temp.send(0, pg_temp.again(pg_temp.bill('in_1', null, 0, pg_temp.added('price_llama_once'))) || '{"status": "draft"}');
select is(pg_temp.lines_of('in_1'), 'stable_diffusion', 'an older list that comes later changes nothing');
select pg_temp.send(1, pg_temp.again(pg_temp.bill('in_1', null, 0, pg_temp.added('price_llama_once'))));
select is(pg_temp.lines_of('in_1'), 'llama_once', 'of two lists of one second the one with the later status counts');
select is(pg_temp.grant_of('in_1', 'llama') || ' ' || pg_temp.grant_of('in_1', 'stable-diffusion'), 'open none',
  'only the listed lines are sold');

-- Incomplete lists.
select pg_temp.send(0, pg_temp.bill('in_2', null, 0, pg_temp.added('price_llama_once')) || '{"lines_complete": false}');
select pg_temp.grant_is('in_2', 'llama', 'none', 'an incomplete list sells nothing');
select pg_temp.fetched(0, pg_temp.again(pg_temp.bill('in_2', null, 0, pg_temp.added('price_llama_once'), pg_temp.added('price_stable_diffusion'))));
select pg_temp.grant_is('in_2', 'stable-diffusion', 'open', 'a list that is fetched in full sells all its lines');
select pg_temp.send(9, pg_temp.again(pg_temp.bill('in_2', null, 0, pg_temp.added('price_llama_once'))) || '{"lines_complete": false}');
select pg_temp.grant_is('in_2', 'stable-diffusion', 'open',
  'a later incomplete list does not replace a complete one of a finalized invoice');
select pg_temp.send(0, pg_temp.bill('in_3', null, 0, pg_temp.added('price_llama_once'), pg_temp.added('price_stable_diffusion'))
  || '{"status": "draft"}');
select pg_temp.send(1, pg_temp.again(pg_temp.bill('in_3', null, 0, pg_temp.added('price_llama_once'))) || '{"lines_complete": false}');
select pg_temp.grant_is('in_3', 'llama', 'none',
  'an incomplete list of a finalized invoice replaces a complete one of its draft, which may have changed');

-- The same list again.
create temporary table rows_before as select ctid::text as place, * from sesame.invoice_lines;
select pg_temp.send(8, pg_temp.again(pg_temp.bill('in_2', null, 0, pg_temp.added('price_llama_once'), pg_temp.added('price_stable_diffusion'))));
select is_empty($$
  select place, price_id from rows_before except select ctid::text, price_id from sesame.invoice_lines
$$, 'the same list in a later event writes no line');
select is((select lines_at from sesame.invoices where id = 'in_2'), to_timestamp(pg_temp.at(8)), 'the same list in a later event is stored as the newest');

-- Ties that differ only in the due date.
select pg_temp.send(0, pg_temp.bill('in_a', null, 0, pg_temp.added('price_llama_once')) || jsonb_build_object('due_at', pg_temp.at(7)));
select pg_temp.send(0, pg_temp.again(pg_temp.bill('in_a', null, 0, pg_temp.added('price_llama_once'))) || jsonb_build_object('due_at', pg_temp.at(9)));
select pg_temp.send(0, pg_temp.bill('in_b', null, 0, pg_temp.added('price_llama_once')) || jsonb_build_object('due_at', pg_temp.at(9)));
select pg_temp.send(0, pg_temp.again(pg_temp.bill('in_b', null, 0, pg_temp.added('price_llama_once'))) || jsonb_build_object('due_at', pg_temp.at(7)));
select is((select count(distinct due_at) from sesame.invoices where id in ('in_a', 'in_b')), 1::bigint,
  'two snapshots of one second with equal lines come out the same in either order');

-- Lines close only the items that they bill.
select pg_temp.send(0, pg_temp.subscribed('sub_4', 'active',
  pg_temp.item('si_4', 'price_whisper_monthly', 0, 30), pg_temp.item('si_5', 'price_llama_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_4', 'sub_4', 0, pg_temp.billed('si_4', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(1, pg_temp.refund('re_4', 'pi_4', 1000));
select is(pg_temp.grant_of('sub_4', 'whisper') || ', ' || pg_temp.grant_of('sub_4', 'llama'), 'refunded, open until 33',
  'a refunded invoice closes the item it bills, not an item without a line');
select pg_temp.send(0, pg_temp.subscribed('sub_5', 'active', pg_temp.item('si_6', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_5', null, 0, pg_temp.billed('si_6', 'price_whisper_monthly', 0, 30))
  || jsonb_build_object('lines', jsonb_build_array(
    pg_temp.billed('si_6', 'price_whisper_monthly', 0, 30) || '{"subscription_id": "sub_5"}')));
select pg_temp.send(1, pg_temp.refund('re_5', 'pi_5', 1000));
select pg_temp.grant_is('sub_5', 'whisper', 'refunded', 'a line that names its subscription counts where its invoice names none');
select is((select array_agg(is_credit order by position) from sesame.invoice_lines where invoice_id = 'in_4'), array[false],
  'a charge is not a credit');

select pg_temp.grants_are_derived();

select * from finish();
rollback;
