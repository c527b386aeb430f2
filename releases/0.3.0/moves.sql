-- How checkout sells a price.
create table public.price_terms (
  stripe_price_id text primary key,
  is_listed boolean not null default true,
  trial_days integer,
  max_quantity integer not null default 1,
  constraint price_terms_price_is_not_blank check (stripe_price_id ~ '^[^[:space:]]+$'),
  constraint price_terms_trial_days_are_at_most_two_years check (trial_days between 1 and 730),
  constraint price_terms_max_quantity_is_positive check (max_quantity > 0)
);
alter table public.price_terms enable row level security;

-- What is for sale: prices and products as Stripe has them, and the list that everyone reads.
create table sesame.price_listings (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  is_active boolean not null,
  product_id text,
  nickname text,
  amount bigint,
  varies_by text,
  currency text,
  interval text,
  interval_count bigint,
  tax_behavior text,
  primary key (id, account, livemode),
  constraint price_listings_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array')
);
create index price_listings_product_id_idx on sesame.price_listings (product_id) where product_id is not null;
alter table sesame.price_listings enable row level security;
create table sesame.products (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  is_active boolean not null,
  name text,
  description text,
  image text,
  primary key (id, account, livemode),
  constraint products_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array')
);
alter table sesame.products enable row level security;
create table public.listed_prices (
  stripe_price_id text not null,
  livemode boolean not null,
  product text,
  description text,
  image text,
  nickname text,
  amount bigint,
  varies_by text,
  currency text,
  interval text,
  interval_count bigint,
  tax text,
  primary key (stripe_price_id, livemode),
  constraint listed_prices_tax_is_known check (tax in ('included', 'excluded'))
);
create index listed_prices_live_idx on public.listed_prices (stripe_price_id) where livemode;
alter table public.listed_prices enable row level security;
create index price_listings_to_fetch_idx on sesame.price_listings (id) where not is_settled;
create index products_to_fetch_idx on sesame.products (id) where not is_settled;
create index prices_live_idx on sesame.prices (id) where livemode and account = '';

-- How checkout sells.
alter table sesame.settings
  add column checkout_promotion_codes boolean not null default false,
  add column checkout_automatic_tax boolean not null default false,
  add column checkout_tax_ids boolean not null default false,
  add column trial_once_per_person boolean not null default true;
