-- The modules that each Stripe price opens, and the terms.

create table public.module_prices (
  stripe_price_id text not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  access_level text not null default 'standard',
  max_usage integer,
  access_duration interval,
  created_at timestamptz not null default now(),
  primary key (stripe_price_id, module_id),
  constraint module_prices_price_is_not_blank check (stripe_price_id ~ '^[^[:space:]]+$'),
  constraint module_prices_max_usage_is_positive check (max_usage > 0),
  constraint module_prices_duration_is_positive check (access_duration > interval '0')
);

create index module_prices_module_id_idx on public.module_prices (module_id);

alter table public.module_prices enable row level security;

create policy module_prices_select_all on public.module_prices
  for select to anon, authenticated
  using (true);

select sesame.revoke_default_grants('public.module_prices');
grant select on public.module_prices to anon, authenticated;
grant select, insert on public.module_prices to service_role;

comment on table public.module_prices is
  'Stripe price to module, many to many (bundles). Readable by all. A row that was used in a sale is never rewritten: '
  'new terms need a new Stripe price.';
comment on column public.module_prices.access_duration is
  'How long a one-time purchase lasts from its payment; null: for ever. Subscriptions follow their period.';
comment on column public.module_prices.max_usage is 'How many uses a module token of this price allows; null: no limit.';
