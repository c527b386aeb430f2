-- The Stripe customer of a user.

create index checkout_sessions_user_ref_idx on sesame.checkout_sessions (user_ref) where user_ref is not null;
create index subscriptions_user_ref_idx on sesame.subscriptions (user_ref) where user_ref is not null;
create index customers_user_ref_idx on sesame.customers (user_ref) where user_ref is not null;

create function sesame.customer_of(
  of_user uuid, of_livemode boolean, out customer_id text, out former_customers integer
)
language plpgsql stable set search_path = '' as $$
declare
  v_accounts uuid[] := sesame.accounts_of(of_user);
  v_refs text[] := sesame.refs_of(of_user);
begin
  -- Only customers that the site named for this user count. A buyer may type the address of any member. An address, a
  -- claim link or a moved purchase gives the paid modules. It does not give the right to see or change the payment
  -- method.
  with named as (
    select customer.id
    from sesame.customers as customer
    where customer.user_ref = any (v_refs) and (customer.account, customer.livemode) = ('', of_livemode)
    union
    select session.customer_id
    from sesame.checkout_sessions as session
    where session.user_ref = any (v_refs) and (session.account, session.livemode) = ('', of_livemode)
    union
    select subscription.customer_id
    from sesame.subscriptions as subscription
    where subscription.user_ref = any (v_refs) and (subscription.account, subscription.livemode) = ('', of_livemode)
  ),
  judged as (
    select
      named.id, coalesce(held.is_deleted, false) as is_deleted,
      -- Never use a Stripe customer that several users share: each would see the others' invoices.
      coalesce(held.user_ref = any (v_refs), not exists (
        select from sesame.checkout_sessions as other
        where other.customer_id = named.id and other.user_ref <> all (v_refs)
        union all
        select from sesame.subscriptions as other
        where other.customer_id = named.id and other.user_ref <> all (v_refs)
        union all
        select from sesame.subscriptions as other join sesame.claims as claim on claim.object_id = other.id
        where other.customer_id = named.id and claim.user_id <> all (v_accounts) and claim.way <> 'operator'
      )) as is_exclusive,
      exists (
        select from sesame.subscriptions as running
        where running.customer_id = named.id
          and running.status not in ('incomplete', 'incomplete_expired', 'canceled')
      ) as has_subscription
    from named
    left join sesame.customers as held on (held.id, held.account, held.livemode) = (named.id, '', of_livemode)
    where named.id is not null
  )
  select
    (array_agg(judged.id order by judged.has_subscription desc, judged.id)
      filter (where judged.is_exclusive and not judged.is_deleted))[1],
    count(distinct judged.id) filter (where judged.is_deleted)
  into customer_id, former_customers
  from judged;
end
$$;

comment on function sesame.customer_of is
  'The Stripe customer that the site named for this user, and how many of their customers are deleted at Stripe. '
  'Null: there is none, or only customers that buy for others, too.';
