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
