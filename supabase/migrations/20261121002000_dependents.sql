-- What must be derived again when something changes: the arrows from an object to those whose
-- derivation reads it. Any two halves of a purchase find each other along these arrows, whichever
-- of them arrives first. Adding an arrow too many costs time; one too few would be a lost update.

create view billing.dependents as
  -- A session lends its buyer to its subscription, and stands in for its payment and its invoice.
  select id as from_id, payment_intent_id as to_id from billing.checkout_sessions
  union all
  select id, invoice_id from billing.checkout_sessions
  union all
  select id, subscription_id from billing.checkout_sessions
  union all
  -- A payment pays its session or its invoice.
  select payment_intent_id, id from billing.checkout_sessions
  union all
  select payment_intent_id, id from billing.invoices
  union all
  select id, invoice_id from billing.payment_intents
  union all
  -- A charge belongs to its payment, or on old API versions to its invoice.
  select id, payment_intent_id from billing.charges
  union all
  select id, invoice_id from billing.charges
  union all
  select charge_id, id from billing.invoices
  union all
  -- A refund takes from its payment.
  select id, payment_intent_id from billing.refunds
  union all
  select id, charge_id from billing.refunds
  union all
  -- An invoice pays a period of its subscription, and stands in for its payment.
  select id, payment_intent_id from billing.invoices
  union all
  select id, subscription_id from billing.invoices
  union all
  select latest_invoice_id, id from billing.subscriptions
  union all
  select invoice_id, id from billing.checkout_sessions;

comment on view billing.dependents is
  'from_id changed: derive to_id again. Ids alone: another account of the same id costs time, nothing else.';

create function billing.find_dependents(ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_found text[] := ids;
  v_frontier text[] := ids;
begin
  while v_frontier <> '{}' loop
    v_frontier := array(
      select distinct to_id
      from billing.dependents
      where from_id = any (v_frontier) and to_id <> all (v_found)
    );
    v_found := v_found || v_frontier;
  end loop;
  return v_found;
end
$$;

revoke execute on function billing.find_dependents(text[]) from public, anon, authenticated, service_role;

comment on function billing.find_dependents is
  'Stripe ids in, the same ids and all that depends on them out.';
