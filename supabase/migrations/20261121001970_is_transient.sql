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
