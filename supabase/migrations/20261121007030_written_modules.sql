-- The site's own code may add modules: it knows names and titles, and no slugs.

create function sesame.tg_complete_module() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- An old site's tables have a column name instead of our title.
  new.title := coalesce(new.title, to_jsonb(new) ->> 'name', new.slug);
  if new.title is not null then
    new.slug := coalesce(new.slug, sesame.free_slug(new.title, new.id::text));
  end if;
  return new;
end
$$;

comment on function sesame.tg_complete_module is
  'A module without a title gets the site''s column name, or its slug, as its title. A module without a slug '
  'gets one made of its title.';

create trigger modules_complete
  before insert on public.modules
  for each row
  when (new.title is null or new.slug is null)
  execute function sesame.tg_complete_module();
