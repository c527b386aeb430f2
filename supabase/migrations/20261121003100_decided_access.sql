-- The union of a member's sources for one module: open if any of them is, for as long as the longest,
-- unless they are denied it.

create function sesame.passes_end(of_user uuid, of_module bigint, of_level text) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  return (
    select max((pass_from at time zone 'utc' + time_left) at time zone 'utc')
    from (
      -- The intervals are added first: two months are two months, whenever the first begins.
      select pass_from, sum(duration) over (order by pass_from desc, payment_root desc) as time_left
      from (
        select distinct on (payment_root) payment_root, pass_from, pass_duration as duration
        from (
          select * from sesame.grants where user_id = of_user
          offset 0  -- by the user: millions may have the module
        ) as owned
        where module_id = of_module and access_level = of_level and pass_from is not null
        -- A month and 30 days are of one length where they are compared, and of two where they are added.
        order by payment_root, pass_duration desc, pass_duration::text, pass_from
      ) as paid_once
    ) as pass
  );
end
$$;

comment on function sesame.passes_end is
  'Until when all passes of a user for one module and level reach together: of each the time of its payment and all '
  'time bought from then on, and of those the latest. A pass that went back is none, so those after it move up.';

create view sesame.sources as
  select
    grants.source, grants.source_id, grants.module_id, grants.user_id, grants.reason, grants.reason_after,
    case when grants.pass_from is not null and grants.user_id is not null and (
      select settings.passes_stack from sesame.settings where settings.id
    ) then sesame.passes_end(grants.user_id, grants.module_id, grants.access_level) else grants.expires_at end
      as expires_at,
    grants.access_level, grants.max_usage, grants.account, grants.livemode, grants.by_address
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
  min(case when by_address and reason_after in ('past_due_expired', 'disputed') then 'expired' else reason_after end)
    over (partition by user_id, module_id) as reason_after
from sesame.sources
where user_id is not null
  -- Anybody may type any address. It may give a module, and asks nothing of the member who has it: neither to wait
  -- for a payment, nor to fix a subscription, nor to answer for a dispute.
  and not (by_address and reason in ('pending_payment', 'unpaid', 'paused', 'disputed'))
order by
  user_id, module_id,
  reason = 'denied' desc, reason < 'denied' desc, expires_at desc nulls first, reason, source_id, account, livemode;

comment on view sesame.decided_access is
  'What public.module_access must hold, as a pure function of the sources.';
