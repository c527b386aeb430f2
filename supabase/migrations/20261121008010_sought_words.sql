-- A search for addresses and ids in texts. It finds a word in any spelling, and never as a part of a longer word.

create function sesame.bounded(spellings text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  -- These are letters beyond ASCII, without the quotation marks and spaces among them.
  v_letters text := '\u00c0-\u1fff\u2070-\u2fff\u3040-\uffff\U00010000-\U0010ffff';
begin
  return
    -- Before the word: no character that an address may have there, or an escape of a character that it may not have.
    format($re$(?:(?<![a-z0-9._+%s-]|[a-z0-9]')$re$, v_letters)
    || $re$|(?<=\\[bfnrt]|\\u00(?:[0189ab].|2[0-689acf]|3[a-f]|40|5[b-e]|60|7[b-f])|\\u(?:20[0-6]|30[0-3]).)$re$
    || $re$|(?<=%(?:[01].|2[0-689acf]|3[a-f]|40|5[b-e]|60|7[b-f]|c2%[89ab].|e2%80%[89ab].))$re$
    || $re$|(?<=(?:^|[^a-z0-9])(?:\\u0027|%27)))$re$
    || format('(?:%s)', spellings)
    -- After the word: no character that would continue the domain.
    || $re$(?!(?:[.-]|\\+u002[de]|%(?:25)*2[de])*(?:[a-z0-9$re$ || v_letters || $re$]$re$
    || $re$|\\+u(?:003[0-9]|00[46][1-9a-f]|00[57][0-9a]|00[c-f].|0[1-9a-f]..|1...|2[1-9a-f]..|[4-9a-f]...)$re$
    || $re$|%(?:25)*(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|c[3-9a-f]|[df].|e[013-9a-f])))$re$;
end
$$;

comment on function sesame.bounded is
  'The same expression, but never within a longer address: nada@… and …com.au are other addresses.';

create type sesame.sought as (piece text, disguises text, spellings text, bounded text);

comment on type sesame.sought is
  'A word to find: a piece that every plain spelling has, escapes that may hide it, and the expression that it '
  'has to match.';

-- Ids as they are. What is no address stands in too many texts that are not about anybody.
create function sesame.sought_words(words text[]) returns sesame.sought[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(
    select case
      when position('@' in word) = 0 then (lower(word collate "C"), null, null, null)::sesame.sought
      else (
        piece,
        (
          select format($re$(?:\\+u00|%%(?:25)*)(?:%s)$re$, string_agg(distinct to_hex(ascii(letter)), '|'))
          from string_to_table(piece || upper(piece collate "C"), null) as letter
        ),
        sesame.spellings(word),
        sesame.bounded(sesame.spellings(word))
      )::sesame.sought
    end
    from unnest(words) as word
    cross join lateral (
      -- The piece is from the part before the @, which tells addresses apart; or from the domain, if that part has
      -- none.
      select coalesce((
        select run from regexp_split_to_table(split_part(word, '@', 1), '[^a-z0-9]+' collate "C") as run
        where length(run) > 1 order by length(run) desc limit 1
      ), (
        select label from string_to_table(substring(word from '@([^@]*)$'), '.') as label
        where label ~ '^[a-z0-9]+$' collate "C" order by length(label) desc limit 1
      ), '') as piece
    ) as pieces
  );
end
$$;

create function sesame.names(body text, sought sesame.sought) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  -- The order matters: each test costs more than the one before, and fewer texts reach it.
  return case
    when position(sought.piece in body) > 0
      or (position('\u00' in body) > 0 or position('%' in body) > 0) and body ~ sought.disguises
    then sought.spellings is null
      or body collate "C" ~ sought.spellings and body collate "C" ~ sought.bounded
    else false
  end;
end
$$;

comment on function sesame.names is 'Whether a text, in lower case of ASCII, contains this word.';
