-- A catalogue and two members to try things with: read by `supabase db reset`, `db push
-- --include-seed` and the local stack. Safe to run again.

insert into public.modules (slug, title, description, is_free) values
  ('stable-diffusion', 'StableDiffusion', 'Pictures from a description.', false),
  ('whisper', 'Whisper', 'Speech to text.', false),
  ('llama', 'Llama', 'A language model.', false),
  ('playground', 'Playground', 'A little of everything.', true)
on conflict (slug) do nothing;

insert into public.module_prices (stripe_price_id, module_id, access_level, max_usage, access_duration)
select offer.price_id, modules.id, offer.access_level, offer.max_usage, offer.access_duration
from (values
  ('price_stable_diffusion', 'stable-diffusion', 'standard', null::integer, null::interval),
  ('price_stable_diffusion_day', 'stable-diffusion', 'standard', 100, '1 day'),
  ('price_whisper_monthly', 'whisper', 'standard', null, null),
  ('price_studio_monthly', 'stable-diffusion', 'pro', null, null),
  ('price_studio_monthly', 'whisper', 'pro', null, null),
  ('price_studio_monthly', 'llama', 'pro', null, null)
) as offer (price_id, slug, access_level, max_usage, access_duration)
join public.modules using (slug)
on conflict (stripe_price_id, module_id) do nothing;

-- The bundle begins with two free weeks.
insert into public.price_terms (stripe_price_id, trial_days)
values ('price_studio_monthly', 14)
on conflict (stripe_price_id) do nothing;

-- Two members. Sign in as ada@example.com or bob@example.com, password "open sesame".
insert into auth.users (
  id, aud, role, email, encrypted_password, email_confirmed_at,
  raw_app_meta_data, raw_user_meta_data, created_at, updated_at
)
select
  member.id::uuid, 'authenticated', 'authenticated', member.email,
  extensions.crypt('open sesame', extensions.gen_salt('bf')), now(),
  '{"provider": "email", "providers": ["email"]}', '{}', now(), now()
from (values
  ('ada00000-0000-4000-8000-000000000001', 'ada@example.com'),
  ('b0b00000-0000-4000-8000-000000000002', 'bob@example.com')
) as member (id, email)
on conflict do nothing;

-- Supabase Auth wants more than its local stand-in has: these columns, and no null in them.
do $$
begin
  update auth.users
  set instance_id = '00000000-0000-0000-0000-000000000000',
      confirmation_token = '', recovery_token = '',
      email_change = '', email_change_token_new = ''
  where email in ('ada@example.com', 'bob@example.com') and instance_id is null;
exception when undefined_column then
  null;
end
$$;
