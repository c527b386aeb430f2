-- Every change of access, with its cause: append-only.

create table sesame.access_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  user_id uuid not null,
  module_id bigint not null,
  is_active boolean,
  expires_at timestamptz,
  metadata jsonb,
  cause text not null
);

create index access_log_user_id_module_id_idx on sesame.access_log (user_id, module_id);

alter table sesame.access_log enable row level security;

comment on table sesame.access_log is
  'Every change of public.module_access. Append-only. Private: no policy, written by '
  'project_access and by the triggers on module_access.';
comment on column sesame.access_log.is_active is
  'With expires_at and metadata: the values of module_access from then on. Null: the last source is gone, and so is '
  'the row.';
comment on column sesame.access_log.cause is
  'stripe, stripe: reconcile <run>, token, catalogue, settings, member: <what they did>, operator: <actor>: <why>, or '
  'written: <insert, update or delete>, where the site itself wrote module_access. Stripe''s events are in the inbox, '
  'for the object that metadata.source_id names.';

create view sesame.access_changes as
select
  id, at, user_id, module_id, cause, is_active, expires_at, metadata,
  lag(is_active) over change as was_active,
  lag(expires_at) over change as was_expires_at,
  lag(metadata) over change as was
from sesame.access_log
window change as (partition by user_id, module_id order by id);

comment on view sesame.access_changes is 'The access log with the former values; nulls: there was no row.';

create function sesame.tg_refuse_rewriting() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  -- Erasure rewrites only the texts about the erased user. The times when access opened and closed stay.
  if tg_op = 'UPDATE' and current_setting('sesame.erasing', true) = 'yes' then
    return null;
  end if;
  raise sqlstate 'SE005' using
    message = 'the access log is append-only',
    hint = 'Correct access itself; the correction is logged.';
end
$$;

create trigger access_log_refuse_rewriting
  before update or delete or truncate on sesame.access_log
  for each statement execute function sesame.tg_refuse_rewriting();

create function sesame.set_cause(cause text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform set_config('sesame.cause', cause, true);
end
$$;

comment on function sesame.set_cause is 'Sets the cause that the access log writes for changes in this transaction.';
