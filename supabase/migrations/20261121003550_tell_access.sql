-- Every change of access is told to the endpoints of webhooks, by the transaction that makes it.

create function sesame.tg_tell_access() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- A table that never had a row has no page. So a project without endpoints runs no query here.
  if pg_relation_size('sesame.webhook_endpoints') = 0 then
    return null;
  end if;
  if not exists (select from sesame.webhook_endpoints) then
    return null;
  end if;

  with change as materialized (
    select
      added.id, added.user_id, added.module_id, added.expires_at, opens.is_open, was.is_open as was_open,
      sesame.told_state(opens.is_open, added.is_active, added.expires_at, added.metadata) as state,
      case when former.id is not null
        then sesame.told_state(was.is_open, former.is_active, former.expires_at, former.metadata)
      end as former
    from added
    left join lateral (
      select of_them.id, of_them.is_active, of_them.expires_at, of_them.metadata
      from (
        select * from sesame.access_log as line
        where (line.user_id, line.module_id) = (added.user_id, added.module_id)
        offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
      ) as of_them
      where of_them.id < added.id
      order by of_them.id desc
      limit 1
    ) as former on true
    cross join lateral (
      select sesame.is_open(added.is_active, added.expires_at) is true as is_open
    ) as opens
    -- Receivers were told that it is closed once its end is no longer awaited, whatever this transaction's clock says.
    cross join lateral (
      select coalesce(former.is_active and (
        former.expires_at is null or not isfinite(former.expires_at) or exists (
          select from sesame.awaited_ends as awaited
          where (awaited.user_id, awaited.module_id) = (added.user_id, added.module_id)
        )
      ), false) as is_open
    ) as was
  ),
  no_longer as (
    delete from sesame.awaited_ends as awaited
    using change
    where (awaited.user_id, awaited.module_id) = (change.user_id, change.module_id)
      and (change.is_open and isfinite(change.expires_at)) is not true
  ),
  from_now_on as (
    insert into sesame.awaited_ends as awaited (user_id, module_id, expires_at, expiring_at)
    select
      change.user_id, change.module_id, change.expires_at,
      -- Where access opens just before its end, the message about the opening says so.
      case when change.was_open or due.at > now() then due.at end
    from change
    cross join lateral (select sesame.expiring_at(change.expires_at) as at) as due
    where change.is_open and isfinite(change.expires_at)
    on conflict (user_id, module_id) do update set
      (expires_at, expiring_at) = (
        excluded.expires_at,
        case when awaited.expires_at = excluded.expires_at then awaited.expiring_at else excluded.expiring_at end
      )
  )
  insert into sesame.webhook_messages (type, user_id, module_id, body)
  select
    told.type, change.user_id, change.module_id,
    sesame.access_message(told.type, change.user_id, change.module_id, change.state, change.former)
  from change
  cross join lateral (
    select case
      when change.is_open and not change.was_open then 'access.opened'
      when change.was_open and not change.is_open then 'access.closed'
      when change.is_open and change.state <> change.former then 'access.changed'
    end as type
  ) as told
  where told.type is not null
    and exists (select from sesame.webhook_endpoints as endpoint where told.type = any (endpoint.types))
  order by change.id;
  return null;
end
$$;

create trigger access_log_tell_access
  after insert on sesame.access_log
  referencing new table as added
  for each statement
  execute function sesame.tg_tell_access();
