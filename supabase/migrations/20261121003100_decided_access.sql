-- The union of a member's sources for one module: open if any of them is, for as long as the longest,
-- unless he is denied it.

create view sesame.sources as
  select
    source, source_id, module_id, user_id, reason, reason_after, expires_at, access_level, max_usage,
    account, livemode, by_address
  from sesame.grants
  union all
  select
    source, source_id, module_id, user_id, reason, reason_after, expires_at, access_level, max_usage,
    account, livemode, by_address
  from sesame.token_sources;

comment on view sesame.sources is 'All that opens or closes a module for somebody: grants, and access tokens.';

create view sesame.decided_access as
select distinct on (user_id, module_id)
  user_id, module_id,
  source, source_id, reason, expires_at, access_level, max_usage,
  reason < 'denied' as is_active,
  -- Every source has passed by then, so the gravest of all their last words is what remains.
  min(reason_after) over (partition by user_id, module_id) as reason_after
from sesame.sources
where user_id is not null
  -- Anybody may type any address. It may give a module, and asks nothing of whose it is: neither to wait for a
  -- payment, nor to mend a subscription, nor to answer for a dispute.
  and not (by_address and reason in ('pending_payment', 'unpaid', 'paused', 'disputed'))
order by
  user_id, module_id,
  reason = 'denied' desc, reason < 'denied' desc, expires_at desc nulls first, reason, source_id, account, livemode;

comment on view sesame.decided_access is
  'What public.module_access must hold, as a pure function of the sources.';
