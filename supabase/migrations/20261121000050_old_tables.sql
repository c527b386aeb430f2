-- Moving in: a database that already has objects of our names keeps them, whole, in schema `legacy`. Nothing
-- in them is altered. Their rows come across in a later chapter, see docs/moving_in.md.

do $$
declare
  v_object record;
begin
  for v_object in
    select 'table' as kind, relation.oid::regclass::text as name
    from pg_catalog.pg_class as relation
    where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p', 'v', 'm', 'f')
      and relation.relname in ('modules', 'module_prices', 'module_access', 'access_tokens', 'my_modules')
    union all
    select 'routine', routine.oid::regprocedure::text
    from pg_catalog.pg_proc as routine
    where routine.pronamespace = 'public'::regnamespace
      and routine.proname in (
        'claim_alerts', 'confirm_alerts', 'dismiss_alert', 'erase_user', 'failed_event', 'open_alerts', 'record_latencies', 'refresh_alerts',
        'checkout_offer', 'checkout_status', 'claim_free_module', 'claim_free_module_for', 'claim_purchase',
        'create_access_token', 'create_claim_link', 'examine', 'explain_module_access', 'explain_reference', 'grant_module_access', 'has_module_access',
        'failed_events', 'issue_module_token', 'missing_events', 'move_purchase', 'pending_reads', 'process_stripe_events', 'refold', 'revoke_claim_link',
        'revoke_module_access', 'stripe_customer', 'verify_module_token', 'webhook_health'
      )
  loop
    create schema if not exists legacy;
    execute format('alter %s %s set schema legacy', v_object.kind, v_object.name);
    raise notice 'moved to schema legacy: %', v_object.name;
  end loop;
end
$$;
