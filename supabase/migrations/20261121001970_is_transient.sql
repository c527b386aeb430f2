-- Errors that a retry may fix.

create function sesame.is_transient(state text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  -- These are the classes connection, rollback, resources, operator intervention and system, and the code lock not
  -- available.
  return left(state, 2) in ('08', '40', '53', '57', '58') or state = '55P03';
end
$$;

comment on function sesame.is_transient is
  'Whether a SQLSTATE is a temporary error that is not the event''s fault. If so, the call fails and Stripe '
  'tries again.';

-- Postgres has one code for both. The timer also counts the time before a prepared statement begins.
create function sesame.is_timeout(state text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_limit interval := current_setting('statement_timeout');
begin
  return state = '57014' and v_limit > '0' and clock_timestamp() - statement_timestamp() > v_limit * 0.7;
end
$$;

comment on function sesame.is_timeout is
  'Whether an error with this SQLSTATE is the statement_timeout, and no cancel by an operator.';
