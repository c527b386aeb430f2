-- Prices that open nothing on purpose: a setup fee, shipping.

create table sesame.extra_prices (
  stripe_price_id text primary key,
  actor text not null,
  why text not null,
  created_at timestamptz not null default now(),
  constraint extra_prices_price_is_not_blank check (stripe_price_id ~ '^[^[:space:]]+$'),
  constraint extra_prices_actor_is_named check (actor <> ''),
  constraint extra_prices_why_is_said check (why <> '')
);

alter table sesame.extra_prices enable row level security;

comment on table sesame.extra_prices is
  'Prices that open no module on purpose, such as a setup fee. Such a sale is not reported as unmapped, and '
  'metadata.module_id opens nothing for it. Private: no policy, written by remap_price(price, null, …).';
comment on column sesame.extra_prices.actor is 'The operator who marked the price.';
