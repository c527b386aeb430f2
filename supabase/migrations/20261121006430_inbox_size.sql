-- What the inbox takes on disk, by parts. Each part has its own remedy: see docs/operations.md.

create function sesame.inbox_size() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_inbox regclass := 'sesame.stripe_events';
  v_bodies regclass := (select nullif(reltoastrelid, 0) from pg_catalog.pg_class where oid = v_inbox);
  -- Counting a large table takes seconds. Postgres keeps an estimate; -1: it has none yet.
  v_events bigint := (select nullif(reltuples, -1) from pg_catalog.pg_class where oid = v_inbox);
begin
  return jsonb_build_object(
    'events', v_events,
    'bytes', pg_total_relation_size(v_inbox),
    'body_bytes', coalesce(pg_total_relation_size(v_bodies), 0),
    'row_bytes', pg_table_size(v_inbox) - coalesce(pg_total_relation_size(v_bodies), 0),
    'index_bytes', pg_indexes_size(v_inbox),
    'bytes_per_event', round(pg_total_relation_size(v_inbox) / nullif(v_events, 0)::numeric)
  );
end
$$;

comment on function sesame.inbox_size is
  'The inbox on disk: bytes, of which body_bytes (bodies outside the rows, until keep_bodies is over), row_bytes and '
  'index_bytes. events is an estimate, null before the first ANALYZE. It reads no row.';
