-- What a change of the settings does to earlier sales.

create function sesame.settings_for_the_past(settings sesame.settings) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return to_jsonb(settings) - array[
    'verified_email_claims', 'returning_account_inherits', 'keep_bodies', 'expiring_notice',
    'checkout_promotion_codes', 'checkout_automatic_tax', 'checkout_tax_ids', 'trial_once_per_person'
  ];
end
$$;

comment on function sesame.settings_for_the_past is
  'The settings that decide about earlier sales. The others decide about the next accounts that return, which bodies '
  'are kept, the next checkout, and notices.';

-- A change of policy reaches every earlier sale.
create function sesame.tg_fold_everything() returns trigger
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('settings');
  perform sesame.fold_everything_or_defer();
  return null;
end
$$;

create trigger settings_fold_everything
  after update on sesame.settings
  for each row
  when (sesame.settings_for_the_past(old) is distinct from sesame.settings_for_the_past(new))
  execute function sesame.tg_fold_everything();

-- If claims are switched on, the waiting purchases are claimed. If they are switched off, claimed purchases keep
-- their owner.
create function sesame.tg_claim_what_waits() returns trigger
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('settings');
  perform sesame.claim_for_members(array(select distinct waits_for from sesame.grants where waits_for is not null));
  perform sesame.claim_tokens_for_members(array(select id from public.access_tokens where created_by is null));
  return null;
end
$$;

create trigger settings_claim_what_waits
  after update on sesame.settings
  for each row
  when (new.verified_email_claims and not old.verified_email_claims)
  execute function sesame.tg_claim_what_waits();
