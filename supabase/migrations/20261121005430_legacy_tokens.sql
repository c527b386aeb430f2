-- Modules of an older site whose servers verify with a shared secret (HS256), and how many tokens they still get.
-- Every server that knows the secret can sign, so the site should stop using it.

create table sesame.legacy_tokens (
  module_id bigint not null references public.modules (id) on delete cascade,
  day date not null,
  issued bigint not null,
  primary key (module_id, day),
  constraint legacy_tokens_issued_is_positive check (issued > 0)
);

alter table sesame.legacy_tokens enable row level security;

comment on table sesame.legacy_tokens is
  'How many HS256 tokens were issued for a module, by day (UTC). Private: no policy, written by '
  'count_legacy_token only.';

create function sesame.token_alg(module_id bigint) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case when module.metadata ->> 'token_alg' = 'HS256' then 'HS256' else 'ES256' end
    from public.modules as module where module.id = token_alg.module_id
  );
end
$$;

comment on function sesame.token_alg is
  'HS256 if modules.metadata.token_alg says that the module verifies with the shared secret; else ES256, for any '
  'key of the site''s own.';

create function sesame.count_legacy_token(of_module bigint) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.legacy_tokens as held (module_id, day, issued)
  values (of_module, (now() at time zone 'utc')::date, 1)
  on conflict (module_id, day) do update set issued = held.issued + 1;
end
$$;

comment on function sesame.count_legacy_token is
  'Counts one token that was issued in HS256. The doctor reports the count.';

create view sesame.legacy_modules as
select module.id as module_id, module.slug, coalesce(sum(counted.issued), 0)::bigint as issued
from public.modules as module
left join sesame.legacy_tokens as counted
  on counted.module_id = module.id and counted.day > (now() at time zone 'utc')::date - 30
where module.metadata ->> 'token_alg' = 'HS256'
group by module.id, module.slug;

comment on view sesame.legacy_modules is 'Modules that still get HS256 tokens, and how many in the last 30 days.';
