-- Finds the payment that a site names in its own columns and metadata.

-- Sites have many names for the same thing, so names are compared without case, underscores and hyphens.
create function sesame.bare_name(name text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return lower(replace(replace(name, '_', ''), '-', ''));
end
$$;

create function sesame.means_payment(name text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.bare_name(name)
    ~ '^(stripe)?(payment(intent)?|(checkout)?session|charge|invoice|subscription|transaction)(id)?$';
end
$$;

create function sesame.payment_named(of_columns jsonb, in_metadata jsonb) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select said.id
    from (
      select name, btrim(id) as id, true as is_column from jsonb_each_text(of_columns) as named (name, id)
      union all
      select name, btrim(id), false
      from jsonb_each_text(case when jsonb_typeof(in_metadata) = 'object' then in_metadata else '{}' end)
        as named (name, id)
      where sesame.means_payment(name)
    ) as said
    cross join lateral (
      -- The subscription comes first: access is open as long as it is, whichever of its payments is named beside it.
      select case
        when said.id ~ '^sub_' then 1
        when said.id ~ '^pi_' then 2
        when said.id ~ '^(ch|py)_' then 3
        when said.id ~ '^in_' then 4
        when said.id ~ '^cs_' then 5
        when said.is_column and sesame.bare_name(said.name) ~ 'payment.*id$' and said.id <> '' then 6
      end as place
    ) as rank
    where rank.place is not null
    order by rank.place, said.name
    limit 1
  );
end
$$;

comment on function sesame.payment_named is
  'The payment that an old row names, in columns or in its metadata: a subscription (sub_), a payment, a charge, an '
  'invoice, a session, or an id of the site''s own.';
