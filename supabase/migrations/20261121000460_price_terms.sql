-- How checkout sells a price. A price without a row is sold on the defaults.

create table public.price_terms (
  stripe_price_id text primary key,
  is_listed boolean not null default true,
  trial_days integer,
  max_quantity integer not null default 1,
  constraint price_terms_price_is_not_blank check (stripe_price_id ~ '^[^[:space:]]+$'),
  constraint price_terms_trial_days_are_at_most_two_years check (trial_days between 1 and 730),  -- Stripe's limit
  constraint price_terms_max_quantity_is_positive check (max_quantity > 0)
);

alter table public.price_terms enable row level security;

create policy price_terms_select_all on public.price_terms
  for select to anon, authenticated
  using (is_listed);

select sesame.revoke_default_grants('public.price_terms');
grant select on public.price_terms to anon, authenticated;
grant select, insert, update on public.price_terms to service_role;

comment on table public.price_terms is
  'How checkout sells a price. A price without a row is sold on the defaults. All may read the terms of listed prices; '
  'a server writes with the secret key.';
comment on column public.price_terms.is_listed is
  'False: the price is not shown, such as a deal for one customer. A member who knows its id can still buy it.';
comment on column public.price_terms.trial_days is
  'The free days with which a subscription begins; null: none.';
comment on column public.price_terms.max_quantity is 'The largest quantity of one purchase.';
