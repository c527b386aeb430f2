-- Moving in, 3: the modules of an old database are brought across with their ids.

create function sesame.slug_of(written text, id text) returns text
language plpgsql immutable set search_path = '' as $$
declare
  v_slug text := btrim(regexp_replace(lower(coalesce(written, '')), '[^a-z0-9]+', '-', 'g'), '-');
begin
  return case
    when v_slug ~ '^[a-z]' then v_slug
    else rtrim('module-' || coalesce(nullif(v_slug, ''), regexp_replace(lower(id), '[^a-z0-9]+', '-', 'g')), '-')
  end;
end
$$;

create function sesame.free_slug(written text, id text) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_wanted text := sesame.slug_of(written, id);
  v_slug text := v_wanted;
  v_others integer := 0;
begin
  while exists (select from public.modules where slug = v_slug) loop
    v_slug := sesame.slug_of(concat_ws('-', v_wanted, id, nullif(v_others, 0)), id);
    v_others := v_others + 1;
  end loop;
  return v_slug;
end
$$;

create function sesame.move_modules_in() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_ids regclass := pg_get_serial_sequence('public.modules', 'id');
  v_old jsonb;
  v_id bigint;
  v_slug text;
  v_ids_moved bigint[] := '{}';
begin
  -- One by one: there are few, and a slug depends on those before it. If several rows have one id, the first counts.
  for v_old in
    select distinct on (length(old ->> 'id'), old ->> 'id') old
    from sesame.old_rows('modules')
    where old ->> 'id' is not null
      and not exists (select from sesame.moved_modules where old_id = old ->> 'id')
    order by length(old ->> 'id'), old ->> 'id'
  loop
    v_slug := sesame.free_slug(coalesce(v_old ->> 'slug', v_old ->> 'name', v_old ->> 'title'), v_old ->> 'id');
    insert into public.modules (id, slug, title, description, is_free, is_active, metadata, created_at)
    overriding system value
    values (
      case
        when v_old ->> 'id' ~ '^[1-9][0-9]{0,17}$'
          and not exists (select from public.modules where id = (v_old ->> 'id')::bigint)
        then (v_old ->> 'id')::bigint
        else nextval(v_ids)
      end,
      v_slug,
      coalesce(v_old ->> 'title', v_old ->> 'name', v_slug),
      v_old ->> 'description',
      coalesce(sesame.as_flag(v_old ->> 'is_free'), false),
      coalesce(sesame.as_flag(v_old ->> 'is_active'), true),
      -- Every user may read the catalogue.
      case
        when jsonb_typeof(v_old -> 'metadata') = 'object' and 'anon' = any (sesame.old_readers('modules', 'metadata'))
        then v_old -> 'metadata'
        else '{}'
      end,
      coalesce(nullif(nullif(sesame.as_time(v_old ->> 'created_at'), 'infinity'), '-infinity'), now())
    )
    returning id into v_id;
    insert into sesame.moved_modules (old_id, module_id) values (v_old ->> 'id', v_id);
    v_ids_moved := v_ids_moved || v_id;
    -- Never back: a number that a later module had may be in what was sold.
    perform setval(v_ids, greatest(pg_sequence_last_value(v_ids), (select max(id) from public.modules)));
  end loop;
  perform sesame.carry_into_modules(v_ids_moved);
end
$$;

comment on function sesame.move_modules_in is
  'Brings the modules of an old database across. A second call brings only new ones.';
