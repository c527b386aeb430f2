-- Columns of the site's own tables that came along when they were taken over. They keep their names, so that the site's
-- own code finds them where they were. Nothing of Sesame reads them or writes them.

create table sesame.carried_columns (
  of_table text not null,
  name text not null,
  readers text[] not null,
  primary key (of_table, name)
);

alter table sesame.carried_columns enable row level security;

comment on table sesame.carried_columns is
  'Columns of public.modules, access_tokens and module_access that came from tables in schema legacy. Private: no '
  'policy, written by carry_columns only.';
comment on column sesame.carried_columns.readers is
  'The roles (anon, authenticated) that may select it: those that could before. The secret key reads and writes all of '
  'them.';

create table sesame.carried_access (
  token_id uuid primary key references public.access_tokens (id) on delete cascade,
  metadata jsonb not null,
  is_waiting boolean not null default true
);

create index carried_access_waiting_idx on sesame.carried_access (token_id) where is_waiting;

alter table sesame.carried_access enable row level security;

comment on table sesame.carried_access is
  'The rest of the rows of legacy.module_access, without the columns that decide access: for each row its token, its '
  'metadata, and its carried columns. Private: no policy, written by move_access_in only.';
comment on column sesame.carried_access.is_waiting is
  'True until it is written into module_access: its owner may not be known yet.';

create function sesame.carried_list(in_table text, written text) returns text
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((
    select string_agg(', ' || format(written, name), '' order by name)
    from sesame.carried_columns where of_table = in_table
  ), '');
end
$$;

comment on function sesame.carried_list is 'The carried columns of a table, each in the format written, after a comma.';

create function sesame.carry_into_access(token_ids uuid[] default null) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_folding text;
begin
  if not exists (
    select from sesame.carried_access as carried
    where carried.is_waiting and (token_ids is null or carried.token_id = any (token_ids))
  ) then
    return;
  end if;
  perform sesame.lock_fold();
  v_folding := sesame.begin_folding();
  execute format($q$
    with waiting as materialized (
      -- As one value: a column of the site's may have any name.
      select token.id, token.created_by, token.module_id, token.is_active, token.expires_at, carried as said
      from sesame.carried_access as carried
      join public.access_tokens as token on token.id = carried.token_id
      where carried.is_waiting and token.created_by is not null and ($1 is null or carried.token_id = any ($1))
    ),
    -- Of several rows of one member and module, the best.
    best as (
      select distinct on (created_by, module_id) * from waiting
      order by created_by, module_id, is_active desc, expires_at desc nulls first, id
    ),
    written as (
      update public.module_access as access
      set metadata = ((best.said).metadata - sesame.fold_keys()) || access.metadata %s
      from best
      where (access.user_id, access.module_id) = (best.created_by, best.module_id)
    )
    update sesame.carried_access as carried set is_waiting = false
    from waiting where waiting.id = carried.token_id
  $q$, sesame.carried_list('module_access', '%1$I = (best.said).%1$I'))
  using token_ids;
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.carry_into_access is
  'Writes the metadata and carried columns of old rows of access into the rows that these tokens opened, once. Null: '
  'for all tokens that have an owner by now.';

create function sesame.keep_carried(written public.module_access, former public.module_access) returns public.module_access
language plpgsql stable set search_path = '' as $$
declare
  v_presets text;
  v_unsaid jsonb;
begin
  if former.id is null then
    return written;
  end if;
  select string_agg(format('%L, %s', carried.name, coalesce(pg_get_expr(preset.adbin, preset.adrelid), 'null')), ', ')
  into v_presets
  from sesame.carried_columns as carried
  join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = 'public.module_access'::regclass and attribute.attname = carried.name
  left join pg_catalog.pg_attrdef as preset
    on preset.adrelid = attribute.attrelid and preset.adnum = attribute.attnum
  where carried.of_table = 'module_access';
  if v_presets is null then
    return written;
  end if;
  -- A column that the writer left out has its default: then the former value stays.
  execute format('select jsonb_build_object(%s)', v_presets) into v_unsaid;
  return jsonb_populate_record(written, (
    select coalesce(jsonb_object_agg(preset.name, to_jsonb(former) -> preset.name), '{}')
    from jsonb_each(v_unsaid) as preset (name, value)
    where to_jsonb(written) -> preset.name = preset.value
  ));
end
$$;

comment on function sesame.keep_carried is
  'A row of access that replaces a former one. Carried columns that the writer did not set keep their former values.';

create function sesame.erase_carried(of_user uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_table text;
  v_owner text;
  v_folding text := sesame.begin_folding();
begin
  delete from sesame.carried_access as carried
  using public.access_tokens as token
  where token.id = carried.token_id and token.created_by = of_user;
  for v_table, v_owner in values ('access_tokens', 'created_by'), ('module_access', 'user_id') loop
    if exists (select from sesame.carried_columns where of_table = v_table) then
      execute format('update public.%I set %s where %I = $1',
        v_table, substr(sesame.carried_list(v_table, '%I = null'), 3), v_owner)
      using of_user;
    end if;
  end loop;
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.erase_carried is 'Empties the site''s own columns for an erased user.';
