/**
 * An app that Sesame is added to. It has as much of its own as can stand beside Sesame: what our tests must neither judge nor
 * trip over.
 *
 * @module
 */

const BEFORE = `
  create role reporting nologin;
  alter default privileges in schema public grant select on tables to reporting;
  -- Functions are closed unless a migration opens them.
  alter default privileges revoke execute on functions from public;

  create schema legacy;
  create table legacy.modules (id serial primary key);
  create type public.tier as enum ('free', 'paid');
  create domain public.nickname as text check (length(value) < 40);

  -- No primary key, no index on a foreign key, no comment, a time without a zone, and rights for everyone.
  create table public.profiles (
    id uuid primary key references auth.users,
    username public.nickname not null unique,
    tier public.tier not null default 'free',
    at timestamp default now()
  );
  create table public.lessons (id int primary key, title text not null);
  create table public.comments (id serial, lesson_id int references public.lessons check (lesson_id > 0), body text);
  create table public.orders (id serial primary key, buyer uuid references auth.users);
  create table public.reviews (id serial primary key);
  create table public.films (id int);
  create view public.shop as select * from public.lessons;
  create view public.everything as select * from public.profiles;
  grant all on all tables in schema public to anon, authenticated;

  alter table public.profiles enable row level security;
  create policy "Members change their own profile" on public.profiles using (auth.uid() = id);

  -- The usual trigger at sign-up, which needs what only the app's own sign-up form gives.
  create function public.handle_new_user() returns trigger language plpgsql security definer as $$
  begin
    insert into public.profiles (id, username) values (new.id, new.raw_user_meta_data ->> 'username');
    return new;
  end $$;
  create trigger on_auth_user_created after insert on auth.users
    for each row execute function public.handle_new_user();
  create function public.refuse() returns trigger language plpgsql as $$
  begin
    raise exception 'members are never deleted here';
  end $$;
  create trigger keep_members before delete on auth.users for each row execute function public.refuse();
  create function public.bundle() returns int language sql as 'select 1';
  create function public.sesame_seeds() returns int language sql as 'select 1';

  insert into auth.users (id, email, raw_user_meta_data) values
    (gen_random_uuid(), 'zoe@school.example', '{"username": "zoe"}'),
    (gen_random_uuid(), 'ada@example.com', '{"username": "ada"}');
  insert into public.lessons values (1, 'One'), (2, 'Two');
  insert into public.comments (lesson_id, body) values (1, 'Nice');
  insert into public.orders (buyer) select id from auth.users;
  insert into public.reviews default values;
  insert into public.films values (1);
  insert into legacy.modules default values;
  insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
  create policy "Anyone sees avatars" on storage.objects for select using (bucket_id = 'avatars');`;

/** Written by someone who knows Sesame: a catalogue, a policy, and everything that may be set. */
const AFTER = `
  insert into public.modules (slug, title) values ('whisper', 'My own Whisper'), ('course-1', 'Course 1');
  insert into public.module_prices (stripe_price_id, module_id)
  select 'price_whisper_monthly', id from public.modules where slug = 'course-1';
  update sesame.settings set renewal_grace = '9 days', verified_email_claims = true, passes_stack = false;
  update sesame.alert_kinds set patience = '2 days', severity = 'notice';
  insert into public.module_access (user_id, module_id)
  select users.id, modules.id from auth.users, public.modules where slug = 'course-1';

  alter table public.modules add column lesson_count int not null default 0;
  alter table public.lessons add module_id bigint references public.modules (id);
  update public.lessons set module_id = (select id from public.modules where slug = 'course-1');
  alter table public.lessons enable row level security;
  create policy lessons_read on public.lessons for select to authenticated
    using ((select public.has_module_access('course-1')));
  create policy "Teachers manage modules" on public.modules for update to authenticated using (false);
  grant select on all tables in schema public to reporting;

  create policy "Everyone listens" on realtime.messages for select to authenticated using (true);

  -- It fails for a member without a profile.
  create function public.thank() returns trigger language plpgsql as $$
  begin
    insert into public.comments (lesson_id, body) values ((select 3 from public.profiles where id = new.user_id), 'Thanks');
    return new;
  end $$;
  create trigger thank after insert on public.module_access for each row execute function public.thank();
  create index module_access_created_at_idx on public.module_access (created_at);
  create table public.likes (at timestamp, liked_by uuid references auth.users);
  insert into public.likes select now(), id from auth.users;`;

/** Of the app's own: a member sees no other's profile, and a sign-up makes one. */
const TESTS = `
begin;
select plan(3);
insert into auth.users (id, email, raw_user_meta_data)
values ('00000000-0000-4000-8000-000000000007', 'new@school.example', '{"username": "new"}');
select is((select username::text from public.profiles where id = '00000000-0000-4000-8000-000000000007'), 'new', 'a sign-up makes a profile');
select set_config('request.jwt.claims', '{"sub": "00000000-0000-4000-8000-000000000007"}', true);
set local role authenticated;
select is((select count(*) from public.profiles), 1::bigint, 'a member sees one profile');
reset role;
select throws_ok($$ delete from auth.users where email = 'new@school.example' $$, 'P0001', null, 'members stay');
select * from finish();
rollback;
`;

/** The app's files before and after Sesame is added. */
export const SCHOOL: Record<"before" | "after", Record<string, string>> = {
  before: {
    "supabase/config.toml": 'project_id = "school"\n',
    "supabase/migrations/20250301090000_school.sql": BEFORE,
    "supabase/functions/_shared/cors.ts": "export const cors = {};\n",
    "supabase/tests/profiles.test.sql": TESTS,
    "supabase/tests/helpers/ours.psql": "-- The app's own file of this name.\n",
  },
  after: { "supabase/migrations/20991231000000_after.sql": AFTER },
};
