-- What a row of access means at this instant. Time alone closes access, without a write, so each reader compares with
-- now(). "Open now" is written here twice: the view my_modules calls status_now with the rights of a member, who cannot
-- look up a name in schema sesame. has_module_access has its own copy, which is faster. A test compares all three.

create function sesame.is_open(is_active boolean, expires_at timestamptz) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return is_active and coalesce(expires_at > now(), true);
end
$$;

comment on function sesame.is_open is 'Whether access is open at this instant. expires_at null: no end.';

create function sesame.status_now(is_active boolean, expires_at timestamptz, metadata jsonb) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when is_active and coalesce(expires_at > now(), true) then 'active'
    when is_active then 'expired'
    when metadata ->> 'reason' = 'pending_payment' then 'pending'
    else 'closed'
  end;
end
$$;

comment on function sesame.status_now is
  'The status of a row of public.module_access for people: active, expired, pending or closed.';

create function sesame.reason_now(expires_at timestamptz, metadata jsonb) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case when expires_at <= now() then metadata ->> 'reason_after' else metadata ->> 'reason' end;
end
$$;

comment on function sesame.reason_now is
  'The reason of a row of public.module_access at this instant: a word of sesame.reason.';
