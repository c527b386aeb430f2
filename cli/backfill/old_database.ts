/**
 * A database of an older site: modules, tokens, and access written by hand.
 *
 * @module
 */

/** The tables of the old script, with the grants and policies that its owner made in the Dashboard. */
export const OLD_SHAPE = `
  create table public.modules (
    id serial primary key,
    name varchar(255) not null,
    description text,
    price numeric default 0,
    is_active boolean default true,
    created_at timestamp default current_timestamp
  );
  create table public.access_tokens (
    id uuid primary key default gen_random_uuid(),
    created_by varchar(255),
    module_id integer references public.modules (id),
    access_level varchar(50) default 'premium',
    max_usage integer,
    usage_count integer default 0,
    is_active boolean default true,
    expires_at timestamp,
    created_at timestamp default current_timestamp
  );
  create table public.module_access (
    id serial primary key,
    user_id varchar(255) not null,
    module_id integer not null references public.modules (id) on delete cascade,
    access_type varchar(50) default 'purchase',
    token_id varchar(255),
    expires_at timestamp,
    is_active boolean default true,
    created_at timestamp default current_timestamp,
    updated_at timestamp default current_timestamp,
    metadata jsonb default '{}'
  );
  create index idx_module_access_user_id on public.module_access (user_id);
  alter table public.module_access enable row level security;
  create policy "Users can view own access" on public.module_access
    for select using (auth.uid()::text = user_id);
  create function public.has_module_access(module text) returns boolean language sql as 'select true';
  create table public.orders (id serial primary key, module_id integer references public.modules (id));
`;

/** Rows of Ada and Bob, by id and by address, and rows that belong to no user. */
export const OLD_ROWS = `
  insert into auth.users (id, email, email_confirmed_at) values
    ('ada00000-0000-4000-8000-000000000001', 'ada@example.com', now()),
    ('b0b00000-0000-4000-8000-000000000002', 'bob@example.com', now());
  insert into public.modules (id, name, is_active) values
    (7, 'StableDiffusion', true), (9, 'Whisper', true), (12, '3D Éditeur', false);
  select setval('public.modules_id_seq', 12);
  insert into public.access_tokens (id, created_by, module_id, max_usage, usage_count, is_active, expires_at) values
    ('70000000-0000-4000-8000-000000000001', 'ada00000-0000-4000-8000-000000000001', 7, 100, 3, true, null),
    ('70000000-0000-4000-8000-000000000002', 'Bob@Example.com', 9, null, 0, true, '2099-06-01 12:00'),
    ('70000000-0000-4000-8000-000000000003', 'ada00000-0000-4000-8000-000000000001', 9, null, 0, false, null),
    ('70000000-0000-4000-8000-000000000004', 'cleo@example.com', 7, null, 0, true, null),
    ('70000000-0000-4000-8000-000000000005', null, 7, null, 0, true, null),
    ('70000000-0000-4000-8000-000000000006', 'ada00000-0000-4000-8000-000000000001', null, null, 0, true, null),
    ('70000000-0000-4000-8000-000000000007', 'd0d00000-0000-4000-8000-000000000004', 7, null, 0, true, null);
  insert into public.module_access (id, user_id, module_id, access_type, token_id, expires_at, is_active) values
    (41, 'ada00000-0000-4000-8000-000000000001', 7, 'purchase', '70000000-0000-4000-8000-000000000001', null, true),
    (42, 'ada00000-0000-4000-8000-000000000001', 12, 'purchase', null, '2099-01-01 00:00', true),
    (43, 'bob@example.com', 7, 'gift', 'tok_old_43', null, true),
    (44, 'b0b00000-0000-4000-8000-000000000002', 12, 'purchase', null, null, false),
    (45, 'ada00000-0000-4000-8000-000000000001', 9, 'purchase', '70000000-0000-4000-8000-000000000003', null, true);
  select setval('public.module_access_id_seq', 45);
  insert into public.orders (module_id) values (7);
`;
