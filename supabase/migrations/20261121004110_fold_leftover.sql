-- Deliveries fold a little of what a large change left. So it ends even if its caller is gone.
create function sesame.fold_leftover() returns void
language plpgsql volatile set search_path = '' as $$
begin
  if sesame.is_all_folded() then
    return;
  end if;
  begin
    perform sesame.fold_next_part(100);
  exception when query_canceled or others then
    -- The delivery is not at fault, and its events must be stored. The part stays to be folded.
    raise warning 'a part of an earlier change could not be folded: % (%)', sqlerrm, sqlstate;
  end;
end
$$;

comment on function sesame.fold_leftover is
  'Folds some objects of an earlier change that touched too many at once. Call under lock_fold().';
