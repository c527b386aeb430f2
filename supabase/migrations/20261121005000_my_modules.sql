-- What a member sees: his modules, as of now.

create view public.my_modules with (security_invoker = true) as
select
  access.module_id,
  module.slug,
  module.title,
  case
    when access.is_active and (access.expires_at is null or access.expires_at > now()) then 'active'
    when access.is_active then 'expired'
    when access.metadata ->> 'reason' = 'pending_payment' then 'pending'
    else 'closed'
  end as status,
  access.expires_at,
  case
    when access.expires_at <= now() then access.metadata ->> 'reason_after'
    else access.metadata ->> 'reason'
  end as reason
from public.module_access as access
join public.modules as module on module.id = access.module_id
where access.user_id = (select auth.uid());

select sesame.revoke_default_grants('public.my_modules');
grant select on public.my_modules to authenticated;

comment on view public.my_modules is
  'The signed-in member''s modules at this instant: status active, expired, pending or closed, and why.';

create function public.has_module_access(module text) returns boolean
language plpgsql stable security invoker set search_path = '' as $$
begin
  return exists (
    select from public.module_access as access
    where access.user_id = (select auth.uid())
      -- No slug starts with a digit.
      and access.module_id = case
        when module ~ '^[0-9]{1,18}$' then module::bigint
        else (select known.id from public.modules as known where known.slug = module)
      end
      and access.is_active
      and (access.expires_at is null or access.expires_at > now())
  );
end
$$;

select sesame.revoke_default_grants('public.has_module_access');
grant execute on function public.has_module_access(text) to authenticated;

comment on function public.has_module_access is
  'Whether the signed-in member may use this module (slug or id) now. For policies of other tables: '
  'using ((select has_module_access(''stable-diffusion''))).';
