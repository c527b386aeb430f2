-- A member's page learns at once that his access has changed, where the project has Realtime.

create function sesame.tg_announce_access() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- Asked each time: Realtime may be there later than we, and is not on every stack.
  if to_regprocedure('realtime.send(jsonb, text, text, boolean)') is null then
    return null;
  end if;
  begin
    -- That something changed, and not what: the member reads it under his own policies.
    perform realtime.send('{}', 'access_changed', 'user:' || user_id, true)
    from (select distinct user_id from added) as told;
  exception when others then
    -- Access does not wait for its announcement: the page looks by itself too.
    raise warning 'access has changed, and Realtime could not be told: %', sqlstate;
  end;
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
  -- A reset of the database leaves Realtime's own schema as it was.
  execute 'drop policy if exists messages_select_own_access on realtime.messages';
  execute $policy$
    create policy messages_select_own_access on realtime.messages
      for select to authenticated
      using (
        extension = 'broadcast'
        and (select realtime.topic()) = 'user:' || (select auth.uid())
      )
  $policy$;
  return true;
end
$$;

comment on function sesame.admit_to_realtime is
  'Lets each member listen to the private channel user:<his id>, event access_changed. Run by its '
  'migration; to be run again where Realtime came later. False: the project has none.';

select sesame.admit_to_realtime();
