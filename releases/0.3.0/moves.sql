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

-- Outgoing webhooks.
alter type sesame.code add value 'deliveries_failing' before 'denied';
insert into sesame.alert_kinds (kind, severity, patience) values ('deliveries_failing', 'warning', '0');
alter table sesame.settings add column expiring_notice interval not null default '3 days';
alter table sesame.settings
  add constraint settings_expiring_notice_is_not_negative check (expiring_notice >= interval '0');
create table sesame.webhook_endpoints (
  id text primary key default 'ep_' || replace(gen_random_uuid()::text, '-', ''),
  url text not null,
  description text not null default '',
  types text[] not null default '{access.opened,access.changed,access.closed,access.expiring}',
  secret text not null,
  former_secret text,
  former_secret_until timestamptz,
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  disabled_why text,
  failures integer not null default 0,
  failing_since timestamptz,
  -- A redirect or a name in front of the host could lead elsewhere. Plain http stays on one machine.
  constraint webhook_endpoints_url_is_https check (
    url ~ '^https://[^\s/?#@]+([/?#]\S*)?$'
    or url ~ '^http://(localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal)(:\d+)?([/?#]\S*)?$'
  ),
  constraint webhook_endpoints_url_is_short check (length(url) <= 2000),
  constraint webhook_endpoints_types_are_known check (
    types <@ '{access.opened,access.changed,access.closed,access.expiring}' and types <> '{}'
  ),
  constraint webhook_endpoints_secret_is_256_bits check (secret ~ '^whsec_[A-Za-z0-9+/]{43}=$'),
  constraint webhook_endpoints_former_secret_ends check ((former_secret is null) = (former_secret_until is null)),
  constraint webhook_endpoints_disabling_has_a_cause check (
    (disabled_at is null) = (disabled_why is null) and disabled_why in ('operator', 'failing', 'gone')
  )
);
alter table sesame.webhook_endpoints enable row level security;
create table sesame.webhook_nudge (
  is_only boolean primary key default true,
  at timestamptz not null default 'epoch',
  constraint webhook_nudge_is_one_row check (is_only)
);
insert into sesame.webhook_nudge default values;
alter table sesame.webhook_nudge enable row level security;
create table sesame.webhook_messages (
  id bigint generated always as identity primary key,
  webhook_id text not null default 'msg_' || replace(gen_random_uuid()::text, '-', ''),
  type text not null,
  at timestamptz not null default clock_timestamp(),
  user_id uuid not null,
  module_id bigint not null,
  body text not null,
  constraint webhook_messages_webhook_id_key unique (webhook_id)
);
create index webhook_messages_user_id_idx on sesame.webhook_messages (user_id);
create index webhook_messages_at_idx on sesame.webhook_messages (at);
alter table sesame.webhook_messages enable row level security;
create table sesame.webhook_deliveries (
  endpoint_id text not null references sesame.webhook_endpoints (id) on delete cascade,
  message_id bigint not null references sesame.webhook_messages (id) on delete cascade,
  user_id uuid not null,
  since timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  failures integer not null default 0,
  next_try timestamptz default clock_timestamp(),
  delivered_at timestamptz,
  given_up_at timestamptz,
  primary key (endpoint_id, message_id),
  constraint webhook_deliveries_end_once check (delivered_at is null or given_up_at is null)
);
create index webhook_deliveries_message_id_idx on sesame.webhook_deliveries (message_id);
create index webhook_deliveries_due_idx on sesame.webhook_deliveries (endpoint_id, next_try, message_id)
  where delivered_at is null and given_up_at is null and next_try is not null;
create index webhook_deliveries_order_idx on sesame.webhook_deliveries (endpoint_id, user_id, message_id)
  where delivered_at is null and given_up_at is null;
alter table sesame.webhook_deliveries enable row level security;
create table sesame.webhook_attempts (
  endpoint_id text not null,
  message_id bigint not null,
  attempt integer not null,
  at timestamptz not null default clock_timestamp(),
  status integer,
  ms integer not null,
  error text,
  primary key (endpoint_id, message_id, attempt),
  foreign key (endpoint_id, message_id) references sesame.webhook_deliveries on delete cascade
);
create index webhook_attempts_at_idx on sesame.webhook_attempts (at);
alter table sesame.webhook_attempts enable row level security;
create table sesame.awaited_ends (
  user_id uuid not null,
  module_id bigint not null,
  expires_at timestamptz not null,
  expiring_at timestamptz,
  primary key (user_id, module_id)
);
create index awaited_ends_expires_at_idx on sesame.awaited_ends (expires_at);
create index awaited_ends_expiring_at_idx on sesame.awaited_ends (expiring_at) where expiring_at is not null;
alter table sesame.awaited_ends enable row level security;
