-- Derives everything again.

create function sesame.fold_everything() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.fold_sources(jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (select jsonb_agg(id) from sesame.checkout_sessions),
    'payment_intent', (select jsonb_agg(id) from sesame.payment_intents),
    'charge', (select jsonb_agg(id) from sesame.charges),
    'invoice', (select jsonb_agg(id) from sesame.invoices),
    'subscription', (select jsonb_agg(id) from sesame.subscriptions),
    'manual_grant', (select jsonb_agg(id) from sesame.manual_grants),
    'access_token', (select jsonb_agg(id) from public.access_tokens)
  )));
  -- A setting may also change how the sources of a member add up.
  perform sesame.project_owners(array(select user_id from sesame.walked_members));
  perform sesame.claim_tokens_for_members(array(select id from public.access_tokens where created_by is null));
end
$$;

comment on function sesame.fold_everything is
  'Derives all grants and all access again, from the facts alone, and claims the purchases and tokens that wait for '
  'existing members. Call under lock_fold().';
