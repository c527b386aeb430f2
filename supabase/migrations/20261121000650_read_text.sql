-- Reads a text as a value of another type: null where it is not one. Hosted projects run Postgres 15 too, which
-- has no pg_input_is_valid. A call takes about two microseconds; a regular expression takes no less.

create function sesame.as_uuid(written text) returns uuid
language plpgsql immutable strict set search_path = '' as $$
begin
  return written::uuid;
exception when data_exception then
  return null;
end
$$;

create function sesame.as_flag(written text) returns boolean
language plpgsql immutable strict set search_path = '' as $$
begin
  return written::boolean;
exception when data_exception then
  return null;
end
$$;

create function sesame.as_time(written text) returns timestamptz
language plpgsql immutable strict set search_path = '' set timezone = 'UTC' as $$
begin
  return written::timestamptz;
exception when data_exception then
  return null;
end
$$;
comment on function sesame.as_time is 'A time without a zone is taken as UTC.';

create function sesame.as_json(written text) returns jsonb
language plpgsql immutable strict set search_path = '' as $$
begin
  return written::jsonb;
exception when data_exception then
  return null;
end
$$;

create function sesame.as_email(written text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return case when written ~ '^\s*[^@\s]+@[^@\s]+\s*$' then sesame.tidy_email(written) end;
end
$$;

comment on function sesame.as_email is 'The address in the spelling that is compared (tidy_email), or null where the text does not look like one.';

create function sesame.as_count(written text) returns integer
language plpgsql immutable strict set search_path = '' as $$
begin
  -- A numeric may say 100.00.
  return case when written ~ '^[0-9]{1,9}(\.[0-9]*)?$' then split_part(written, '.', 1)::integer end;
end
$$;
