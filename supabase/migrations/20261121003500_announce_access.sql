-- A member's page is notified at once that their access has changed, where the project has Realtime.

create function sesame.tg_announce_access() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- Checked each time: Realtime may be added after Sesame, and not every stack has it.
  if to_regprocedure('realtime.send(jsonb, text, text, boolean)') is not null then
    -- The message says only that something changed. Members then read their rows under RLS.
    perform realtime.send('{}', 'access_changed', 'user:' || user_id, true)
    from (select distinct user_id from added) as changed;
  end if;
  return null;
exception when others then
  -- An error here must not undo the change of access: the page also polls.
  raise warning 'access has changed, and Realtime could not be notified: %', sqlstate;
  return null;
end
$$;

create trigger access_log_announce_access
  after insert on sesame.access_log
  referencing new table as added
  for each statement
  execute function sesame.tg_announce_access();

create function sesame.admit_to_realtime() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('realtime.messages') is null then
    return false;
  end if;
  execute $policy$
    create policy messages_select_own_access on realtime.messages
      for select to authenticated
      using (
        extension = 'broadcast'
        and (select realtime.topic()) = 'user:' || (select auth.uid())
      )
  $policy$;
  return true;
exception
  when duplicate_object then
    return true;  -- a reset of the database leaves Realtime's own schema as it was
  when insufficient_privilege or undefined_column or undefined_function then
    -- No reason to refuse an installation: pages also poll.
    raise warning 'members will not be notified at once that their access has changed: %', sqlerrm;
    return false;
end
$$;

comment on function sesame.admit_to_realtime is
  'Lets each member listen to the private channel user:<user id>, event access_changed. Its migration runs it; run it '
  'again where Realtime was added later. False: the project has no Realtime, or this role may not create the policy.';

select sesame.admit_to_realtime();
