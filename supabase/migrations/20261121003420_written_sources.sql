-- Applies a write to module_access to the sources: it adds a source, or limits the existing ones. Nothing here projects
-- access; call it under lock_fold(). Sources are looked up by their user: millions may have the module.

create function sesame.payment_behind(written public.module_access) returns text
language plpgsql stable set search_path = '' as $$
begin
  return sesame.payment_named(
    (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(written)) where sesame.means_payment(key)),
    written.metadata
  );
end
$$;

comment on function sesame.payment_behind is
  'The payment that metadata or a column of the site names for a row of module_access; null: none is named.';

create function sesame.written_token_id(token public.access_tokens) returns uuid
language plpgsql stable set search_path = '' as $$
begin
  return md5(concat_ws(
    ' ', 'module_access', token.created_by, token.module_id, token.access_type, token.access_level, token.payment_id,
    token.metadata
  ))::uuid;
end
$$;

comment on function sesame.written_token_id is 'The id of the token for a write to module_access.';

-- The id of the token comes from the written values, so that the same row written twice is one source. Written again
-- with another end, the source has the later of the two ends.
create function sesame.add_written_token(written public.module_access, paid_by text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_new public.access_tokens;
  v_token public.access_tokens;
  v_is_spent boolean;
begin
  v_new.created_by := written.user_id;
  v_new.module_id := written.module_id;
  v_new.access_type := case
    when written.access_type in ('purchase', 'subscription', 'manual', 'token', 'free') then written.access_type
    else 'manual'
  end;
  v_new.access_level := coalesce(written.metadata ->> 'access_level', 'standard');
  v_new.payment_id := paid_by;
  v_new.metadata := written.metadata - sesame.fold_keys();
  v_new.id := sesame.written_token_id(v_new);
  select * into v_token from (select * from public.access_tokens where id = v_new.id offset 0) as token;
  if found and (v_token.created_by, v_token.module_id, v_token.max_usage) is distinct from
    (written.user_id, written.module_id, null)
  then
    -- The site has changed that token since.
    v_new.id := gen_random_uuid();
    v_token := null;
  end if;

  if v_token.id is null then
    insert into public.access_tokens (
      id, created_by, module_id, access_type, access_level, expires_at, is_active, payment_id, metadata, created_at
    )
    values (
      v_new.id, v_new.created_by, v_new.module_id, v_new.access_type, v_new.access_level, written.expires_at,
      written.is_active, v_new.payment_id, v_new.metadata, coalesce(written.created_at, now())
    );
  elsif written.is_active then
    -- A token that was closed or limited since does not keep its former end.
    v_is_spent := not v_token.is_active or exists (
      select from (select * from sesame.own_sources where user_id = written.user_id offset 0) as own
      where (own.source, own.source_id) = ('access_token', v_new.id::text) and own.is_limited
    );
    update public.access_tokens as token
    set (is_active, expires_at) = (true, case
      when v_is_spent then written.expires_at
      else nullif(greatest(coalesce(token.expires_at, 'infinity'), coalesce(written.expires_at, 'infinity')), 'infinity')
    end)
    where token.id = v_new.id;
  end if;
  delete from sesame.written_limits as limited
  where (limited.source, limited.source_id) = ('access_token', v_new.id::text) and written.is_active;
end
$$;

comment on function sesame.add_written_token is 'Adds a row of module_access to the sources, as an access token.';

-- Where the site made a token first and then its access, that token is the source if it gives at least as much.
create function sesame.is_said_by_token(written public.module_access) returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if written.token_id is null or not exists (
    select from (select * from public.access_tokens where id = written.token_id offset 0) as token
    where (token.created_by, token.module_id) = (written.user_id, written.module_id)
      and token.is_active >= written.is_active
      and (token.expires_at is null or token.expires_at >= written.expires_at or not written.is_active)
  ) then
    return false;
  end if;
  delete from sesame.written_limits as limited
  where (limited.source, limited.source_id) = ('access_token', written.token_id::text) and written.is_active;
  return true;
end
$$;

comment on function sesame.is_said_by_token is
  'Whether the token that a row of module_access names gives at least what the row says.';

create function sesame.limit_sources(of_user uuid, of_module bigint, until timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.written_limits as held
    (source_id, module_id, source, account, livemode, user_id, said, ends_at, is_closed, is_removed)
  select source_id, module_id, source, account, livemode, user_id, says, until, false, false
  from (select * from sesame.sources where user_id = of_user offset 0) as owned
  where module_id = of_module and reason < 'denied'
    and (expires_at is null or expires_at > until)
  on conflict (source_id, module_id, source, account, livemode) do update set
    (user_id, said, ends_at, is_closed, is_removed, written_at)
    = (excluded.user_id, excluded.said, excluded.ends_at, false, false, now());
end
$$;

comment on function sesame.limit_sources is 'Limits all sources that open a module for a user to this end.';

create function sesame.close_sources(of_user uuid, of_module bigint, is_removal boolean) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.written_limits as held
    (source_id, module_id, source, account, livemode, user_id, said, ends_at, is_closed, is_removed)
  select source_id, module_id, source, account, livemode, user_id, says, ends_at, true, is_removal
  from (select * from sesame.sources where user_id = of_user offset 0) as owned
  where module_id = of_module and reason <> 'denied' and (reason < 'denied' or is_removal)
  on conflict (source_id, module_id, source, account, livemode) do update set
    (user_id, said, ends_at, is_closed, is_removed, written_at)
    = (excluded.user_id, excluded.said, excluded.ends_at, true, held.is_removed or excluded.is_removed, now());
end
$$;

comment on function sesame.close_sources is
  'Closes all present sources of a module for a user. is_removal: the sources do not keep a row either. A denial by an '
  'operator stays.';

-- What was deleted stays deleted.
create function sesame.reopen_sources(of_user uuid, of_module bigint, is_lifted boolean) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from sesame.written_limits as limited
  where limited.user_id = any (sesame.accounts_of(of_user)) and limited.module_id = of_module
    and not limited.is_removed and (is_lifted or limited.ends_at is null);
  update sesame.written_limits as limited set is_closed = false
  where limited.user_id = any (sesame.accounts_of(of_user)) and limited.module_id = of_module
    and not limited.is_removed and limited.is_closed;
end
$$;

comment on function sesame.reopen_sources is
  'Opens closed sources again, until their former end. is_lifted: as long as each source says itself.';

-- A change of the settings moves the ends of sources without a payment, so limited sources stay limited.
create function sesame.hold_limits(of_sources text[] default null) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update sesame.written_limits as limited set said = 'infinity'
  where (of_sources is null or limited.source_id = any (of_sources)) and exists (
    select
    from (
      select * from sesame.own_sources where user_id = sesame.present_account(limited.user_id) offset 0
    ) as own
    where (own.source, own.source_id, own.module_id, own.account, own.livemode)
        = (limited.source, limited.source_id, limited.module_id, limited.account, limited.livemode)
      and own.is_limited
  );
end
$$;

comment on function sesame.hold_limits is 'Keeps the limits of these sources in force, whatever the sources say until settle_limits(). Null: all limits.';

create function sesame.settle_limits(of_sources text[] default null) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update sesame.written_limits as limited set said = own.says
  from sesame.written_limits as held
  cross join lateral (
    select source.says
    from (
      select * from sesame.own_sources where user_id = sesame.present_account(held.user_id) offset 0
    ) as source
    where (source.source, source.source_id, source.module_id, source.account, source.livemode)
      = (held.source, held.source_id, held.module_id, held.account, held.livemode)
  ) as own
  where held.said = 'infinity' and (of_sources is null or held.source_id = any (of_sources))
    and (limited.source_id, limited.module_id, limited.source, limited.account, limited.livemode)
      = (held.source_id, held.module_id, held.source, held.account, held.livemode);
end
$$;
