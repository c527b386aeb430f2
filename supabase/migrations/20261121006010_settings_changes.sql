-- The history of the policy, and the one choice that setup makes: whether a verified address claims purchases.

create table sesame.settings_changes (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  setting text not null,
  was text not null,
  became text not null,
  actor text not null,
  why text not null,
  constraint settings_changes_actor_is_named check (actor <> ''),
  constraint settings_changes_why_is_said check (why <> '')
);

alter table sesame.settings_changes enable row level security;

comment on table sesame.settings_changes is
  'Every change of the settings. Private: no policy, written by a trigger on sesame.settings only.';
comment on column sesame.settings_changes.actor is
  'The actor given to sesame_set_address_claims; for an update in SQL, the role that was logged in.';

create function sesame.tg_note_settings() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into sesame.settings_changes (setting, was, became, actor, why)
  select
    setting.name, setting.was, to_jsonb(new) ->> setting.name,
    coalesce(nullif(current_setting('sesame.settings_actor', true), ''), session_user),
    coalesce(nullif(current_setting('sesame.settings_why', true), ''), 'an update in SQL')
  from jsonb_each_text(to_jsonb(old)) as setting (name, was)
  where setting.was <> to_jsonb(new) ->> setting.name;
  return null;
end
$$;

create trigger settings_note_changes
  after update on sesame.settings
  for each row
  execute function sesame.tg_note_settings();

create function public.sesame_address_claims()
returns table (is_on boolean, was_decided boolean, waiting bigint, unasked bigint)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      settings.verified_email_claims,
      exists (select from sesame.settings_changes where setting = 'verified_email_claims'),
      (select count(distinct (held.source_id, held.account, held.livemode)) from sesame.grants as held
       where held.waits_for is not null),
      (
        select count(*)
        from auth.users as account
        where not account.is_sso_user
          and account.email_confirmed_at < account.created_at + interval '1 second'
          and coalesce(account.raw_app_meta_data ->> 'provider', 'email') = 'email'
          -- The row is read as JSON, because some versions of Auth lack this column.
          and to_jsonb(account) ->> 'confirmation_sent_at' is null
      )
    from sesame.settings;
end
$$;

select sesame.revoke_default_grants('public.sesame_address_claims');
grant execute on function public.sesame_address_claims() to service_role;

comment on function public.sesame_address_claims is
  'Whether verified addresses claim purchases, whether an operator ever chose, and how many purchases wait for '
  'an address. Also how many accounts with a password were confirmed at once, without a mail: Auth did not ask, '
  'or an administrator made them.';

create function public.sesame_set_address_claims(is_on boolean, actor text, why text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_changed boolean;
begin
  if coalesce(actor, '') = '' or coalesce(why, '') = '' then
    raise check_violation using message = 'actor and why must not be empty';
  end if;
  perform set_config('sesame.settings_actor', actor, true), set_config('sesame.settings_why', why, true);
  update sesame.settings set verified_email_claims = is_on where id and verified_email_claims <> is_on;
  v_changed := found;
  perform set_config('sesame.settings_actor', '', true), set_config('sesame.settings_why', '', true);
  return v_changed;
end
$$;

select sesame.revoke_default_grants('public.sesame_set_address_claims');
grant execute on function public.sesame_set_address_claims(boolean, text, text) to service_role;

comment on function public.sesame_set_address_claims is
  'Sets whether verified addresses claim purchases, and notes actor and why. False: it was set so already. If it '
  'is switched on, waiting purchases are claimed in the same transaction. Switch it on only if Auth verifies an '
  'address before it confirms it. 23514: actor or why is empty.';
