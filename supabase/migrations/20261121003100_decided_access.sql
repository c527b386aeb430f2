-- The union of a member's sources for one module: open if any of them is open, until the latest end, unless the member
-- is denied it.

-- Each source as it says itself, with the limit that the site's server set.
create view sesame.own_sources as
select own.*, limited.is_limited is true as is_limited, limited.ends_at, limited.is_closed is true as is_closed,
  limited.is_removed is true as is_removed
from (
  select said.*, case when reason < 'denied' then coalesce(expires_at, 'infinity') else '-infinity' end as says
  from (
    select
      source, source_id, module_id, user_id, reason, reason_after, expires_at, access_level, max_usage, account,
      livemode, by_address, pass_from, pass_duration, payment_root
    from sesame.grants
    union all
    select
      source, source_id, module_id, user_id, reason, reason_after, expires_at, access_level, max_usage, account,
      livemode, by_address, null, null, null
    from sesame.token_sources
  ) as said
) as own
left join lateral (
  select true as is_limited, written.ends_at, written.is_closed, written.is_removed
  from sesame.written_limits as written
  where (written.source_id, written.module_id, written.source, written.account, written.livemode)
      = (own.source_id, own.module_id, own.source, own.account, own.livemode)
    and own.says <= written.said and own.user_id = sesame.present_account(written.user_id)
  offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
) as limited on true;

comment on view sesame.own_sources is
  'All sources that open or close a module for a user, as they say themselves: grants, and access tokens. says: the '
  'end of the source. is_limited and the columns after it: the limit in sesame.written_limits.';

create function sesame.passes_end(of_user uuid, of_module bigint, of_level text, among_limited boolean)
returns timestamptz
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
          select * from sesame.own_sources where user_id = of_user and pass_from is not null
          offset 0  -- by the user: millions may have the module
        ) as owned
        where module_id = of_module and access_level = of_level and is_limited = among_limited
        -- A month and 30 days are equal when compared, and differ when added.
        order by payment_root, pass_duration desc, pass_duration::text, pass_from
      ) as paid_once
    ) as pass
  );
end
$$;

comment on function sesame.passes_end is
  'The common end of all passes of a user for one module and level. Each pass gives its payment time plus all time '
  'bought from then on; the latest of these ends counts. A refunded pass does not count, so later passes move up. '
  'Passes that the site''s server limited are added up separately.';

create view sesame.sources as
select
  own.source, own.source_id, own.module_id, own.user_id,
  case when own.is_closed and own.reason < 'denied' then 'revoked' else own.reason end as reason,
  case
    when own.reason >= 'denied' then own.reason_after
    when own.is_closed then 'revoked'
    when own.ends_at is not null then 'expired'
    else own.reason_after
  end as reason_after,
  case
    when own.reason >= 'denied' or own.is_closed then null
    when own.pass_from is not null and own.user_id is not null and (
      select settings.passes_stack from sesame.settings where settings.id
    ) then least(sesame.passes_end(own.user_id, own.module_id, own.access_level, own.is_limited), own.ends_at)
    else least(own.expires_at, own.ends_at)
  end as expires_at,
  own.access_level, own.max_usage, own.account, own.livemode, own.by_address, own.says, own.ends_at, own.is_removed
from sesame.own_sources as own;

comment on view sesame.sources is
  'All sources that open or close a module for a user: grants, and access tokens, with passes added up and within the '
  'limits that the site''s server wrote.';

create view sesame.decided_access as
select distinct on (user_id, module_id)
  user_id, module_id,
  source, source_id, reason, expires_at, access_level, max_usage,
  reason < 'denied' as is_active,
  -- Every source has ended by then, so the gravest of their reason_after values remains.
  min(case when by_address and reason_after in ('past_due_expired', 'disputed') then 'expired' else reason_after end)
    over (partition by user_id, module_id) as reason_after
from sesame.sources
where user_id is not null and not is_removed
  -- Anybody may type any address. Such a purchase may give the member a module, and asks nothing of them: neither to
  -- wait for a payment, nor to fix a subscription, nor to answer for a dispute.
  and not (by_address and reason in ('pending_payment', 'unpaid', 'paused', 'disputed'))
order by
  user_id, module_id,
  reason = 'denied' desc, reason < 'denied' desc, expires_at desc nulls first, reason, source_id, account, livemode;

comment on view sesame.decided_access is 'The content of public.module_access, as a pure function of the sources.';

create view sesame.access_rows as
select
  user_id, module_id,
  case
    when is_active then reason::text
    when source = 'subscription' then 'subscription'
    when source = 'manual_grant' then 'manual'
    when source = 'access_token' then 'token'
    else 'purchase'
  end as access_type,
  case when source = 'access_token' then source_id::uuid end as token_id,
  expires_at, is_active,
  jsonb_build_object(
    'source', source, 'source_id', source_id, 'reason', reason, 'reason_after', reason_after,
    'access_level', access_level, 'max_usage', max_usage
  ) as metadata
from sesame.decided_access;

comment on view sesame.access_rows is
  'The same as rows of public.module_access; metadata has only the keys of the fold.';
