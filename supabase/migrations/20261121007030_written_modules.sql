-- Modules that the site's own code adds: it knows names and titles, and nothing of slugs.

create function sesame.tg_complete_module() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- An old site's tables say name, where ours say title.
  new.title := coalesce(new.title, to_jsonb(new) ->> 'name', new.slug);
  if new.title is not null then
    new.slug := coalesce(new.slug, sesame.free_slug(new.title, new.id::text));
  end if;
  return new;
end
$$;

comment on function sesame.tg_complete_module is
  'A module without a title has its name, a column of the site''s, or its slug; one without a slug has one made of its '
  'title.';

create trigger modules_complete
  before insert on public.modules
  for each row
  when (new.title is null or new.slug is null)
  execute function sesame.tg_complete_module();
