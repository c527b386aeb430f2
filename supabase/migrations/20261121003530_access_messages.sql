-- The body of a message about access, as docs/webhooks_out.md describes it.

create function sesame.iso_time(at timestamptz) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');  -- null for infinity: no end
end
$$;

create function sesame.told_state(is_open boolean, is_active boolean, expires_at timestamptz, metadata jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return jsonb_build_object(
    'is_active', is_open,
    'expires_at', sesame.iso_time(expires_at),
    'reason', metadata -> case when is_active and not is_open then 'reason_after' else 'reason' end,
    'access_level', metadata -> 'access_level',
    'max_usage', metadata -> 'max_usage'
  );
end
$$;

comment on function sesame.told_state is
  'What a message says about a row of module_access. Two rows with the same state are the same to a receiver.';

create function sesame.access_message(type text, user_id uuid, module_id bigint, state jsonb, former jsonb) returns text
language plpgsql volatile set search_path = '' as $$
begin
  -- Of type json, which keeps the keys in this order.
  return json_build_object(
    'type', type,
    'timestamp', sesame.iso_time(clock_timestamp()),
    'data', json_build_object(
      'user_id', user_id,
      'module', (select module.slug from public.modules as module where module.id = module_id),
      'module_id', module_id,
      'is_active', state -> 'is_active',
      'expires_at', state -> 'expires_at',
      'reason', state -> 'reason',
      'access_level', state -> 'access_level',
      'max_usage', state -> 'max_usage',
      'former', former
    )
  );
end
$$;

comment on function sesame.access_message is 'The body of a message. former: the state before, null if there was none.';
