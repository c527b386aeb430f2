-- Writes the grants of a few sources: compared with those held first, as often nothing changes.

create function sesame.write_few_grants(objects jsonb, ids text[], out owners uuid[], out addresses text[])
language plpgsql volatile set search_path = '' as $$
declare
  v_derived sesame.grants[] := array(
    select row (derived.*)::sesame.grants from sesame.derive_grants(objects) as derived
    order by derived.source_id, derived.module_id, derived.source, derived.account, derived.livemode);
  v_held sesame.grants[] := array(
    select held from sesame.grants as held
    where held.source_id = any (ids) and objects -> held.source ? held.source_id  -- ids of two kinds may be alike
    order by held.source_id, held.module_id, held.source, held.account, held.livemode);
  v_one sesame.grants;
begin
  foreach v_one in array v_derived loop
    if v_one.waits_for is not null and v_one.waits_for <> all (coalesce(addresses, '{}')) then
      addresses := addresses || v_one.waits_for;
    end if;
  end loop;
  if v_derived is not distinct from v_held then
    return;
  end if;

  owners := '{}';
  foreach v_one in array v_held loop
    owners := owners || v_one.user_id;
    delete from sesame.grants as held
    where (held.source_id, held.module_id, held.source, held.account, held.livemode)
        = (v_one.source_id, v_one.module_id, v_one.source, v_one.account, v_one.livemode)
      and not exists (
        select from unnest(v_derived) as kept
        where (kept.source_id, kept.module_id, kept.source, kept.account, kept.livemode)
          = (v_one.source_id, v_one.module_id, v_one.source, v_one.account, v_one.livemode)
      );
  end loop;
  foreach v_one in array v_derived loop
    continue when v_one = any (v_held);
    owners := owners || v_one.user_id;
    insert into sesame.grants as held
    select v_one.*
    on conflict (source_id, module_id, source, account, livemode) do update set
      (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at, price_id,
       access_level, max_usage, waits_for, by_address, pass_from, pass_duration, payment_root)
      = row (excluded.*);
  end loop;
end
$$;

comment on function sesame.write_few_grants is
  'As write_grants, for the few sources with these ids. ids: all ids of the objects.';
