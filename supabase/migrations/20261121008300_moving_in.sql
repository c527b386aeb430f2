-- Moving in, 4: what a push brings across by itself. Many rows take a while, and live traffic waits for each
-- part: of those only what customers see at once, and the rest by `deno task backfill`.

set local statement_timeout = 0;

do $$
declare
  v_many bigint := coalesce(
    (select sum(pg_catalog.pg_relation_size(oid)) / 8192 from pg_catalog.pg_class
     where relnamespace = to_regnamespace('legacy') and relname in ('access_tokens', 'module_access')), 0
  );
  v_line record;
begin
  if to_regnamespace('legacy') is null then
    return;
  end if;
  if v_many <= 1000 then  -- blocks: some 100,000 rows
    perform billing.move_in();
  else
    perform billing.set_cause('moving in');
    perform billing.move_modules_in();
    perform billing.keep_access_ids();
    raise notice 'many old rows are to come: run deno task backfill';
  end if;
  for v_line in select * from billing.moving_in_report() loop
    raise notice 'moving in: % %: % %', v_line.old_table, v_line.state, coalesce(v_line.number::text, ''), coalesce(v_line.why, '');
  end loop;
end
$$;
