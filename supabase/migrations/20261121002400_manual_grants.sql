-- Grants that no payment decides: grants by hand, denials, and free modules that members claimed.

create type sesame.manual_kind as enum ('grant', 'denial', 'claim');

create table sesame.manual_grants (
  id uuid primary key default gen_random_uuid(),
  kind sesame.manual_kind not null,
  user_id uuid not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  actor text not null,
  why text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  revoked_why text,
  constraint manual_grants_actor_is_named check (actor <> ''),
  constraint manual_grants_why_is_said check (why <> ''),
  constraint manual_grants_only_grants_expire check (kind = 'grant' or expires_at is null),
  constraint manual_grants_revocation_is_complete
    check ((revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (revoked_why is null))
);

create index manual_grants_user_id_module_id_idx on sesame.manual_grants (user_id, module_id);
create index manual_grants_module_id_idx on sesame.manual_grants (module_id);
create index manual_grants_source_id_idx on sesame.manual_grants ((id::text));
create unique index manual_grants_one_claim_idx on sesame.manual_grants (user_id, module_id)
  where kind = 'claim' and revoked_at is null;

alter table sesame.manual_grants enable row level security;

comment on table sesame.manual_grants is
  'Grants, denials and claims that no payment decides. Never deleted, only revoked. Private: no policy, '
  'written by grant_module_access, revoke_module_access and claim_free_module.';
comment on column sesame.manual_grants.actor is 'The operator''s name, as they wrote it.';

create view sesame.manual_sources as
select
  true as livemode, '' as account, id::text as source_id, module_id,
  'manual_grant' as source,
  user_id, why_now.reason,
  case when why_now.reason < 'denied' then 'expired' else why_now.reason end as reason_after,
  case when why_now.reason < 'denied' then expires_at end as expires_at,
  null::text as price_id, 'standard' as access_level, null::integer as max_usage,
  null::text as waits_for, false as by_address,
  null::timestamptz as pass_from, null::interval as pass_duration, null::text as payment_root
from sesame.manual_grants
cross join lateral (
  select case
    when revoked_at is not null then 'revoked'
    when kind = 'grant' then 'manual'
    when kind = 'claim' then 'free'
    else 'denied'
  end::sesame.reason as reason
) as why_now
-- A denial that was lifted has no effect.
where kind <> 'denial' or revoked_at is null;

comment on view sesame.manual_sources is 'One row for each grant by hand, claim, and denial in force.';
