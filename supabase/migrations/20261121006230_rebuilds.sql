-- The progress of a rebuild from Stripe's objects: it takes long, and an interrupted one resumes where it stopped.

create table sesame.rebuilds (
  run uuid primary key,
  after text not null default '',
  begun_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint rebuilds_end_after_they_begin check (ended_at >= begun_at)
);

create unique index rebuilds_open_key on sesame.rebuilds ((true)) where ended_at is null;

alter table sesame.rebuilds enable row level security;

comment on table sesame.rebuilds is
  'Every rebuild from Stripe''s objects. Only one is open at a time. Private: no policy, written by its RPCs '
  'only.';
comment on column sesame.rebuilds.after is 'The list and the last finished object of it. Empty: none yet.';

create function public.sesame_begin_rebuild(requested uuid)
returns table (run uuid, after text)
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- A rebuild that began long ago has missed later changes: end it, so that a new one starts at the beginning.
  update sesame.rebuilds set ended_at = now() where ended_at is null and begun_at < now() - interval '1 day';
  insert into sesame.rebuilds (run) values (requested) on conflict do nothing;
  return query
    select rebuild.run, case when rebuild.ended_at is null then rebuild.after end
    from sesame.rebuilds as rebuild
    where rebuild.run = requested or rebuild.ended_at is null
    order by rebuild.run = requested desc
    limit 1;
end
$$;

select sesame.revoke_default_grants('public.sesame_begin_rebuild');
grant execute on function public.sesame_begin_rebuild(uuid) to service_role;

comment on function public.sesame_begin_rebuild is
  'Begins the rebuild `requested`, or continues the open one of the last day. Answers its id and its position. Null '
  'position: the rebuild `requested` is done.';

create function public.sesame_keep_rebuild(run uuid, after text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  update sesame.rebuilds as rebuild
  set after = coalesce(sesame_keep_rebuild.after, rebuild.after),
      ended_at = case when sesame_keep_rebuild.after is null then now() end
  where rebuild.run = sesame_keep_rebuild.run and rebuild.ended_at is null;
end
$$;

select sesame.revoke_default_grants('public.sesame_keep_rebuild');
grant execute on function public.sesame_keep_rebuild(uuid, text) to service_role;

comment on function public.sesame_keep_rebuild is 'Saves the position of a rebuild. Null: it is done.';
