-- Where outgoing webhooks go: servers of the site's own that hear when access opens, changes and closes. Their messages
-- are signed as https://www.standardwebhooks.com says.

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

comment on table sesame.webhook_endpoints is
  'Where outgoing webhooks go. Private: no policy, written by the functions sesame_…_webhook_….';
comment on column sesame.webhook_endpoints.types is 'The types of messages that it gets.';
comment on column sesame.webhook_endpoints.secret is
  'Signs its messages. It is kept as it is, because each message is signed with it. Shown once, when it is made.';
comment on column sesame.webhook_endpoints.former_secret is
  'Signs beside the new one until former_secret_until, while the receiver changes its own.';
comment on column sesame.webhook_endpoints.disabled_why is
  'operator: by hand. failing: nothing has arrived for three days. gone: it answered 410.';
comment on column sesame.webhook_endpoints.failures is 'Failed attempts since the last message that arrived.';
comment on column sesame.webhook_endpoints.failing_since is 'The first of these failures. Null: the last message arrived.';

create function sesame.new_webhook_secret() returns text
language plpgsql volatile set search_path = '' as $$
begin
  -- 244 random bits.
  return 'whsec_' || encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64');
end
$$;

comment on function sesame.new_webhook_secret is 'A secret as Standard Webhooks writes it: whsec_ and base64.';

create function sesame.webhook_secrets(endpoint sesame.webhook_endpoints) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array[endpoint.secret]
    || case when endpoint.former_secret_until > now() then array[endpoint.former_secret] else '{}' end;
end
$$;

comment on function sesame.webhook_secrets is 'The secrets that sign a message of this endpoint now, the newest first.';
