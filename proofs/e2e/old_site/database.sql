-- The database of an old site, as the guides for its owner describe it: tables made by hand, users as text.

insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
  raw_user_meta_data, created_at, updated_at)
select id::uuid, 'authenticated', 'authenticated', email, extensions.crypt('open sesame', extensions.gen_salt('bf')),
  now(), '{"provider": "email", "providers": ["email"]}', '{}', now(), now()
from (values
  ('ada00000-0000-4000-8000-000000000001', 'ada@example.com'),
  ('b0b00000-0000-4000-8000-000000000002', 'bob@example.com')
) as member (id, email);

create table public.modules (
  id serial primary key,
  name varchar(255) not null,
  description text,
  price numeric(10, 2) not null default 0,
  category varchar(100) default 'outils',
  image_url text,
  url text,
  created_at timestamp default current_timestamp
);
insert into public.modules (name, description, price, category, image_url, url) values
  ('StableDiffusion', 'Des images à partir de mots.', 9.90, 'image', '/images/sd.png', 'https://sd.example.com'),
  ('Whisper', 'Des mots à partir de la voix.', 4.50, 'son', null, 'https://whisper.example.com'),
  ('Traduction', 'Gratuit.', 0, default, null, 'https://traduction.example.com');

create table public.access_tokens (
  id varchar(255) primary key default gen_random_uuid()::text,
  name varchar(255) not null,
  module_id integer references public.modules (id) on delete cascade,
  module_name varchar(255),
  created_by varchar(255),
  access_level varchar(50) default 'standard',
  jwt_token text,
  max_usage integer,
  current_usage integer default 0,
  expires_at timestamp,
  is_active boolean default true,
  created_at timestamp default current_timestamp
);
insert into public.access_tokens
  (id, name, module_id, module_name, created_by, access_level, jwt_token, max_usage, current_usage, expires_at) values
  ('11111111-1111-4111-8111-111111111111', 'Jeton de bob', 2, 'Whisper', 'b0b00000-0000-4000-8000-000000000002',
   'premium', 'eyJ.old.jwt', 100, 7, now() + interval '90 days'),
  ('tok-1', 'Jeton de Zoé', 2, 'Whisper', 'zoe@example.com', 'standard', null, null, 0, null);

create table public.module_access (
  id serial primary key,
  user_id varchar(255) not null,
  module_id integer references public.modules (id) on delete cascade,
  access_type varchar(50) default 'purchase',
  token_id varchar(255),
  expires_at timestamp,
  is_active boolean default true,
  created_at timestamp default current_timestamp,
  updated_at timestamp default current_timestamp,
  metadata jsonb default '{}'::jsonb
);
create index idx_module_access_user_id on public.module_access (user_id);
create index idx_module_access_module_id on public.module_access (module_id);
create index idx_module_access_is_active on public.module_access (is_active);
insert into public.module_access (user_id, module_id, access_type, metadata) values
  ('ada00000-0000-4000-8000-000000000001', 2, 'purchase', '{"session_id": "cs_test_old", "payment_intent": "pi_old", "source_page": "/boutique"}'),
  ('test-user-id', 1, 'purchase', '{}');

create table public.orders (
  id serial primary key,
  module_id integer not null references public.modules (id) on delete cascade,
  amount numeric(10, 2)
);
insert into public.orders (module_id, amount) values (1, 9.90), (2, 4.50);
