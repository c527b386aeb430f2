-- Every way to write an address in a text. Erasure has to find all of them, and no other address.
--
-- A spelling is a regular expression of Postgres, for text in lower case of ASCII. A character may be written as it
-- is, escaped as JSON does (\u0061, also twice), or percent-encoded (%61, also twice).

create function sesame.unicode_label(label text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  -- The algorithm and the names are those of RFC 3492, section 6.2.
  v_encoded text := substr(label, 5);
  v_basic text := coalesce(substring(v_encoded from '^(.*)-'), '');
  v_points integer[] := array(select ascii(letter) from string_to_table(nullif(v_basic, ''), null) with ordinality as t (letter, n) order by n);
  v_n integer := 128;
  v_i bigint := 0;
  v_bias integer := 72;
  v_old bigint;
  v_weight bigint;
  v_k integer;
  v_t integer;
  v_digit integer;
  v_rest text := case when v_basic = '' then ltrim(v_encoded, '-') else substr(v_encoded, length(v_basic) + 2) end;
begin
  while v_rest <> '' loop
    v_old := v_i;
    v_weight := 1;
    v_k := 36;
    loop
      v_digit := position(left(v_rest, 1) in 'abcdefghijklmnopqrstuvwxyz0123456789') - 1;
      if v_rest = '' or v_digit < 0 or v_weight > 2147483647 then
        return null;
      end if;
      v_rest := substr(v_rest, 2);
      v_i := v_i + v_digit * v_weight;
      v_t := least(greatest(v_k - v_bias, 1), 26);
      exit when v_digit < v_t;
      v_weight := v_weight * (36 - v_t);
      v_k := v_k + 36;
    end loop;
    v_bias := sesame.punycode_bias(v_i - v_old, cardinality(v_points) + 1, v_old = 0);
    v_n := v_n + v_i / (cardinality(v_points) + 1);
    v_i := v_i % (cardinality(v_points) + 1);
    if v_n not between 128 and 1114111 or v_n between 55296 and 57343 then
      return null;
    end if;
    v_points := v_points[:v_i::integer] || v_n || v_points[v_i::integer + 1:];
    v_i := v_i + 1;
  end loop;
  return (select string_agg(chr(point), '' order by place) from unnest(v_points) with ordinality as t (point, place));
end
$$;

comment on function sesame.unicode_label is
  'A label of a domain that begins with xn--, in Unicode. Null: it is not a valid one.';

-- é, É, and e with its accent are the same letter. Some letters share their other case with another letter (ß and SS,
-- the Kelvin sign and k). Those have one case only.
create function sesame.forms_of(letter text) returns text[]
language plpgsql immutable strict set search_path = '' as $$
declare
  v_lower text;
  v_upper text;
begin
  begin
    v_lower := case when upper(lower(letter collate "und-x-icu")) = letter then lower(letter collate "und-x-icu") end;
    v_upper := case when lower(upper(letter collate "und-x-icu")) = letter then upper(letter collate "und-x-icu") end;
  exception when undefined_object then
    -- This Postgres has no ICU: the case rules of its own locale must do.
    v_lower := case when upper(lower(letter)) = letter then lower(letter) end;
    v_upper := case when lower(upper(letter)) = letter then upper(letter) end;
  end;
  return array(
    select distinct form from (
      select form from unnest(array[letter, v_lower, v_upper]) as form
      union all
      select normalize(form, nfd) from unnest(array[letter, v_lower, v_upper]) as form
      where normalize(normalize(form, nfd), nfc) = form
    ) as forms (form)
    where form is not null
  );
end
$$;

create function sesame.spelled_point(letter text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  v_point integer := ascii(letter);
  v_hex text := lpad(to_hex(v_point), 4, '0');
begin
  return format(
    '%s|%s|%s',
    case when letter ~ '[a-z0-9]' collate "C" then letter else '\\*\U' || lpad(to_hex(v_point), 8, '0') end,
    case when v_point < 65536 then '\\+u' || v_hex else format(
      '\\+u%s\\+u%s', to_hex(55296 + (v_point - 65536) / 1024), to_hex(56320 + (v_point - 65536) % 1024)
    ) end,
    regexp_replace(encode(convert_to(letter, 'UTF8'), 'hex'), '(..)', '%(?:25)*\1', 'g')
  );
end
$$;

comment on function sesame.spelled_point is
  'One character: as it is, as JSON escapes it, or percent-encoded.';

create function sesame.spelled(written text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return (
    select coalesce(string_agg(format('(?:%s)', (
      select string_agg(
        (
          select string_agg(format('(?:%s)', sesame.spelled_point(point)), '' order by n)
          from string_to_table(form, null) with ordinality as points (point, n)
        ), '|'
      )
      from unnest(sesame.forms_of(letter)) as form
    )), '' order by place), '')
    from string_to_table(written, null) with ordinality as letters (letter, place)
  );
end
$$;

comment on function sesame.spelled is 'A text with every spelling of each of its letters.';

create function sesame.spelled_domain(domain text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return (
    select string_agg(
      case when label like 'xn--%' and sesame.unicode_label(label) is not null
        then format('(?:%s|%s)', sesame.spelled(label), sesame.spelled(sesame.unicode_label(label)))
        else sesame.spelled(label)
      end, format('(?:%s)', sesame.spelled_point('.')) order by place
    )
    from string_to_table(domain, '.') with ordinality as labels (label, place)
  );
end
$$;

create function sesame.spellings(address text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  -- The part before the @ may be in quotes.
  return sesame.spelled(regexp_replace(address, '@[^@]*$', ''))
    || format('(?:%s)?(?:%s)', sesame.spelled_point('"'), sesame.spelled_point('@'))
    || sesame.spelled_domain(substring(address from '@([^@]*)$'));
end
$$;

comment on function sesame.spellings is
  'A regular expression that finds a tidy address in a text in lower case, also within a longer address.';
