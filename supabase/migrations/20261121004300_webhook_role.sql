-- The direct door: a role that may call the two functions of the inbox and nothing else. (One more, in the next chapter,
-- only plans.) It cannot log in until the operator gives it a password: alter role sesame_webhook login password '…';

do $$
begin
  -- Roles belong to the cluster and outlive a database. So the role may exist already, and the caller may lack the
  -- right to create one.
  if to_regrole('sesame_webhook') is null then
    create role sesame_webhook nologin;
    -- This is a little less than the time the webhook waits for its answer. A longer query would work for no caller.
    -- As a setting of the role it holds behind any pooler.
    alter role sesame_webhook set statement_timeout = '3600ms';
  end if;
exception when duplicate_object then
  null;  -- another database of the cluster has created it at the same moment
end
$$;

grant usage on schema public to sesame_webhook;
grant execute on function public.process_stripe_events(jsonb, boolean) to sesame_webhook;
grant execute on function public.fold_received_events(text[]) to sesame_webhook;
