-- Moving in, 6: tokens are brought across, in parts. The call may be repeated: no token comes twice.

create function sesame.move_tokens_in(from_block bigint default 0, to_block bigint default 4294967295) returns bigint
language plpgsql volatile set search_path = '' set work_mem = '64MB' as $$
declare
  v_came bigint;
begin
  if sesame.old_rows_query('access_tokens', from_block, to_block) is null then
    return 0;
  end if;
  execute format($q$
    insert into public.access_tokens (
      id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count,
      is_active, payment_id, metadata, created_at %s
    )
    select
      old.id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count,
      is_active, payment_id, metadata, created_at %s
    from sesame.read_old_tokens('access_tokens', $1, $2) as old
    %s
    where problem is null
      and not exists (select from public.access_tokens as here where here.id = old.id)
    order by created_by
    on conflict (id) do nothing
  $q$,
    sesame.carried_list('access_tokens', '%I'),
    sesame.carried_list('access_tokens', '(said.row).%I'),
    case when sesame.carried_list('access_tokens', '%I') <> '' then format(
      'join (%s) as said on said.key = metadata -> ''legacy'' ->> ''id'' ',
      sesame.old_rows_query('access_tokens', from_block, to_block)
    ) end
  ) using from_block, to_block;
  get diagnostics v_came = row_count;
  return v_came;
end
$$;

comment on function sesame.move_tokens_in is
  'Brings the old tokens in these blocks of legacy.access_tokens across, if they are not here yet. Answers how '
  'many. The trigger on tokens carries them into access.';
