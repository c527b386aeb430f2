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
        'begin_rebuild', 'checkout_offer', 'checkout_status', 'claim_alerts', 'claim_free_module',
        'claim_free_module_for', 'claim_purchase', 'confirm_alerts', 'create_access_token',
        'create_claim_link', 'dismiss_alert', 'erase_user', 'examine', 'explain_module_access',
        'explain_reference', 'failed_event', 'failed_events', 'grant_module_access', 'has_module_access',
        'issue_module_token', 'keep_rebuild', 'missing_events', 'move_purchase', 'open_alerts',
        'pending_reads', 'process_stripe_events', 'reconcile_events', 'reconciled_access', 'record_latencies',
        'refold', 'refresh_alerts', 'revoke_claim_link', 'revoke_module_access', 'stripe_customer',
        'verify_module_token', 'webhook_health'
      )
  loop
    create schema if not exists legacy;
    execute format('alter %s %s set schema legacy', v_object.kind, v_object.name);
    raise notice 'moved to schema legacy: %', v_object.name;
  end loop;
end
$$;
