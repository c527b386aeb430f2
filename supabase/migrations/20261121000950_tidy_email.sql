-- One spelling for each address, so that two of them can be compared.

create function sesame.tidy_email(written text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  -- Letters of ASCII alone: the Kelvin sign is no k, and what looks like a dot elsewhere is none. Such an
  -- address belongs to somebody else.
  v_address text := lower(btrim(written, e' \t\r\n') collate "C");
begin
  return case when length(v_address) between 1 and 320 then v_address end;
end
$$;

comment on function sesame.tidy_email is
  'An address as it is compared: without the spaces around it, in lower case; null: none, or longer than any.';
