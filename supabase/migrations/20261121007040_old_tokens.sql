-- Moving in, 4: tokens and access of an old database, read as tokens of ours.

create type sesame.old_token as (
  id uuid, created_by uuid, user_ref text, module_id bigint, access_type text, access_level text,
  expires_at timestamptz, max_usage integer, usage_count integer, is_active boolean, payment_id text,
  metadata jsonb, created_at timestamptz, problem text
);

comment on type sesame.old_token is
  'A row of legacy.access_tokens or legacy.module_access as it is brought across. problem: why it cannot be.';

create function sesame.read_old_tokens(of_table text, from_block bigint default 0, to_block bigint default 4294967295)
returns setof sesame.old_token
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
begin
  return query
    select
      -- An access never keeps its id: a token may have the same.
      case
        when of_table = 'access_tokens' then sesame.old_token_id(old.key)
        else md5(of_table || ':' || old.key)::uuid
      end,
      coalesce(old.owner_id, member.id),
      case when old.owner_id is null then old.owner end,
      coalesce(moved.module_id, module.id),
      case
        when of_table = 'access_tokens' then 'token'
        when old.type in ('purchase', 'subscription', 'manual', 'token', 'free') then old.type
        else 'manual'
      end,
      old.level,
      -- Null stands for ever here.
      nullif(old.ends, 'infinity'),
      old.most,
      greatest(0, least(old.most, coalesce(old.used, 0))),
      -- A missing column means nothing. An empty one means that the row never opened a module.
      coalesce(sesame.as_flag(old.active), not old.row ? 'is_active'),
      old.paid_by,
      -- Other data of an access stays with the access (carry_into_access).
      case when of_table = 'access_tokens' then old.said else '{}' end
        || jsonb_build_object('legacy', jsonb_build_object('table', of_table, 'id', old.key)),
      coalesce(sesame.as_time(old.began), now()),
      case
        when old.key is null then 'it has no id'
        when old.owner is null then 'it names no owner'
        when coalesce(moved.module_id, module.id) is null then 'its module does not exist'
        when old.ends is null and old.row ->> 'expires_at' is not null then 'its end is no time'
      end
    from (
      select
        old as row, key, old ->> 'module_id' as module_ref, named.owner,
        sesame.as_uuid(named.owner) as owner_id,
        old ->> 'access_type' as type, coalesce(old ->> 'access_level', 'standard') as level,
        sesame.as_time(old ->> 'expires_at') as ends, old ->> 'created_at' as began, old ->> 'is_active' as active,
        nullif((old ->> 'most')::integer, 0) as most, (old ->> 'used')::integer as used, old ->> 'paid_by' as paid_by,
        case when jsonb_typeof(old -> 'metadata') = 'object' then old -> 'metadata' else '{}' end as said
      from sesame.old_rows(of_table, from_block, to_block)
      cross join lateral (
        -- The owner of a token is its creator. The owner of an access is its user: another user may have created it.
        select case
          when of_table = 'module_access' then nullif(btrim(old ->> 'user_id'), '')
          else coalesce(nullif(btrim(old ->> 'created_by'), ''), nullif(btrim(old ->> 'user_id'), ''))
        end as owner
      ) as named
      offset 0  -- there may be a million rows: each text is read once, however often its value is used
    ) as old
    left join sesame.moved_modules as moved on moved.old_id = old.module_ref
    -- If old modules were brought across, an unknown old number never means a module added since.
    left join public.modules as module on moved.old_id is null
      and (module.slug = old.module_ref or module.id::text = old.module_ref and to_regclass('legacy.modules') is null)
    left join sesame.verified_users as member on member.email = case
      when old.owner_id is null then sesame.tidy_email(old.owner)
    end;
end
$$;

comment on function sesame.read_old_tokens is
  'Old rows of these blocks as tokens of ours. Owners are uuids or addresses. Times are UTC.';
