-- Access tokens: rights that the site itself hands out, beside those of Stripe's events. Each is one more
-- source of access. A trigger in a later chapter carries it into access.

create table public.access_tokens (
  id uuid primary key default gen_random_uuid(),
  created_by uuid,
  user_ref text,
  module_id bigint not null references public.modules (id) on delete restrict,
  access_type text not null default 'token',
  access_level text not null default 'standard',
  expires_at timestamptz,
  max_usage integer,
  usage_count integer not null default 0,
  is_active boolean not null default true,
  payment_id text,
  blocked_by text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint access_tokens_owner_is_named check (created_by is not null or coalesce(user_ref, '') <> ''),
  constraint access_tokens_access_type_opens
    check (access_type in ('purchase', 'subscription', 'manual', 'token', 'free')),
  constraint access_tokens_max_usage_is_positive check (max_usage > 0),
  constraint access_tokens_usage_count_is_within_max_usage check (usage_count between 0 and max_usage),
  constraint access_tokens_payment_id_is_not_blank check (payment_id <> ''),
  constraint access_tokens_blocked_by_its_payment
    check (
      blocked_by is null
      or blocked_by in ('refunded', 'disputed', 'canceled', 'unpaid', 'paused', 'expired') and payment_id is not null
    ),
  constraint access_tokens_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

create index access_tokens_created_by_module_id_idx on public.access_tokens (created_by, module_id);
create index access_tokens_module_id_idx on public.access_tokens (module_id);
create index access_tokens_payment_id_idx on public.access_tokens (payment_id) where payment_id is not null;
create index access_tokens_waiting_idx on public.access_tokens (sesame.tidy_email(user_ref))
  where created_by is null;
create index access_tokens_user_ref_idx on public.access_tokens (user_ref) where user_ref is not null;

alter table public.access_tokens enable row level security;

create policy access_tokens_select_own on public.access_tokens
  for select to authenticated
  using (created_by = (select auth.uid()));

select sesame.revoke_default_grants('public.access_tokens');
-- Column by column, as on public.modules.
grant select (
  id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count, is_active,
  payment_id, blocked_by, metadata, created_at, updated_at
) on public.access_tokens to authenticated;
grant select on public.access_tokens to service_role;
grant insert (
  id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count,
  is_active, payment_id, metadata, created_at
), update (
  created_by, user_ref, access_type, access_level, expires_at, max_usage, usage_count,
  is_active, payment_id, metadata
) on public.access_tokens to service_role;

create trigger access_tokens_touch_updated_at
  before update on public.access_tokens
  for each row
  when (old.* *<> new.*)
  execute function sesame.tg_touch_updated_at();

comment on table public.access_tokens is
  'Rights that the site handed out. Every insert and update is carried into module_access in the same '
  'transaction. Members read their own rows and write none; a server writes with the secret key.';
comment on column public.access_tokens.created_by is
  'The user of the token; null: not known yet, see user_ref. No foreign key: the user may sign up later.';
comment on column public.access_tokens.user_ref is
  'The owner as the site named them, where it gave no user id: an e-mail address. created_by is set once a user has '
  'verified this address.';
comment on column public.access_tokens.access_type is
  'The module_access.access_type where this token decides: token, or the kind of access that it stands for.';
comment on column public.access_tokens.expires_at is 'Null: never.';
comment on column public.access_tokens.max_usage is 'How often it may be used; null: no limit.';
comment on column public.access_tokens.usage_count is 'How often it was used: counted by sesame_verify_module_token.';
comment on column public.access_tokens.is_active is 'False once revoked; time and use do not change it.';
comment on column public.access_tokens.payment_id is
  'The payment for it: an id of the site''s own, or a Stripe payment, charge, session, invoice or subscription (pi_, '
  'ch_, py_, cs_, in_, sub_).';
comment on column public.access_tokens.blocked_by is
  'refunded or disputed, while its payment is. For a subscription: the reason why that is closed, or expired where the '
  'subscription itself decides for the user. Written by the fold only.';
