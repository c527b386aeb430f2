-- Ids of an old database: the new module of each old module, and the new token of each old token. The chapters of group
-- 70 fill them when old tables are taken over.

create table sesame.moved_modules (
  old_id text primary key,
  module_id bigint not null references public.modules (id) on delete cascade
);

create index moved_modules_module_id_idx on sesame.moved_modules (module_id);

alter table sesame.moved_modules enable row level security;

comment on table sesame.moved_modules is
  'The new module of each row of legacy.modules. Private: no policy, written by move_modules_in only.';

create function sesame.old_token_id(id text) returns uuid
language plpgsql immutable set search_path = '' as $$
begin
  -- A uuid is kept. Any other id becomes the same uuid for the same row each time, so no row is copied twice.
  return coalesce(sesame.as_uuid(id), md5('access_tokens:' || id)::uuid);
end
$$;
