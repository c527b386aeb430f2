-- The catalogue decides which prices are for sale: a mapping makes a price one of ours, and its terms may hide it.

create function sesame.tg_list_prices() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_prices text[];
begin
  if tg_op = 'UPDATE' then
    v_prices := array(select stripe_price_id from former union select stripe_price_id from changed);
  else
    v_prices := array(select distinct stripe_price_id from changed);
  end if;
  perform sesame.lock_fold();
  perform sesame.list_prices(v_prices);
  return null;
end
$$;

create trigger module_prices_list_inserted
  after insert on public.module_prices
  referencing new table as changed
  for each statement
  execute function sesame.tg_list_prices();

create trigger module_prices_list_updated
  after update on public.module_prices
  referencing old table as former new table as changed
  for each statement
  execute function sesame.tg_list_prices();

create trigger module_prices_list_deleted
  after delete on public.module_prices
  referencing old table as changed
  for each statement
  execute function sesame.tg_list_prices();

-- The lock comes before the rows, as for module_prices.
create trigger price_terms_lock
  before insert or update or delete on public.price_terms
  for each statement
  execute function sesame.tg_lock_fold();

create trigger price_terms_list_inserted
  after insert on public.price_terms
  referencing new table as changed
  for each statement
  execute function sesame.tg_list_prices();

create trigger price_terms_list_updated
  after update on public.price_terms
  referencing old table as former new table as changed
  for each statement
  execute function sesame.tg_list_prices();

create trigger price_terms_list_deleted
  after delete on public.price_terms
  referencing old table as changed
  for each statement
  execute function sesame.tg_list_prices();
