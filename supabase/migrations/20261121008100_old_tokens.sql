-- Moving in, 2: tokens and access of an old database, read as what they become here.

create function billing.old_uuid(of_table text, id text) returns uuid
language plpgsql immutable set search_path = '' as $$
begin
  -- Kept where it is one; else always the same for the same row, so that nothing comes twice.
  return case when pg_input_is_valid(id, 'uuid') then id::uuid else md5(of_table || ':' || id)::uuid end;
end
$$;

create type billing.old_token as (
  id uuid, created_by uuid, user_ref text, module_id bigint, access_type text, access_level text,
  expires_at timestamptz, max_usage integer, usage_count integer, is_active boolean, payment_id text,
  metadata jsonb, created_at timestamptz, problem text
);

comment on type billing.old_token is
  'A row of legacy.access_tokens or legacy.module_access as it comes across; problem: why it does not.';

create function billing.read_old_tokens(of_table text, from_block bigint default 0, to_block bigint default 4294967295)
returns setof billing.old_token
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      billing.old_uuid(of_table, old ->> 'id'),
      case when pg_input_is_valid(named.owner, 'uuid') then named.owner::uuid else member.id end,
      case when not pg_input_is_valid(named.owner, 'uuid') then named.owner end,
      coalesce(moved.module_id, module.id),
      case
        when of_table = 'access_tokens' then 'token'
        when old ->> 'access_type' in ('purchase', 'subscription', 'manual', 'token', 'free') then old ->> 'access_type'
        else 'manual'
      end,
      coalesce(old ->> 'access_level', 'standard'),
      billing.old_time(old ->> 'expires_at'),
      most.uses,
      greatest(0, least(most.uses, coalesce(billing.old_count(old ->> 'usage_count'), 0))),
      -- A column that is not there says nothing; one that is empty never opened anything.
      case when old ? 'is_active' then coalesce(billing.old_flag(old ->> 'is_active'), false) else true end,
      coalesce(
        nullif(old ->> 'payment_id', ''), nullif(old ->> 'payment_intent_id', ''),
        nullif(old ->> 'stripe_payment_intent_id', ''), nullif(old ->> 'stripe_session_id', '')
      ),
      jsonb_build_object('legacy', jsonb_build_object('table', of_table, 'id', old ->> 'id')),
      coalesce(billing.old_time(old ->> 'created_at'), now()),
      case
        when old ->> 'id' is null then 'it has no id'
        when named.owner is null then 'it names no owner'
        when coalesce(moved.module_id, module.id) is null then 'its module does not exist'
        when old ->> 'expires_at' is not null and not pg_input_is_valid(old ->> 'expires_at', 'timestamptz')
          then 'its end is no time'
      end
    from billing.old_rows(of_table, from_block, to_block) as old
    cross join lateral (
      select nullif(btrim(coalesce(old ->> 'created_by', old ->> 'user_id')), '') as owner
    ) as named
    cross join lateral (select nullif(billing.old_count(old ->> 'max_usage'), 0) as uses) as most
    left join billing.moved_modules as moved on moved.old_id = old ->> 'module_id'
    left join public.modules as module on moved.old_id is null
      and (module.slug = old ->> 'module_id' or module.id::text = old ->> 'module_id')
    left join billing.verified_users as member
      on not pg_input_is_valid(named.owner, 'uuid') and member.email = billing.tidy_email(named.owner);
end
$$;

comment on function billing.read_old_tokens is
  'Old rows of these blocks as tokens of ours. Owners come as uuid or as an address; times as UTC.';

create function billing.old_count(written text) returns integer
language plpgsql immutable set search_path = '' as $$
begin
  return case when written ~ '^[0-9]{1,9}$' then written::integer end;
end
$$;
