-- The direct door: a role that may call process_stripe_events and nothing else. It cannot log in until
-- the operator says so: alter role sesame_webhook login password '…';

do $$
begin
  create role sesame_webhook nologin;
exception when duplicate_object then
  null;  -- roles belong to the cluster and outlive a database
end
$$;

-- A little less than the webhook waits for its answer, so that Postgres does not work on for nobody.
-- As a setting of the role it holds behind any pooler.
alter role sesame_webhook set statement_timeout = '3600ms';

grant usage on schema public to sesame_webhook;
grant execute on function public.process_stripe_events(jsonb) to sesame_webhook;
