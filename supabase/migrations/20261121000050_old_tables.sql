-- Moving in: a database that already has objects of our names keeps them, whole, in schema `legacy`. Nothing
-- in them is altered. Their rows come across in a later chapter, see docs/moving_in.md.

do $$
declare
  v_object record;
  v_name text;
begin
  for v_object in
    select 'table' as kind, relation.oid
    from pg_catalog.pg_class as relation
    where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p', 'v', 'm', 'f')
      and relation.relname in ('modules', 'module_prices', 'module_access', 'access_tokens', 'my_modules')
    union all
    select 'routine', routine.oid
    from pg_catalog.pg_proc as routine
    where routine.pronamespace = 'public'::regnamespace
      and routine.proname in (
        'sesame_begin_rebuild', 'sesame_checkout_offer', 'sesame_checkout_status', 'sesame_claim_alerts', 'claim_free_module',
        'sesame_claim_free_module_for', 'claim_purchase', 'sesame_confirm_alerts', 'sesame_create_access_token',
        'create_claim_link', 'sesame_dismiss_alert', 'erase_user', 'examine', 'explain_module_access',
        'sesame_explain_reference', 'sesame_failed_event', 'sesame_failed_events', 'grant_module_access', 'has_module_access',
        'sesame_issue_module_token', 'sesame_keep_rebuild', 'sesame_missing_events', 'move_purchase', 'sesame_open_alerts',
        'pending_reads', 'process_stripe_events', 'sesame_reconcile_events', 'sesame_reconciled_access', 'sesame_record_latencies',
        'refold', 'sesame_refresh_alerts', 'revoke_claim_link', 'revoke_module_access', 'sesame_stripe_customer',
        'sesame_verify_module_token', 'sesame_webhook_health'
      )
  loop
    create schema if not exists legacy;
    -- Named now: an argument of a routine may be of a table that has moved already.
    v_name := case v_object.kind when 'table' then v_object.oid::regclass::text else v_object.oid::regprocedure::text end;
    begin
      execute format('alter %s %s set schema legacy', v_object.kind, v_name);
    exception when duplicate_table or duplicate_function then
      raise exception using
        errcode = sqlstate,
        message = format('schema legacy has a %s %s of its own', v_object.kind, v_name),
        detail = format('public.%s has to step aside, and would go there.', v_name),
        hint = format('Rename or drop one of the two, then push again: alter %s legacy.%s rename to …', v_object.kind, v_name);
    end;
    raise notice 'moved to schema legacy: %', v_name;
  end loop;
end
$$;
