-- Only the fold writes access. What a hand inserts there, or a function of the site's that is older than we, is
-- kept as what it means: a token, which the trigger on tokens carries into access. So nothing is lost, and no
-- sign-up fails because its own trigger gives a module away.

-- With the rights of who inserts, on purpose: who may not write tokens writes none here either.
create function sesame.tg_turn_into_token() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  -- Where the site made a token first and then its access, that token is there.
  if not exists (
    select from public.access_tokens as token
    where (token.id, token.created_by, token.module_id) = (new.token_id, new.user_id, new.module_id)
  ) then
    insert into public.access_tokens (created_by, module_id, access_type, expires_at, is_active, metadata, created_at)
    values (
      new.user_id, new.module_id,
      case
        when new.access_type in ('purchase', 'subscription', 'manual', 'token', 'free') then new.access_type
        else 'manual'
      end,
      new.expires_at, coalesce(new.is_active, true), coalesce(new.metadata, '{}'), coalesce(new.created_at, now())
    );
  end if;
  return null;
end
$$;

create trigger module_access_turn_into_token
  before insert on public.module_access
  for each row
  when ((new.metadata ? 'source_id') is not true)
  execute function sesame.tg_turn_into_token();
