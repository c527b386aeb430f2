-- What is for sale, for everyone: also for visitors who are not signed in.

create view public.price_list with (security_invoker = true) as
select
  listed.stripe_price_id as price,
  listed.product,
  opened.modules,
  listed.amount,
  listed.currency,
  listed.interval,
  listed.interval_count,
  terms.trial_days,
  listed.tax,
  listed.varies_by,
  listed.nickname,
  listed.description,
  listed.image,
  coalesce(terms.max_quantity, 1) as max_quantity,
  listed.livemode
from public.listed_prices as listed
cross join lateral (
  select jsonb_agg(jsonb_build_object(
    'slug', module.slug, 'title', module.title, 'access_level', mapped.access_level,
    'max_usage', mapped.max_usage, 'access_duration', mapped.access_duration
  ) order by module.id) as modules
  from public.module_prices as mapped
  join public.modules as module on module.id = mapped.module_id
  where mapped.stripe_price_id = listed.stripe_price_id
  having bool_or(module.is_active)  -- as checkout sells it
) as opened
left join public.price_terms as terms on terms.stripe_price_id = listed.stripe_price_id
-- A project that has gone live may still have the prices of its tests.
where listed.livemode or not exists (select from public.listed_prices as live where live.livemode);

select sesame.revoke_default_grants('public.price_list');
grant select on public.price_list to anon, authenticated, service_role;

comment on view public.price_list is
  'What is for sale, one row for each price: its amount, its period and the modules that it opens. Readable by all, also '
  'without signing in. Free modules have no price: modules.is_free.';
