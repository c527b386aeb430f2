-- The direct door: a role that may call process_stripe_events and nothing else. It cannot log in until
-- the operator says so: alter role sesame_webhook login password '…';

do $$
begin
  -- Roles belong to the cluster and outlive a database. A caller without the right to create one may find it there.
  if to_regrole('sesame_webhook') is null then
    create role sesame_webhook nologin;
    -- A little less than the webhook waits for its answer, so that Postgres does not work on for nobody.
    -- As a setting of the role it holds behind any pooler.
    alter role sesame_webhook set statement_timeout = '3600ms';
  end if;
exception when duplicate_object then
  null;  -- made at this moment, for another database
end
$$;

grant usage on schema public to sesame_webhook;
grant execute on function public.process_stripe_events(jsonb) to sesame_webhook;
