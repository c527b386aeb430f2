-- The modules that a member sees, as of now.

create view public.my_modules with (security_invoker = true) as
select
  access.module_id,
  module.slug,
  module.title,
  sesame.status_now(access.is_active, access.expires_at, access.metadata) as status,
  access.expires_at,
  sesame.reason_now(access.expires_at, access.metadata) as reason
from public.module_access as access
join public.modules as module on module.id = access.module_id
where access.user_id = (select auth.uid());

select sesame.revoke_default_grants('public.my_modules');
grant select on public.my_modules to authenticated;

comment on view public.my_modules is
  'The signed-in member''s modules at this instant: their status (active, expired, pending or closed) and the '
  'reason.';

-- Policies call it for every query, so it reads the session once. It runs with its owner's rights: with the member's
-- rights, the policy of module_access would read the session again. As in that policy, the user comes from the session.
create function public.has_module_access(module text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user_id uuid := auth.uid();
begin
  return exists (
    select from public.module_access as access
    where access.user_id = v_user_id
      -- No slug starts with a digit.
      and access.module_id = case
        when module ~ '^[0-9]{1,18}$' then module::bigint
        else (select known.id from public.modules as known where known.slug = module)
      end
      -- The same as sesame.is_open, without one more call.
      and access.is_active
      and (access.expires_at is null or access.expires_at > now())
  );
end
$$;

select sesame.revoke_default_grants('public.has_module_access');
grant execute on function public.has_module_access(text) to authenticated;

comment on function public.has_module_access is
  'Whether the signed-in member may use this module (slug or id) now. For policies of other tables: '
  'using ((select has_module_access(''stable-diffusion''))). It reads module_access with the rights of its owner: a '
  'policy that you add to that table does not change its answer.';

create function sesame.modules_of(of_user uuid, module_ids bigint[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  -- The same as my_modules, which answers members only. Status none: this user never had the module.
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'module_id', module.id, 'slug', module.slug, 'title', module.title,
      'status', case
        when access.id is null then 'none'
        else sesame.status_now(access.is_active, access.expires_at, access.metadata)
      end,
      'expires_at', access.expires_at,
      'reason', sesame.reason_now(access.expires_at, access.metadata)
    ) order by module.id), '[]')
    from public.modules as module
    left join public.module_access as access on access.module_id = module.id and access.user_id = of_user
    where module.id = any (module_ids)
  );
end
$$;

comment on function sesame.modules_of is
  'The modules of a user: [{module_id, slug, title, status, expires_at, reason}].';
