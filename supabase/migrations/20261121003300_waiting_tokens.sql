-- Tokens whose owner was named by an address wait for the member who has verified it.

create view sesame.waiting_tokens as
select token.id, coalesce(token.created_by::text, token.user_ref) as owner, token.module_id, token.created_at
from public.access_tokens as token
where token.created_by is null
  or not exists (select from auth.users as member where member.id = token.created_by);

comment on view sesame.waiting_tokens is 'Tokens whose owner is no known user: they take effect when that user appears.';

create function sesame.claim_waiting_tokens(user_id uuid, address text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update public.access_tokens as token
  set created_by = claim_waiting_tokens.user_id
  where token.created_by is null and sesame.tidy_email(token.user_ref) = address;
  if found and exists (select from sesame.carried_access where is_waiting) then
    perform sesame.carry_into_access(array(
      select token.id from public.access_tokens as token where token.created_by = claim_waiting_tokens.user_id
    ));
  end if;
end
$$;

comment on function sesame.claim_waiting_tokens is
  'Gives a member the tokens that wait for their verified address; the trigger on tokens does the rest.';

create function sesame.claim_tokens_for_members(token_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- An account that verifies one of these addresses at this moment finishes first, or looks for the tokens afterwards.
  perform sesame.lock_addresses(array(
    select distinct sesame.tidy_email(user_ref) from public.access_tokens where id = any (token_ids)
  ));
  update public.access_tokens as token
  set created_by = member.id
  from sesame.find_members(array(
    select distinct sesame.tidy_email(user_ref) from public.access_tokens
    where id = any (token_ids) and created_by is null
  )) as member
  where token.id = any (token_ids) and token.created_by is null
    and member.address = sesame.tidy_email(token.user_ref);
  if found and exists (select from sesame.carried_access where is_waiting) then
    perform sesame.carry_into_access(token_ids);
  end if;
end
$$;

comment on function sesame.claim_tokens_for_members is
  'Gives these tokens to the members who have verified the addresses in user_ref.';
