-- Invoices and their lines are merged together: the lines are those of the newest snapshot.

create function sesame.merge_invoices(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, is_fetch boolean, id text,
      status sesame.invoice_status, amount_paid bigint, amount_credited bigint, total bigint,
      created bigint, paid_at bigint, due_at bigint,
      user_ref text, subscription_user_ref text, module_ref text, lines jsonb, lines_complete boolean,
      subscription_id text, payment_intent_id text, charge_id text, customer_id text, email text
    )
  ),
  known as (
    select
      livemode, account, id, status, amount_paid, coalesce(amount_credited, 0) as amount_credited, total,
      to_timestamp(created) as created_at,
      case when status = 'paid' then coalesce(to_timestamp(said.paid_at), said_at) end as paid_at,
      to_timestamp(due_at) as due_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      case when user_ref is null then said_at end as unnamed_at,
      subscription_user_ref,
      case when subscription_user_ref is not null then said_at end as subscription_user_ref_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      said_at as lines_at, status as lines_status, lines_complete, is_fetch as lines_are_fetched,
      md5(lines::text) as lines_digest,
      subscription_id, payment_intent_id, charge_id, customer_id,
      case when status = 'paid' then sesame.tidy_email(email) end as email,
      lines
    from said
    union all
    select held.*, null
    from sesame.invoices as held
    where held.id = any (array(select id from said))
  ),
  -- The newest of several lists counts. But the lines of a finalized invoice are frozen, so a complete list beats an
  -- incomplete one. The stored list comes before an equal new one, which need not be written.
  ranked as (
    select *, row_number() over (
      partition by id, account, livemode
      order by lines_complete and lines_status <> 'draft' desc, lines_at desc, lines_status desc,
        lines_complete desc, lines_are_fetched desc, lines_digest desc,
        total desc nulls last, due_at desc nulls last, lines is null desc
    ) = 1 as is_newest
    from known
  ),
  merged as materialized (
    select
      livemode, account, id, max(status) as status, max(amount_paid) as amount_paid,
      max(amount_credited) as amount_credited, max(total) filter (where is_newest) as total,
      min(created_at) as created_at, min(paid_at) as paid_at, max(due_at) filter (where is_newest) as due_at,
      (array_agg(user_ref order by user_ref_at, user_ref))[1] as user_ref,
      min(user_ref_at) as user_ref_at, min(unnamed_at) as unnamed_at,
      (array_agg(subscription_user_ref order by subscription_user_ref_at, subscription_user_ref))[1]
        as subscription_user_ref,
      min(subscription_user_ref_at) as subscription_user_ref_at,
      (array_agg(module_ref order by module_ref_at, module_ref))[1] as module_ref,
      min(module_ref_at) as module_ref_at,
      max(lines_at) filter (where is_newest) as lines_at,
      max(lines_status) filter (where is_newest) as lines_status,
      bool_or(lines_complete) filter (where is_newest) as lines_complete,
      bool_or(lines_are_fetched) filter (where is_newest) as lines_are_fetched,
      max(lines_digest) filter (where is_newest) as lines_digest,
      min(subscription_id) as subscription_id, min(payment_intent_id) as payment_intent_id,
      min(charge_id) as charge_id, min(customer_id) as customer_id, min(email) as email,
      (array_agg(lines) filter (where is_newest))[1] as new_lines
    from ranked
    group by livemode, account, id
  ),
  written as (
    insert into sesame.invoice_lines as held (
      livemode, account, invoice_id, position, kind, subscription_id, subscription_item_id, price_id,
      period_start, period_end, amount, discount_amount, quantity, is_proration
    )
    select
      merged.livemode, merged.account, merged.id, line.position, coalesce(said.kind, 'invoice_item'),
      said.subscription_id, said.subscription_item_id, said.price_id,
      to_timestamp(said.period_start), to_timestamp(said.period_end),
      coalesce(said.amount, 0), coalesce(said.discount_amount, 0), said.quantity, coalesce(said.is_proration, false)
    from merged
    cross join lateral jsonb_array_elements(merged.new_lines) with ordinality as line (fields, position)
    cross join lateral jsonb_to_record(line.fields) as said (
      kind sesame.invoice_line_kind, subscription_id text, subscription_item_id text, price_id text,
      period_start bigint, period_end bigint, amount bigint, discount_amount bigint, quantity bigint,
      is_proration boolean
    )
    on conflict (invoice_id, position, account, livemode) do update set
      (kind, subscription_id, subscription_item_id, price_id, period_start, period_end, amount, discount_amount,
       quantity, is_proration)
      = (excluded.kind, excluded.subscription_id, excluded.subscription_item_id, excluded.price_id,
         excluded.period_start, excluded.period_end, excluded.amount, excluded.discount_amount,
         excluded.quantity, excluded.is_proration)
      where held is distinct from excluded
  ),
  removed as (
    delete from sesame.invoice_lines as line
    using merged
    where line.invoice_id = any (array(select id from merged where new_lines is not null))
      and (line.invoice_id, line.account, line.livemode) = (merged.id, merged.account, merged.livemode)
      and line.position > jsonb_array_length(merged.new_lines)
  )
  insert into sesame.invoices as held
  select
    livemode, account, id, status, amount_paid, amount_credited, total, created_at, paid_at, due_at,
    user_ref, user_ref_at, unnamed_at, subscription_user_ref, subscription_user_ref_at, module_ref, module_ref_at,
    lines_at, lines_status, lines_complete, lines_are_fetched, lines_digest,
    subscription_id, payment_intent_id, charge_id, customer_id, email
  from merged
  on conflict (id, account, livemode) do update set
    (livemode, account, id, status, amount_paid, amount_credited, total, created_at, paid_at, due_at, user_ref,
     user_ref_at, unnamed_at, subscription_user_ref, subscription_user_ref_at, module_ref, module_ref_at,
     lines_at, lines_status, lines_complete, lines_are_fetched, lines_digest, subscription_id,
     payment_intent_id, charge_id, customer_id, email)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;
