-- The union of a member's grants for one module: open if any of them is, for as long as the longest,
-- unless he is denied it.

create view billing.decided_access as
select distinct on (user_id, module_id)
  user_id, module_id,
  source, source_id, reason, expires_at, access_level, max_usage,
  reason < 'denied' as is_active,
  -- Every grant has passed by then, so the gravest of all their last words is what remains.
  min(reason_after) over (partition by user_id, module_id) as reason_after
from billing.grants
where user_id is not null
order by
  user_id, module_id,
  reason = 'denied' desc, reason < 'denied' desc, expires_at desc nulls first, reason, source_id, account, livemode;

comment on view billing.decided_access is
  'What public.module_access must hold, as a pure function of the grants.';
