-- One spelling for each address, so that two addresses can be compared.
--
-- Two spellings are the same address only where they reach the same mailbox for certain: letters of ASCII in either
-- case, spaces around it, a letter and its accent in one character or in two, and a domain in Unicode or in punycode.
-- Nothing else: Unicode case folding would turn the Kelvin sign into a k, and that is another mailbox.

create function sesame.punycode(label text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  -- RFC 3492, section 6.3, with its own names.
  v_points integer[] := array(select ascii(letter) from string_to_table(label, null) with ordinality as t (letter, n) order by n);
  v_basic text := regexp_replace(label, '[^\x01-\x7f]', '', 'g');
  v_output text := case when v_basic <> '' then v_basic || '-' else '' end;
  v_handled integer := length(v_basic);
  v_n integer := 128;
  v_delta bigint := 0;
  v_bias integer := 72;
  v_point integer;
  v_next integer;
  v_q bigint;
  v_k integer;
  v_t integer;
  v_digit integer;
begin
  while v_handled < length(label) loop
    v_next := (select min(point) from unnest(v_points) as point where point >= v_n);
    v_delta := v_delta + (v_next - v_n)::bigint * (v_handled + 1);
    v_n := v_next;
    foreach v_point in array v_points loop
      if v_point < v_n then
        v_delta := v_delta + 1;
      elsif v_point = v_n then
        v_q := v_delta;
        v_k := 36;
        loop
          v_t := least(greatest(v_k - v_bias, 1), 26);
          v_digit := case when v_q < v_t then v_q else v_t + (v_q - v_t) % (36 - v_t) end;
          v_output := v_output || substr('abcdefghijklmnopqrstuvwxyz0123456789', v_digit + 1, 1);
          exit when v_q < v_t;
          v_q := (v_q - v_t) / (36 - v_t);
          v_k := v_k + 36;
        end loop;
        v_bias := sesame.punycode_bias(v_delta, v_handled + 1, v_handled = length(v_basic));
        v_delta := 0;
        v_handled := v_handled + 1;
      end if;
    end loop;
    v_delta := v_delta + 1;
    v_n := v_n + 1;
  end loop;
  return 'xn--' || v_output;
end
$$;

comment on function sesame.punycode is 'A label of a domain as DNS writes it: münchen is xn--mnchen-3ya. Not for labels of ASCII.';

create function sesame.punycode_bias(delta bigint, points integer, is_first boolean) returns integer
language plpgsql immutable strict set search_path = '' as $$
declare
  v_delta bigint := delta / case when is_first then 700 else 2 end;
  v_bias integer := 0;
begin
  v_delta := v_delta + v_delta / points;
  while v_delta > 455 loop
    v_delta := v_delta / 35;
    v_bias := v_bias + 36;
  end loop;
  return v_bias + 36 * v_delta / (v_delta + 38);
end
$$;

create function sesame.is_ascii(written text) returns boolean
language plpgsql immutable strict set search_path = '' as $$
begin
  return octet_length(written) = length(written);
end
$$;

create function sesame.composed(written text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  -- Some characters normalize to another one (the Kelvin sign to K). Composing would replace them.
  return case
    when exists (select from string_to_table(written, null) as letter where normalize(letter) <> letter) then written
    else normalize(written)
  end;
end
$$;

comment on function sesame.composed is
  'The text with each letter and its accents as one character (NFC), unless that would replace a character.';

create function sesame.ascii_domain(domain text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return (
    select string_agg(case when sesame.is_ascii(label) then label else sesame.punycode(label) end, '.' order by place)
    from string_to_table(domain, '.') with ordinality as labels (label, place)
  );
end
$$;

-- With the owner's rights: a server that inserts a token for an address calls this function through an index.
create function sesame.tidy_email(written text) returns text
language plpgsql immutable strict security definer set search_path = '' as $$
declare
  v_address text := btrim(written, e' \t\r\n');
begin
  if octet_length(v_address) = length(v_address) or length(v_address) > 320 then
    v_address := lower(v_address collate "C");
  else
    -- Composed before and after lower(), which changes ASCII only. So É stays É in either spelling, and a J with an
    -- accent becomes a j with that accent.
    v_address := sesame.composed(lower(sesame.composed(v_address) collate "C"));
    v_address := regexp_replace(v_address, '@[^@]*$', '')
      || coalesce('@' || sesame.ascii_domain(substring(v_address from '@([^@]*)$')), '');
  end if;
  return case when length(v_address) between 1 and 320 then v_address end;
end
$$;

comment on function sesame.tidy_email is
  'An address as it is compared: without the spaces around it, letters of ASCII in lower case, accents composed, '
  'the domain in punycode; null: the text is no address, or too long for one.';
