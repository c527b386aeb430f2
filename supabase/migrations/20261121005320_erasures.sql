-- Users that were erased. An erased account does not come back.

create table sesame.erasures (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  actor text not null,
  why text not null,
  erased_at timestamptz not null default now(),
  erased jsonb not null,
  constraint erasures_actor_is_named check (actor <> ''),
  constraint erasures_why_is_said check (why <> '')
);

create index erasures_user_id_idx on sesame.erasures (user_id);

alter table sesame.erasures enable row level security;

comment on table sesame.erasures is
  'Users that were erased, by which operator and why, with counts of what was erased. Private: no policy, '
  'written by erase_user only.';
