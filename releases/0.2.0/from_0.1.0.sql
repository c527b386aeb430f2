-- Sesame 0.1.0 to 0.2.0. Sesame wrote this file: do not edit it.

-- Refuses a database that is not at 0.1.0. Then nothing changes.
do $$
declare
  v_here text;
begin
  -- A second push at the same time waits here, and finds the work done.
  perform pg_advisory_xact_lock(hashtextextended('sesame.upgrade', 0));
  if coalesce(obj_description(to_regnamespace('sesame'), 'pg_namespace'), '') not like 'Sesame:%' then
    raise sqlstate 'SE010' using
      message = 'Sesame is not installed here; nothing was changed',
      detail = '- This is only the upgrade from 0.1.0 to 0.2.0.';
  end if;
  if to_regclass('sesame.release') is null then
    raise sqlstate 'SE010' using
      message = 'Sesame here is from before its first release; nothing was changed',
      detail = '- This upgrade starts at 0.1.0.';
  end if;
  select version into v_here from sesame.release order by applied_at desc limit 1;
  if exists (select from sesame.release where version = '0.2.0') then
    raise sqlstate 'SE010' using
      message = format('Sesame %s is installed here already; nothing was changed', v_here),
      detail = '- If only the row of this migration is missing in the history: '
        'npx supabase@3.1.0 migration repair --status applied 00000000000000';
  end if;
  if string_to_array(split_part(v_here, '-', 1), '.')::integer[]
    > string_to_array(split_part('0.2.0', '-', 1), '.')::integer[] then
    raise sqlstate 'SE010' using
      message = format('Sesame %s is installed here; nothing was changed', v_here),
      detail = format('- 0.2.0 is older. A downgrade would lose data, so there is none: use Sesame %s or newer.', v_here);
  end if;
  if v_here is null then
    raise sqlstate 'SE010' using
      message = 'sesame.release is empty here; nothing was changed',
      detail = '- So the version is unknown, and this upgrade starts at 0.1.0. Restore the rows of sesame.release.';
  end if;
  if v_here <> '0.1.0' then
    raise sqlstate 'SE010' using
      message = format('Sesame %s is installed here; nothing was changed', v_here),
      detail = format('- This upgrade starts at 0.1.0. First comes the upgrade from %s to 0.1.0.', v_here);
  end if;
  if sesame.is_aside() then
    raise sqlstate 'SE010' using
      message = 'Sesame stands aside here, and old tables are in use; nothing was changed',
      detail = '- First bring Sesame back: select sesame.step_in();';
  end if;
end
$$;

-- Waits until every call in flight has ended, and keeps new ones waiting until the end. The inbox comes first, then the
-- views, then the tables below them, as a reader takes them. Another session may hold one of them and wait for another,
-- which would be a deadlock. So after half a second this lets go of all, and begins again.
do $$
declare
  v_timeout text := current_setting('lock_timeout');
  v_end timestamptz := clock_timestamp() + interval '60 seconds';
  v_relation record;
begin
  loop
    begin
      for v_relation in
        select relation.oid::regclass as name, relname, relkind, relowner::regrole as owner
        from pg_catalog.pg_class as relation
        where relkind in ('r', 'p', 'v')
          and (relnamespace = 'sesame'::regnamespace or relation.oid in (select id from sesame.surface('public')))
        order by relname <> 'stripe_events', relkind <> 'v', relname
      loop
        -- While it waits for the first one it holds none.
        perform set_config('lock_timeout', case v_relation.relname when 'stripe_events' then '5s' else '500ms' end, true);
        if v_relation.relkind = 'v' then
          -- "lock table" would lock the tables below it too, those of Auth among them. This locks only the view.
          execute format('alter view %s owner to %s', v_relation.name, v_relation.owner);
        else
          execute format('lock table %s in access exclusive mode', v_relation.name);
        end if;
      end loop;
      perform set_config('lock_timeout', v_timeout, true);
      return;
    exception when lock_not_available or deadlock_detected then
      if clock_timestamp() > v_end then
        raise sqlstate '55P03' using
          message = 'Sesame is too busy to be upgraded; nothing was changed',
          hint = 'For a minute another session has held one of its tables. Push again.';
      end if;
      perform pg_sleep(0.1);
    end;
  end loop;
end
$$;

-- An event can be stored before it is applied. No statement of this upgrade may use the new value.
alter type sesame.event_outcome add value 'received' before 'applied';

-- Events that are stored while the fold is busy wait in a table of their own.
create table sesame.waiting_events (
  event_id text primary key,
  event jsonb not null,
  together integer not null default 500,
  place bigint generated always as identity,
  constraint waiting_events_together_is_positive check (together > 0)
);
alter table sesame.waiting_events alter column event set storage external;
create index waiting_events_place_idx on sesame.waiting_events (place);
alter table sesame.waiting_events enable row level security;

-- A change that touches thousands of objects is folded part by part.
create table sesame.unfolded_objects (
  kind text not null,
  id text not null,
  is_followed boolean not null,
  cause text not null,
  since timestamptz not null default now(),
  failures integer not null default 0,
  error text,
  next_try timestamptz not null default now(),
  primary key (kind, id)
);
create index unfolded_objects_parts_idx on sesame.unfolded_objects (failures, is_followed, cause, kind, id);
alter table sesame.unfolded_objects enable row level security;
create table sesame.unfolded_walk (
  is_only boolean primary key default true,
  next text not null,
  walked bigint not null default 0,
  total bigint not null,
  cause text not null,
  since timestamptz not null default now(),
  constraint unfolded_walk_is_one_row check (is_only)
);
alter table sesame.unfolded_walk enable row level security;

-- A renewal changes rows in place and writes fewer indexes. Existing pages get the room as their rows change.
drop index sesame.subscriptions_latest_invoice_id_idx;
alter table sesame.subscriptions set (fillfactor = 80);
alter table sesame.grants set (fillfactor = 90);
alter table public.module_access set (fillfactor = 90);
alter table public.module_access
  drop constraint module_access_user_id_module_id_key,
  add constraint module_access_user_id_module_id_key unique (user_id, module_id);
drop index sesame.stripe_events_object_id_idx;
create index stripe_events_object_id_idx on sesame.stripe_events
  using brin (object_id text_bloom_ops) with (autosummarize = on, pages_per_range = 16);
create index stripe_events_fetched_idx on sesame.stripe_events (object_id) where type like '%.fetched';

-- The inbox: how long bodies are kept, what waits, and what retention reads.
alter type sesame.code add value 'event_waiting' before 'exhausted';
alter type sesame.code add value 'fold_pending' before 'foreign_account';
alter table sesame.alert_kinds alter column kind type text;
insert into sesame.alert_kinds (kind, severity, patience) values
  ('event_waiting', 'warning', '0'), ('fold_pending', 'warning', '0');
alter table sesame.settings add column keep_bodies interval not null default '90 days';
alter table sesame.settings
  add constraint settings_keep_bodies_is_not_negative check (keep_bodies >= interval '0');
drop index sesame.stripe_events_unsettled_idx;
create index stripe_events_unsettled_idx on sesame.stripe_events (received_at)
  where outcome not in ('applied', 'ignored');
create index stripe_events_bodies_idx on sesame.stripe_events (received_at)
  where payload <> '' and outcome in ('applied', 'ignored');
create index uses_used_at_idx on sesame.uses using brin (used_at);

comment on column sesame.settings.keep_bodies is 'How long the bodies of applied and ignored events are kept. 0: they are not stored. Facts stay in any case, and every other event keeps its body until it is settled, because a replay reads it. No access depends on it.';
comment on column sesame.stripe_events.outcome is 'received: it is stored, and the next fold applies it. applied: its facts are stored. ignored: it does not concern access. quarantined: it has the wrong mode or a foreign account. failed: it could not be applied; a redelivery or a replay tries again.';
comment on column sesame.stripe_events.payload is 'The body as signed. Large values lie outside the row, uncompressed. Empty: the body is gone, because the event was settled and keep_bodies is over, or because its user was erased.';
comment on column sesame.unfolded_objects.cause is 'The cause that the access log will name.';
comment on column sesame.unfolded_objects.error is 'The SQLSTATE of its last failure.';
comment on column sesame.unfolded_objects.failures is 'How often the part with it has failed. After the first failure it is a part of its own, after all others.';
comment on column sesame.unfolded_objects.is_followed is 'The objects that depend on it are in the table, too.';
comment on column sesame.unfolded_objects.kind is 'The kind of the object. member: a user whose access a walk could not write.';
comment on column sesame.unfolded_walk.next is 'Where the next part starts, see part_of_walk.';
comment on column sesame.waiting_events.event is 'The event with its facts and without its body, which is in the inbox.';
comment on column sesame.waiting_events.place is 'The order of arrival.';
comment on column sesame.waiting_events.together is 'How many events are folded with it, at most. Each fold that times out halves this number.';
comment on function public.claim_free_module(text) is 'Opens a free module (slug or id) for the signed-in member. False: they have it already. SE006: no such module; SE007: this module is not free; PT503: access is busy, try again.';
comment on function public.claim_purchase(text) is 'Gives the purchase of this claim link to the signed-in member, for good. SE020: the link is unknown, used, expired or revoked, or its purchase has an owner by now. 42501: not signed in. PT503: access is busy, try again.';
comment on function public.has_module_access(text) is 'Whether the signed-in member may use this module (slug or id) now. For policies of other tables: using ((select has_module_access(''stable-diffusion''))). It reads module_access with the rights of its owner: a policy that you add to that table does not change its answer.';
comment on function public.remap_price(text,text,jsonb,text,text,boolean,text) is 'Corrects the mapping of a price, for earlier and later sales. It opens this module (slug or id); null: nothing, on purpose. terms {access_level, max_usage, access_duration}: a missing term stays as it is. instead_of: only this module of a bundle is replaced. Answers a row for each user and module whose access changes. A row with user_id null counts the purchases without a known buyer. Where thousands of purchases have the price, the answer is one row with change follows and their number: sesame_fold_part derives them. dry_run: the answer is the same, and nothing is changed. SE006: no such module. SE070: no such price. SE071: terms that cannot be read. SE072: the price does not open instead_of. 23514 or 23502: actor or reason is empty.';
comment on function public.sesame_failed_event(text) is 'An event that waits for the fold or could not be applied, as it was stored. No row: it is neither.';
comment on function public.sesame_failed_events(text,integer,boolean,text[]) is 'Stored events without effect, by id. They could not be applied, have waited for the fold for five minutes, or were not ours and are now. They are to be translated and processed again.';
comment on function public.sesame_webhook_health() is 'The health of the webhook. troubles: events_failed (one has been failing for ten minutes), events_waiting (for five minutes), silence (three times the usual one) or refused (see refusal). For the last day: events by outcome, the lag in seconds from Stripe''s created to our commit, and deliveries with the success rate. Then: why signed deliveries are refused now, what waits, and open alerts by severity. Then: milliseconds of each route''s calls, events of each hour of a day, and opened and closed accesses of each of thirty days. inbox: its size on disk (see sesame.inbox_size). unfolded: what a large change left (see sesame.unfolded_now). Times are UTC.';
comment on function sesame.findings_of(sesame.part) is 'What an operator may have to look at in this part of the walk, one row each, by the codes of the runbook. The first part also holds what is unfinished, and objects that have waited too long to be derived. While a large change is folded part by part, access that differs is no finding: it only lags behind.';
comment on function sesame.fold_prices(text[]) is 'Derives again all that was sold at these prices, part by part if it is much. Call it under lock_fold().';
comment on function sesame.purge(interval,integer) is 'Empties the bodies of applied and ignored events that are older than the setting keep_bodies, or than this if that is shorter. Deletes requests of modules, and deleted accounts without a purchase, that are older than this; null: 90 days. It never touches an event that waits, has failed or is quarantined. It handles at most this many of each and answers how many. Run it again until it answers 0. SE009: less than 30 days.';
comment on function sesame.schedule_upkeep() is 'Schedules alerts, retention and the fold of what waits under the names sesame-alerts, sesame-purge and sesame-fold. Several calls schedule them once. False: pg_cron is not on.';
comment on function sesame.surface(regnamespace) is 'Sesame''s objects in schema public, now or before it stepped aside. process_stripe_events and fold_received_events are not among them: they stay, to answer that Sesame is asleep.';
comment on table sesame.unfolded_objects is 'Objects whose grants are still to be derived after a change that touched too many at once. Their access may lag behind until then. Private: no policy, written by defer_objects and fold_objects_part only.';
comment on table sesame.unfolded_walk is 'The walk through all rows after a change of the settings, until it ends: one row or none. Private: no policy, written by fold_everything_or_defer and fold_walk_part only.';
comment on table sesame.waiting_events is 'The events of the inbox that are received: the next fold applies them. Private: no policy, written by process_stripe_events and fold_received_events only.';
comment on view sesame.stored_events is 'The inbox in the terms of Stripe''s API: created in Unix seconds, account null for the project''s own. by_parts: the event alone took longer than a call may, so its replay is folded part by part.';

do $$
declare
  v_users text;
begin
  drop function if exists public.process_stripe_events(jsonb);
  drop function if exists public.sesame_failed_event(text);
  drop function if exists public.sesame_failed_events(text,integer,boolean,text[]);
  drop function if exists sesame.hold_limits();
  drop function if exists sesame.purge(interval,integer);
  drop function if exists sesame.sales_of_prices(text[]);
  drop function if exists sesame.settle_limits();
  drop function if exists sesame.store_events(jsonb,jsonb);
exception when dependent_objects_still_exist then
  get stacked diagnostics v_users = pg_exception_detail;
  raise sqlstate 'SE010' using
    message = 'Sesame cannot be upgraded yet; nothing was changed',
    detail = v_users,
    hint = 'Change each of these in a migration before this one, so that it does without. Then push again.';
end
$$;

create or replace function sesame.merge_subscription(
  fact jsonb, out former sesame.subscriptions, out present sesame.subscriptions
)
language plpgsql volatile set search_path = '' as $$
declare
  v_at timestamptz := to_timestamp((fact ->> 'stamp')::bigint);
  v_snapshots jsonb := jsonb_build_array(
    fact || jsonb_build_object('is_final', fact ->> 'status' in ('canceled', 'incomplete_expired')));
  v_chosen jsonb;
begin
  select held.* into former from sesame.subscriptions as held
  where (held.id, held.account, held.livemode)
    = (fact ->> 'id', fact ->> 'account', (fact ->> 'livemode')::boolean);

  present := former;
  present.livemode := (fact ->> 'livemode')::boolean;
  present.account := fact ->> 'account';
  present.id := fact ->> 'id';
  present.snapshots := sesame.newest_of(coalesce(former.snapshots, '[]') || v_snapshots);
  v_chosen := sesame.decide_tie(present.snapshots, enum_range(null::sesame.subscription_status)::text[]);
  present.is_settled := v_chosen -> 'is_settled';
  present.status := v_chosen ->> 'status';
  present.is_paused := v_chosen -> 'is_paused';
  present.cancel_at := to_timestamp((v_chosen ->> 'cancel_at')::bigint);
  present.cancel_at_period_end := v_chosen -> 'cancel_at_period_end';
  present.ended_at := to_timestamp((v_chosen ->> 'ended_at')::bigint);
  present.trial_end := to_timestamp((v_chosen ->> 'trial_end')::bigint);
  present.latest_invoice_id := v_chosen ->> 'latest_invoice_id';
  present.collection_method := coalesce(v_chosen ->> 'collection_method', 'charge_automatically');
  present.items := v_chosen -> 'items';
  present.items_complete := v_chosen -> 'items_complete';
  present.price_ids := array(
    select distinct item ->> 'price_id' from jsonb_array_elements(present.items) as item order by 1
  );
  if fact ->> 'user_ref' is null then
    present.unnamed_at := least(former.unnamed_at, v_at);
  elsif coalesce((v_at, fact ->> 'user_ref') < (former.user_ref_at, former.user_ref), true) then
    present.user_ref := fact ->> 'user_ref';
    present.user_ref_at := v_at;
  end if;
  if fact ->> 'module_ref' is not null
    and coalesce((v_at, fact ->> 'module_ref') < (former.module_ref_at, former.module_ref), true) then
    present.module_ref := fact ->> 'module_ref';
    present.module_ref_at := v_at;
  end if;
  present.created_at := least(former.created_at, to_timestamp((fact ->> 'created')::bigint));
  present.customer_id := least(former.customer_id, fact ->> 'customer_id');

  if former.id is null then
    insert into sesame.subscriptions select present.*;
  elsif present is distinct from former then
    update sesame.subscriptions set
      (snapshots, is_settled, status, is_paused, cancel_at, cancel_at_period_end, ended_at, trial_end,
       latest_invoice_id, collection_method, items, items_complete, price_ids, user_ref, user_ref_at, unnamed_at,
       module_ref, module_ref_at, created_at, customer_id)
      = (present.snapshots, present.is_settled, present.status, present.is_paused, present.cancel_at,
         present.cancel_at_period_end, present.ended_at, present.trial_end, present.latest_invoice_id,
         present.collection_method, present.items, present.items_complete, present.price_ids, present.user_ref,
         present.user_ref_at, present.unnamed_at, present.module_ref, present.module_ref_at, present.created_at,
         present.customer_id)
    where (id, account, livemode) = (former.id, former.account, former.livemode);
  end if;
end
$$;

create or replace function sesame.by_kind(ids text[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(json_object_agg(named.kind, named.ids)::jsonb, '{}')
    from (
      select sesame.kind_of(id) as kind, jsonb_agg(id) as ids
      from unnest(ids) as id where sesame.kind_of(id) is not null
      group by 1
    ) as named
  );
end
$$;

create or replace function sesame.except_objects(objects jsonb, known jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_kind text;
begin
  if objects = '{}' then
    return objects;
  end if;
  -- A few ids: kind by kind, and nearly always there is one of a kind that is not in known.
  if pg_column_size(objects) < 400 then
    for v_kind in select * from jsonb_object_keys(objects) loop
      if known ? v_kind or jsonb_array_length(objects -> v_kind) > 1 then
        objects := objects || jsonb_build_object(v_kind, array(
          select distinct new.id from jsonb_array_elements_text(objects -> v_kind) as new (id)
          where (known -> v_kind) ? new.id is not true
        ));
        if objects -> v_kind = '[]' then
          objects := objects - v_kind;
        end if;
      end if;
    end loop;
    return objects;
  end if;
  -- As sets: a search in known for each id would take the square of the time.
  return (
    select coalesce(json_object_agg(reached.kind, unknown.ids)::jsonb, '{}')
    from jsonb_each(objects) as reached (kind, ids)
    cross join lateral (
      select jsonb_agg(new.id order by new.id collate "C") as ids
      from (
        select jsonb_array_elements_text(reached.ids) as id
        except
        select jsonb_array_elements_text(known -> reached.kind)
      ) as new
    ) as unknown
    where unknown.ids is not null
  );
end
$$;

create or replace function sesame.portions_of(objects jsonb) returns setof jsonb
language plpgsql immutable set search_path = '' as $$
begin
  if pg_column_size(objects) < 20000 then  -- some 500 ids
    return next objects;
    return;
  end if;
  return query
    select jsonb_build_object(given.kind, jsonb_agg(one.id))
    from jsonb_each(objects) as given (kind, ids)
    cross join lateral jsonb_array_elements(given.ids) with ordinality as one (id, place)
    group by given.kind, (one.place - 1) / 500;
end
$$;

create or replace function sesame.lock_fold_soon() returns boolean
language plpgsql volatile set search_path = '' set lock_timeout = '3ms' as $$
begin
  perform sesame.lock_fold();
  return true;
exception when lock_not_available then
  return false;
end
$$;

create or replace function sesame.refuse_for_now() returns void
language plpgsql volatile set search_path = '' as $$
begin
  raise sqlstate 'PT503' using
    message = 'access is being written by others',
    hint = 'Nothing was changed. Try again in a moment.';
end
$$;

create or replace function sesame.is_timeout(state text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_limit interval := current_setting('statement_timeout');
begin
  return state = '57014' and v_limit > '0' and clock_timestamp() - statement_timestamp() > v_limit * 0.7;
end
$$;

create or replace view sesame.buyer_names as
select
  named.livemode, named.account, named.source, named.source_id,
  named.names || customer.user_ref
    || case when settings.client_reference_id_names_buyer then named.client_reference_id end as names,
  named.named_at || customer.user_ref_at || named.client_reference_at as named_at,
  named.object_ids, coalesce(named.email, customer.email, named.last_email) as email,
  named.customer_id, named.bought_at
from (
  select
    session.livemode, session.account, 'checkout_session' as source, session.id as source_id,
    array[
      session.user_ref, subscription.user_ref, payment.user_ref, invoice.user_ref, invoice.subscription_user_ref
    ] as names,
    array[
      session.user_ref_at, subscription.user_ref_at, payment.user_ref_at, invoice.user_ref_at,
      invoice.subscription_user_ref_at
    ] as named_at,
    array[session.id, session.payment_intent_id, session.invoice_id, session.subscription_id] as object_ids,
    session.client_reference_id, session.created_at as client_reference_at,
    session.email, null as last_email, session.customer_id, session.created_at as bought_at
  from sesame.checkout_sessions as session
  left join lateral (
    select user_ref, user_ref_at from sesame.subscriptions
    where (id, account, livemode) = (session.subscription_id, session.account, session.livemode)
    offset 0
  ) as subscription on true
  left join lateral (
    select user_ref, user_ref_at from sesame.payment_intents
    where (id, account, livemode) = (session.payment_intent_id, session.account, session.livemode)
    offset 0
  ) as payment on true
  left join lateral (
    select user_ref, user_ref_at, subscription_user_ref, subscription_user_ref_at from sesame.invoices
    where (id, account, livemode) = (session.invoice_id, session.account, session.livemode)
    offset 0
  ) as invoice on true
  union all
  select
    payment.livemode, payment.account, 'payment_intent', payment.id,
    array[payment.user_ref], array[payment.user_ref_at], array[payment.id],
    null, null, null, null, payment.customer_id, payment.created_at
  from sesame.payment_intents as payment
  union all
  select
    charge.livemode, charge.account, 'charge', charge.id,
    array[charge.user_ref], array[charge.user_ref_at], array[charge.id],
    null, null, null, null, charge.customer_id, charge.created_at
  from sesame.charges as charge
  union all
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id,
    array[
      session.user_ref, subscription.user_ref, payment.user_ref, invoice.user_ref, invoice.subscription_user_ref
    ],
    array[
      session.user_ref_at, subscription.user_ref_at, payment.user_ref_at, invoice.user_ref_at,
      invoice.subscription_user_ref_at
    ],
    invoice.id || (invoice.subscription_id || payment.ids), session.client_reference_id, session.created_at,
    coalesce(session.email, invoice.email), null, invoice.customer_id, invoice.paid_at
  from sesame.invoices as invoice
  -- The name on the session that sold it comes first. Of several sessions, the first one with a name counts.
  left join lateral (
    select told.user_ref, told.user_ref_at, told.client_reference_id, told.created_at, told.email
    from (
      (select * from sesame.checkout_sessions where invoice_id = invoice.id offset 0)
      union
      (select * from sesame.checkout_sessions where subscription_id = invoice.subscription_id offset 0)
    ) as told
    where (told.account, told.livemode) = (invoice.account, invoice.livemode)
    order by told.user_ref_at, told.id
    limit 1
  ) as session on true
  left join lateral (
    select user_ref, user_ref_at from sesame.subscriptions
    where (id, account, livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
    offset 0
  ) as subscription on true
  cross join lateral (
    select
      array_agg(paying.payment_id) as ids, min(found.user_ref) as user_ref, min(found.user_ref_at) as user_ref_at
    from sesame.payments_of_invoice(invoice.id, invoice.account, invoice.livemode) as paying
    left join lateral (
      select user_ref, user_ref_at from sesame.payment_intents
      where (id, account, livemode) = (paying.payment_id, invoice.account, invoice.livemode)
      offset 0
    ) as found on true
  ) as payment
  union all
  select
    subscription.livemode, subscription.account, 'subscription', subscription.id,
    array[session.user_ref, subscription.user_ref, invoice.user_ref],
    array[session.user_ref_at, subscription.user_ref_at, invoice.user_ref_at],
    array[subscription.id], session.client_reference_id, session.created_at,
    session.email, latest_invoice.email, subscription.customer_id, subscription.created_at
  from sesame.subscriptions as subscription
  left join lateral (
    select told.user_ref, told.user_ref_at, told.client_reference_id, told.created_at, told.email
    from sesame.checkout_sessions as told
    where told.subscription_id = subscription.id
      and (told.account, told.livemode) = (subscription.account, subscription.livemode)
    order by told.user_ref_at, told.id
    limit 1
  ) as session on true
  left join lateral (
    select
      coalesce(told.user_ref, told.subscription_user_ref) as user_ref,
      least(told.user_ref_at, told.subscription_user_ref_at) as user_ref_at
    from sesame.invoices as told
    where told.subscription_id = subscription.id
      and (told.user_ref is not null or told.subscription_user_ref is not null)
      and (told.account, told.livemode) = (subscription.account, subscription.livemode)
    order by 2, told.id
    limit 1
  ) as invoice on true
  left join lateral (
    select latest.email
    from (
      select email, subscription_id from sesame.invoices
      where (id, account, livemode) = (subscription.latest_invoice_id, subscription.account, subscription.livemode)
      offset 0
    ) as latest
    where latest.subscription_id = subscription.id  -- so that sesame.dependents leads from the invoice to here
  ) as latest_invoice on true
) as named
join sesame.settings on settings.id
left join lateral (
  select user_ref, user_ref_at, email from sesame.customers
  where (id, account, livemode) = (named.customer_id, named.account, named.livemode)
  offset 0
) as customer on true;

create or replace function sesame.lacks_invoices(of_subscription text, of_account text, of_livemode boolean) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select
    from (
      select one as item, one.period_start
      from sesame.subscription_items as one
      where (one.subscription_id, one.account, one.livemode) = (of_subscription, of_account, of_livemode)
        -- They were read since then, so there are no others.
        and not exists (
          select from sesame.stripe_events as read
          where read.object_id = of_subscription || '/invoices' and read.type like '%.fetched'
            and read.created >= coalesce(one.period_start, '-infinity')
          offset 0
        )
        -- Nearly always the last paid line reaches the present period. This one look-up comes before all lines are
        -- read.
        and not exists (
          select
          from (
            select * from sesame.billed_lines
            where billed_lines.subscription_id = one.subscription_id and billed_lines.period_end >= one.period_start
            offset 0
          ) as line
          where (line.account, line.livemode) = (one.account, one.livemode)
            and line.status = 'paid' and not line.is_credit and line.price_id = one.price_id
          offset 0
        )
      offset 0
    ) as unread
    cross join lateral (select found.of_item as until from sesame.paid_until(unread.item, null) as found offset 0) as paid
    where coalesce(paid.until < unread.period_start, true)
      and not exists (
        select from sesame.item_lines(unread.item, null) as line
        where line.status in ('draft', 'open', 'uncollectible')
          and line.period_start <= paid.until and line.period_end > paid.until
      )
  );
end
$$;

create or replace view sesame.dependents as
  -- A session lends its buyer to its subscription, and stands in for its payment and its invoice.
  select 'checkout_session' as from_kind, id as from_id, 'payment_intent' as to_kind, payment_intent_id as to_id
  from sesame.checkout_sessions
  union all
  select 'checkout_session', id, 'invoice', invoice_id from sesame.checkout_sessions
  union all
  select 'checkout_session', id, 'subscription', subscription_id from sesame.checkout_sessions
  union all
  -- A payment pays its session or its invoice.
  select 'payment_intent', payment_intent_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  select 'payment_intent', payment_intent_id, 'invoice', id from sesame.invoices
  union all
  select 'payment_intent', id, 'invoice', invoice_id from sesame.payment_intents
  union all
  -- A charge belongs to its payment, or on old API versions to its invoice.
  select 'charge', id, 'payment_intent', payment_intent_id from sesame.charges
  union all
  select 'charge', id, 'invoice', invoice_id from sesame.charges
  union all
  select 'charge', charge_id, 'invoice', id from sesame.invoices
  union all
  -- A charge also links its payment to the invoice that it pays, whichever of the two names it.
  select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.charges
  union all
  select 'payment_intent', charge.payment_intent_id, 'invoice', invoice.id
  from sesame.charges as charge
  cross join lateral (
    (select id from sesame.invoices where charge_id = charge.id offset 0)
    union all
    (select invoice_id from sesame.invoice_payments where charge_id = charge.id offset 0)
  ) as invoice
  union all
  -- A refund and a dispute take from their payment.
  select 'refund', id, 'payment_intent', payment_intent_id from sesame.refunds
  union all
  select 'refund', id, 'charge', charge_id from sesame.refunds
  union all
  select 'dispute', id, 'payment_intent', payment_intent_id from sesame.disputes
  union all
  select 'dispute', id, 'charge', charge_id from sesame.disputes
  union all
  -- An invoice pays periods of subscriptions, and stands in for its payment.
  select 'invoice', id, 'payment_intent', payment_intent_id from sesame.invoices
  union all
  select 'invoice', id, 'charge', charge_id from sesame.invoices
  union all
  select 'invoice', id, 'subscription', subscription_id from sesame.invoices
  union all
  select 'invoice', invoice_id, 'subscription', subscription_id from sesame.invoice_lines
  union all
  select 'invoice', invoice_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  -- A subscription lends its buyer to what its invoices and its session sell beside it.
  select 'subscription', subscription_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  select 'subscription', subscription_id, 'checkout_session', id
  from sesame.checkout_sessions where cardinality(price_ids) > 1
  union all
  -- A price that recurs is not sold once.
  select 'price', price_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  select 'price', price.id, 'checkout_session', session.id
  from sesame.prices as price
  join sesame.checkout_sessions as session on session.price_ids @> array[price.id]
  union all
  -- An invoice payment links the two, in both directions.
  select 'invoice_payment', id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'invoice_payment', id, 'payment_intent', payment_intent_id from sesame.invoice_payments
  union all
  select 'invoice_payment', id, 'charge', charge_id from sesame.invoice_payments
  union all
  select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'charge', charge_id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'invoice', invoice_id, 'payment_intent', payment_intent_id from sesame.invoice_payments
  union all
  select 'invoice', invoice_id, 'charge', charge_id from sesame.invoice_payments
  union all
  -- A customer lends their user to all they bought.
  select 'customer', customer_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  select 'customer', customer_id, 'payment_intent', id from sesame.payment_intents
  union all
  select 'customer', customer_id, 'charge', id from sesame.charges where module_ref is not null
  union all
  select 'customer', customer_id, 'invoice', id from sesame.invoices
  union all
  select 'customer', customer_id, 'subscription', id from sesame.subscriptions
  union all
  -- An object that names its buyer also names the buyer of the same customer's purchases without a name.
  select 'checkout_session', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.checkout_sessions
  union all
  select 'payment_intent', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.payment_intents
  union all
  select 'charge', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.charges
  union all
  select 'invoice', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.invoices
  union all
  select 'subscription', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.subscriptions
  union all
  select 'known_customer', customer_id, 'checkout_session', id from sesame.checkout_sessions where user_ref is null
  union all
  select 'known_customer', customer_id, 'payment_intent', id
  from sesame.payment_intents where user_ref is null and coalesce(module_ref, '') <> ''  -- as in sesame.purchases
  union all
  select 'known_customer', customer_id, 'charge', id
  from sesame.charges where user_ref is null and module_ref is not null
  union all
  select 'known_customer', customer_id, 'subscription', id from sesame.subscriptions where user_ref is null
  union all
  -- Most invoices bill subscriptions, and sell nothing beside them.
  select 'known_customer', customer_id, 'invoice', id
  from sesame.invoices
  where user_ref is null and (subscription_id is null or exists (
    select from sesame.invoice_lines as line where line.invoice_id = invoices.id and line.stands_alone
    offset 0
  ));

create or replace function sesame.dependents_of(kind text, ids text[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'checkout_session' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'checkout_session' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'payment_intent' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'payment_intent' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'charge' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'charge' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'refund' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'refund' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'dispute' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'dispute' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'invoice' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'invoice' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'invoice_payment' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'invoice_payment' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'subscription' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'subscription' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'customer' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'customer' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'known_customer' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'known_customer' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'price' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'price' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    else
      return null;  -- no other object is derived from this kind
  end case;
end
$$;

create or replace function sesame.next_dependents(objects jsonb, known jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_portion jsonb;
  v_kind text;
  v_next jsonb := '{}';
begin
  for v_portion in select * from sesame.portions_of(objects) loop
    -- The planner estimates ten values for an array. It would estimate many for a query, and read a whole index.
    for v_kind in select * from jsonb_object_keys(v_portion) loop
      v_next := sesame.union_objects(v_next, sesame.dependents_of(v_kind, sesame.ids_of(v_portion, v_kind)));
    end loop;
  end loop;
  return sesame.except_objects(v_next, known);
end
$$;

create or replace function sesame.find_dependents(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_found jsonb := objects;
  v_next jsonb := sesame.next_dependents(objects, objects);
begin
  while v_next <> '{}' loop
    v_found := sesame.union_objects(v_found, v_next);
    -- A name lends itself to the customer's purchases without a name only where it is written (sesame.known_names).
    v_next := sesame.next_dependents(v_next, v_found) - 'known_customer';
  end loop;
  return sesame.union_objects(v_found, sesame.tokens_paid_by(v_found));
end
$$;

create or replace function sesame.tokens_paid_by(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_strip_nulls(jsonb_build_object('access_token', jsonb_agg(id)))
    from public.access_tokens
    where payment_id = any (array(
      select jsonb_array_elements_text(objects -> kind)
      from unnest('{payment_intent,checkout_session,invoice,charge}'::text[]) as kind
      union all
      select charge.id
      from jsonb_array_elements_text(objects -> 'payment_intent') as intent (id)
      cross join lateral (
        select known.id from sesame.charges as known where known.payment_intent_id = intent.id offset 0
      ) as charge
      union all
      select jsonb_array_elements_text(objects -> 'subscription')
      union all
      select session.id
      from jsonb_array_elements_text(objects -> 'subscription') as subscription (id)
      cross join lateral (
        select known.id from sesame.checkout_sessions as known where known.subscription_id = subscription.id offset 0
      ) as session
    ))
  );
end
$$;

create or replace function sesame.keys_of_fold(metadata jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select jsonb_object_agg(key, metadata -> key) from unnest(sesame.fold_keys()) as key where metadata ? key
  );
end
$$;

create or replace function sesame.project_access(user_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_folding text := sesame.begin_folding();
begin
  with decided as materialized (
    select * from sesame.access_rows
    where user_id = any (user_ids)
  ),
  removed as (
    delete from public.module_access as held
    where held.user_id = any (user_ids)
      and (held.user_id, held.module_id) not in (select user_id, module_id from decided)
    returning held.user_id, held.module_id
  ),
  -- The keys of decided belong to the fold. All other keys in the metadata of a row belong to the site, and stay.
  written as (
    insert into public.module_access as held
      (user_id, module_id, access_type, token_id, expires_at, is_active, metadata)
    select user_id, module_id, access_type, token_id, expires_at, is_active, metadata
    from decided
    on conflict (user_id, module_id) do update set
      (access_type, token_id, expires_at, is_active, metadata, updated_at)
      = (excluded.access_type, excluded.token_id, excluded.expires_at, excluded.is_active,
         held.metadata || excluded.metadata, now())
      where (held.access_type, held.token_id, held.expires_at, held.is_active, held.metadata)
        is distinct from
          (excluded.access_type, excluded.token_id, excluded.expires_at, excluded.is_active,
           held.metadata || excluded.metadata)
    returning held.user_id, held.module_id, held.is_active, held.expires_at, held.metadata
  )
  insert into sesame.access_log (user_id, module_id, is_active, expires_at, metadata, cause)
  select
    user_id, module_id, is_active, expires_at, metadata,
    coalesce(nullif(current_setting('sesame.cause', true), ''), 'unknown')
  from (
    -- Without a join to decided: under decision 7 that would be a loop over both, which grows with their product.
    select
      user_id, module_id, is_active, expires_at,
      case when metadata - sesame.fold_keys() = '{}' then metadata else sesame.keys_of_fold(metadata) end as metadata
    from written
    union all
    select user_id, module_id, null, null, null from removed
  ) as changed;
  perform sesame.end_folding(v_folding);
end
$$;

create or replace function sesame.block_of_subscription(of_subscription text, of_user uuid, of_module bigint) returns sesame.reason
language plpgsql stable strict set search_path = '' as $$
begin
  return (
    select min(case
      -- The subscription itself decides on this module for this user. So the token is closed, or it would open twice.
      when own.is_there then 'expired'
      when subscription.status in ('canceled', 'incomplete_expired') then 'canceled'
      when subscription.status in ('unpaid', 'paused') then subscription.status
      when subscription.latest_invoice_id is not null and settings.refunded_period_closes
        then sesame.block_of_invoice(subscription.latest_invoice_id, '', mode.livemode, of_subscription)::text
    end::sesame.reason)
    from (values (true), (false)) as mode (livemode)
    join sesame.settings on settings.id
    cross join lateral (
      select known.status::text as status, latest.id as latest_invoice_id
      from sesame.subscriptions as known
      left join lateral (
        select invoice.id, invoice.subscription_id from sesame.invoices as invoice
        where (invoice.id, invoice.account, invoice.livemode) = (known.latest_invoice_id, '', mode.livemode)
        offset 0
      ) as latest on latest.subscription_id = known.id  -- as in sesame.buyer_names
      where (known.id, known.account, known.livemode) = (of_subscription, '', mode.livemode)
      offset 0
    ) as subscription
    cross join lateral (
      select exists (
        select from sesame.grants as held
        where (held.source_id, held.module_id, held.source, held.account, held.livemode)
            = (of_subscription, of_module, 'subscription', '', mode.livemode)
          and held.user_id = of_user
      ) as is_there
    ) as own
  );
end
$$;

create or replace function sesame.write_few_grants(objects jsonb, ids text[], out owners uuid[], out addresses text[])
language plpgsql volatile set search_path = '' as $$
declare
  v_derived sesame.grants[] := array(
    select row (derived.*)::sesame.grants from sesame.derive_grants(objects) as derived
    order by derived.source_id, derived.module_id, derived.source, derived.account, derived.livemode);
  v_held sesame.grants[] := array(
    select held from sesame.grants as held
    where held.source_id = any (ids) and objects -> held.source ? held.source_id  -- ids of two kinds may be alike
    order by held.source_id, held.module_id, held.source, held.account, held.livemode);
  v_one sesame.grants;
begin
  foreach v_one in array v_derived loop
    if v_one.waits_for is not null and v_one.waits_for <> all (coalesce(addresses, '{}')) then
      addresses := addresses || v_one.waits_for;
    end if;
  end loop;
  if v_derived is not distinct from v_held then
    return;
  end if;

  owners := '{}';
  foreach v_one in array v_held loop
    owners := owners || v_one.user_id;
    delete from sesame.grants as held
    where (held.source_id, held.module_id, held.source, held.account, held.livemode)
        = (v_one.source_id, v_one.module_id, v_one.source, v_one.account, v_one.livemode)
      and not exists (
        select from unnest(v_derived) as kept
        where (kept.source_id, kept.module_id, kept.source, kept.account, kept.livemode)
          = (v_one.source_id, v_one.module_id, v_one.source, v_one.account, v_one.livemode)
      );
  end loop;
  foreach v_one in array v_derived loop
    continue when v_one = any (v_held);
    owners := owners || v_one.user_id;
    insert into sesame.grants as held
    select v_one.*
    on conflict (source_id, module_id, source, account, livemode) do update set
      (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at, price_id,
       access_level, max_usage, waits_for, by_address, pass_from, pass_duration, payment_root)
      = row (excluded.*);
  end loop;
end
$$;

create or replace function sesame.fold_sources(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_owners uuid[] := '{}';
  v_addresses text[] := '{}';
  v_portion jsonb;
  v_written record;
begin
  for v_portion in select * from sesame.portions_of(objects) loop
    v_written := sesame.write_grants(v_portion);
    v_owners := v_owners || v_written.owners;
    v_addresses := v_addresses || v_written.addresses;
  end loop;
  -- A token may wait for the grants of its subscription.
  if objects ? 'access_token' then
    v_owners := v_owners || sesame.block_tokens(sesame.ids_of(objects, 'access_token')::uuid[]);
  end if;

  if v_owners <> '{}' then
    perform sesame.project_owners(v_owners);
  end if;
  if v_addresses <> '{}' then
    perform sesame.claim_for_members(v_addresses);
  end if;
end
$$;

create or replace function sesame.write_grants(objects jsonb, out owners uuid[], out addresses text[])
language plpgsql volatile set search_path = '' as $$
declare
  v_ids text[] := array(select jsonb_array_elements_text(ids) from jsonb_each(objects) as objects_of (kind, ids));
  v_former_owners uuid[];
  v_few record;
begin
  if cardinality(v_ids) <= 6 then
    v_few := sesame.write_few_grants(objects, v_ids);
    owners := v_few.owners;
    addresses := v_few.addresses;
    return;
  end if;
  v_former_owners := array(select user_id from sesame.grants where source_id = any (v_ids));
  with derived as materialized (
    select * from sesame.derive_grants(objects)
  ),
  -- Materialized, or each of its rows would carry the whole array that it came from.
  given as materialized (
    select kind, id
    from jsonb_each(objects) as objects_of (kind, ids)
    cross join lateral jsonb_array_elements_text(ids) as id
  ),
  withdrawn as (
    delete from sesame.grants as held
    where held.source_id = any (v_ids)
      -- Ids of two kinds may be alike.
      and (held.source, held.source_id) in (select kind, id from given)
      and (held.source, held.source_id, held.module_id, held.account, held.livemode) not in (
        select source, source_id, module_id, account, livemode from derived
      )
    returning held.user_id
  ),
  granted as (
    insert into sesame.grants as held
    select * from derived
    on conflict (source_id, module_id, source, account, livemode) do update set
      (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at, price_id,
       access_level, max_usage, waits_for, by_address, pass_from, pass_duration, payment_root)
      = row (excluded.*)
      where held is distinct from excluded
    returning held.user_id
  )
  select
    case when count(*) > 0 then array_agg(user_id) || v_former_owners end,
    (select array_agg(distinct waits_for) from derived where waits_for is not null)
  into owners, addresses
  from (table withdrawn union all table granted) as changed;
end
$$;

create or replace function sesame.project_owners(user_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if cardinality(user_ids) <= 500 then
    perform sesame.project_access(user_ids);
    return;
  end if;
  -- Each user once, after all their grants are written: the access log has no step in between.
  perform sesame.project_access(array_agg(owner.user_id))
  from (
    select given.user_id, row_number() over (order by given.user_id) as place
    from unnest(user_ids) as given (user_id)
    group by given.user_id
  ) as owner
  group by (owner.place - 1) / 500;
end
$$;

create or replace function sesame.claim_grants(members uuid[], addresses text[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_claimed jsonb;
begin
  with claimed as (
    insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, address_hash, actor, why)
    select
      held.livemode, held.account, held.source, held.source_id, member.id, 'email'::sesame.claim_way,
      sesame.address_hash(member.address), 'member',
      'verified the address'
    from unnest(members, addresses) with ordinality as member (id, address, place)
    cross join lateral (
      select waiting.livemode, waiting.account, waiting.source, waiting.source_id
      from sesame.grants as waiting where waiting.waits_for = member.address
      offset 0
    ) as held
    order by member.place
    on conflict do nothing  -- a purchase of several modules is claimed once
    returning object_kind, object_id
  )
  select json_object_agg(kind, ids) into v_claimed
  from (select object_kind as kind, jsonb_agg(object_id) as ids from claimed group by 1) as by_kind;

  if v_claimed is not null then
    perform sesame.fold_sources(v_claimed);
  end if;
end
$$;

create or replace function sesame.fold_everything() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.fold_sources(jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (select jsonb_agg(id) from sesame.checkout_sessions),
    'payment_intent', (select jsonb_agg(id) from sesame.payment_intents),
    'charge', (select jsonb_agg(id) from sesame.charges),
    'invoice', (select jsonb_agg(id) from sesame.invoices),
    'subscription', (select jsonb_agg(id) from sesame.subscriptions),
    'manual_grant', (select jsonb_agg(id) from sesame.manual_grants),
    'access_token', (select jsonb_agg(id) from public.access_tokens)
  )));
  -- A setting may also change how the sources of a member add up.
  perform sesame.project_owners(array(select user_id from sesame.walked_members));
  perform sesame.claim_tokens_for_members(array(select id from public.access_tokens where created_by is null));
end
$$;

create or replace function sesame.count_objects(objects jsonb) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  return (select coalesce(sum(jsonb_array_length(ids)), 0) from jsonb_each(objects) as given (kind, ids));
end
$$;

create or replace function sesame.most_at_once() returns integer
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(nullif(current_setting('sesame.most_at_once', true), ''), '2000')::integer;
end
$$;

create or replace function sesame.fold_or_defer(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_found jsonb;
begin
  if sesame.count_objects(objects) > sesame.most_at_once() then
    perform sesame.defer_objects(objects);
    return;
  end if;
  v_found := sesame.find_dependents(objects);
  if sesame.count_objects(v_found) > sesame.most_at_once() then
    perform sesame.defer_objects(objects);
  else
    perform sesame.fold_sources(v_found);
  end if;
end
$$;

create or replace function sesame.defer_objects(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.unfolded_objects as held (kind, id, is_followed, cause)
  select given.kind, one.id, false, coalesce(nullif(current_setting('sesame.cause', true), ''), 'unknown')
  from jsonb_each(objects) as given (kind, ids)
  cross join lateral jsonb_array_elements_text(given.ids) as one (id)
  -- Its arrows may have moved, and the cause of its failure may be gone.
  on conflict (kind, id) do update set (is_followed, failures, next_try) = (false, 0, now())
    where held.is_followed or held.failures > 0;
end
$$;

create or replace function sesame.follow_part(part jsonb, cause text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  insert into sesame.unfolded_objects (kind, id, is_followed, cause)
  select given.kind, one.id, false, follow_part.cause
  from jsonb_each(sesame.next_dependents(part, part)) as given (kind, ids)
  cross join lateral jsonb_array_elements_text(given.ids) as one (id)
  on conflict (kind, id) do nothing;
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids)) from jsonb_each(part) as given (kind, ids)
  loop
    update sesame.unfolded_objects as held set is_followed = true
    where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

create or replace function sesame.fold_followed(part jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  -- A sale may move from its session to its invoice. So the two are folded together, and it is open at all times.
  v_objects jsonb := sesame.union_objects(
    part, sesame.next_dependents(part - '{customer,known_customer,price}'::text[], part));
  v_kind text;
  v_ids text[];
begin
  perform sesame.fold_sources(sesame.union_objects(v_objects, sesame.tokens_paid_by(v_objects)));
  -- A walk leaves the members whose access it could not write.
  if part ? 'member' then
    perform sesame.project_owners(sesame.ids_of(part, 'member')::uuid[]);
  end if;
  -- By arrays: without statistics, a join would read the whole table.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from jsonb_each(v_objects) as given (kind, ids)
  loop
    delete from sesame.unfolded_objects as held where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

create or replace function sesame.postpone_objects(part jsonb, failure text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids)) from jsonb_each(part) as given (kind, ids)
  loop
    update sesame.unfolded_objects as held set
      failures = held.failures + 1,
      error = failure,
      -- In the first part that failed, the other objects were not at fault.
      next_try = case when held.failures = 0 then held.next_try else now() + interval '10 minutes' end
    where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

create or replace function sesame.next_objects(most integer) returns setof sesame.unfolded_objects
language plpgsql stable set search_path = '' as $$
declare
  v_first sesame.unfolded_objects;
begin
  select * into v_first from sesame.unfolded_objects as held
  where held.next_try <= now() order by held.failures, held.is_followed, held.cause limit 1;
  return query
    select held.* from sesame.unfolded_objects as held
    where (held.failures, held.is_followed, held.cause) = (v_first.failures, v_first.is_followed, v_first.cause)
      and held.next_try <= now()
    order by held.kind, held.id
    limit case when v_first.failures = 0 then most else 1 end;
end
$$;

create or replace function sesame.fold_objects_part(most integer) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_is_followed boolean;
  v_cause text;
  v_part jsonb;
begin
  select bool_and(taken.is_followed), min(taken.cause), json_object_agg(taken.kind, taken.ids)
  into v_is_followed, v_cause, v_part
  from (
    select next.kind, next.is_followed, next.cause, jsonb_agg(next.id) as ids
    from sesame.next_objects(most) as next
    group by next.kind, next.is_followed, next.cause
  ) as taken;
  if v_part is null then
    return false;
  end if;
  perform sesame.set_cause(v_cause);
  begin
    if v_is_followed then
      perform sesame.fold_followed(v_part);
    else
      perform sesame.follow_part(v_part, v_cause);
    end if;
  exception when query_canceled or others then
    if sesame.is_no_fault(sqlstate, clock_timestamp() - v_begun) then raise; end if;
    perform sesame.postpone_objects(v_part, sqlstate);
  end;
  return true;
end
$$;

create or replace function sesame.is_no_fault(state text, took interval) returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  return sesame.is_transient(state) and not (sesame.is_timeout(state) and took > interval '1 second');
end
$$;

create or replace function sesame.hold_limits(of_sources text[] default null) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update sesame.written_limits as limited set said = 'infinity'
  where (of_sources is null or limited.source_id = any (of_sources)) and exists (
    select
    from (
      select * from sesame.own_sources where user_id = sesame.present_account(limited.user_id) offset 0
    ) as own
    where (own.source, own.source_id, own.module_id, own.account, own.livemode)
        = (limited.source, limited.source_id, limited.module_id, limited.account, limited.livemode)
      and own.is_limited
  );
end
$$;

create or replace function sesame.settle_limits(of_sources text[] default null) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update sesame.written_limits as limited set said = own.says
  from sesame.written_limits as held
  cross join lateral (
    select source.says
    from (
      select * from sesame.own_sources where user_id = sesame.present_account(held.user_id) offset 0
    ) as source
    where (source.source, source.source_id, source.module_id, source.account, source.livemode)
      = (held.source, held.source_id, held.module_id, held.account, held.livemode)
  ) as own
  where held.said = 'infinity' and (of_sources is null or held.source_id = any (of_sources))
    and (limited.source_id, limited.module_id, limited.source, limited.account, limited.livemode)
      = (held.source_id, held.module_id, held.source, held.account, held.livemode);
end
$$;

create or replace function sesame.fold_everything_or_defer() returns void
language plpgsql volatile set search_path = '' as $$
begin
  if (select count(*) from (select from sesame.walked_sources limit sesame.most_at_once() + 1) as source)
    <= sesame.most_at_once() then
    perform sesame.hold_limits();
    perform sesame.fold_everything();
    perform sesame.settle_limits();
    return;
  end if;
  insert into sesame.unfolded_walk as held (next, total, cause)
  values ('sources/', sesame.length_of_walk(), current_setting('sesame.cause'))
  on conflict (is_only) do update set
    (next, walked, total, cause, since) = (excluded.next, 0, excluded.total, excluded.cause, now());
end
$$;

create or replace function sesame.objects_between(part sesame.part) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if part.stage = 'members' then
    return jsonb_build_object('member', (
      select coalesce(jsonb_agg(distinct member.user_id), '[]') from sesame.walked_members as member
      where member.user_id between part.first::uuid and part.last::uuid
    ));
  end if;
  if part.stage = 'tokens' then
    return jsonb_build_object('access_token', (
      select coalesce(jsonb_agg(token.id), '[]') from public.access_tokens as token
      where token.id between part.first::uuid and part.last::uuid
    ));
  end if;
  return (
    select coalesce(json_object_agg(given.kind, given.ids)::jsonb, '{}')
    from (
      select source.kind, jsonb_agg(distinct source.id) as ids
      from sesame.walked_sources as source
      where source.id between part.first and part.last
      group by source.kind
    ) as given
  );
end
$$;

create or replace function sesame.fold_limited(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_ids text[] := sesame.ids_in(objects);
begin
  -- A setting may also change how the sources of a member add up.
  if objects ? 'member' then
    perform sesame.project_owners(v_ids::uuid[]);
    return;
  end if;
  perform sesame.hold_limits(v_ids);
  perform sesame.fold_sources(objects);
  perform sesame.settle_limits(v_ids);
end
$$;

create or replace function sesame.fold_limited_or_defer(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
begin
  perform sesame.fold_limited(objects);
exception when query_canceled or others then
  if sesame.is_no_fault(sqlstate, clock_timestamp() - v_begun) then raise; end if;
  perform sesame.defer_objects(objects);
  perform sesame.postpone_objects(objects, sqlstate);
end
$$;

create or replace function sesame.fold_walk_part(most integer) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_walk sesame.unfolded_walk;
  v_part sesame.part;
begin
  select * into v_walk from sesame.unfolded_walk;
  if not found then
    return;
  end if;
  v_part := sesame.part_of_walk(v_walk.next, most);
  perform sesame.set_cause(v_walk.cause);
  perform sesame.fold_limited_or_defer(sesame.objects_between(v_part));

  if v_part.next is null then
    delete from sesame.unfolded_walk where is_only;
  else
    update sesame.unfolded_walk set (next, walked) = (v_part.next, walked + v_part.walked) where is_only;
  end if;
end
$$;

create or replace function sesame.count_unfolded() returns bigint
language plpgsql stable set search_path = '' as $$
begin
  return (select count(*) from sesame.unfolded_objects where next_try <= now())
    + coalesce((select greatest(1, total - walked) from sesame.unfolded_walk), 0);
end
$$;

create or replace function sesame.is_all_folded() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return not exists (select from sesame.unfolded_objects where next_try <= now())
    and not exists (select from sesame.unfolded_walk);
end
$$;

create or replace function sesame.fold_next_part(most integer) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if not sesame.fold_objects_part(most) then
    perform sesame.fold_walk_part(most);
  end if;
end
$$;

create or replace function public.sesame_fold_part(most integer default 500) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '3s'
-- As for process_stripe_events: use look-ups by the given ids.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
begin
  if (most > 0) is not true then
    raise sqlstate '22023' using message = 'a part holds at least one row', detail = format('most is %s', most);
  end if;
  if not sesame.is_all_folded() then
    perform sesame.lock_fold();
    perform sesame.fold_next_part(most);
  end if;
  return jsonb_build_object(
    'left', sesame.count_unfolded(),
    'failed', (select count(*) from sesame.unfolded_objects where next_try > now())
  );
end
$$;

create or replace function sesame.unfolded_among(ids text[])
returns table (code sesame.code, id text, detail text, since timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      'fold_pending'::sesame.code, held.id,
      format('%s %s is still being derived, since %s', held.kind, held.id, held.since)
        || case when held.failures > 0 then format('; failed %s times, at last with %s', held.failures, held.error)
          else '' end,
      held.since
    from sesame.unfolded_objects as held
    where held.id = any (ids)
    order by held.since, held.id
    limit 1;
end
$$;

create or replace function sesame.overdue_objects() returns table (code sesame.code, id text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select 'fold_pending'::sesame.code, held.id
    from sesame.unfolded_objects as held
    where held.since < now() - interval '5 minutes'
    union all
    select 'fold_pending'::sesame.code, 'settings'
    from sesame.unfolded_walk as walk
    where walk.since < now() - interval '5 minutes';
end
$$;

create or replace function sesame.unfolded_now() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_since timestamptz := least(
    (select min(since) from sesame.unfolded_objects), (select min(since) from sesame.unfolded_walk)
  );
begin
  return jsonb_build_object(
    'left', sesame.count_unfolded(),
    'failed', (select count(*) from sesame.unfolded_objects where next_try > now()),
    'since', v_since,
    'seconds', coalesce(extract(epoch from now() - v_since), 0)
  );
end
$$;

create or replace function sesame.doubtful_ids(kind text, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'subscription' then
      -- No row: it was paid for, and may never have come.
      return array(
        select given.id
        from unnest(ids) as given (id)
        left join lateral (
          select is_settled and items_complete and status not in ('unknown', 'past_due') as is_clear
          from sesame.subscriptions where subscriptions.id = given.id
          offset 0
        ) as known on true
        where known.is_clear is not true);
    when 'checkout_session' then
      return array(
        select known.id
        from (
          select id, price_ids_are_final from sesame.checkout_sessions where id = any (ids) offset 0
        ) as known
        where known.price_ids_are_final is not true);
    when 'invoice' then
      return array(
        select known.id
        from (select id, lines_complete from sesame.invoices where id = any (ids) offset 0) as known
        where not known.lines_complete
        union all
        -- A line that stands alone asks whether its price recurs.
        select line.price_id
        from (
          select price_id, stands_alone from sesame.invoice_lines where invoice_id = any (ids) offset 0
        ) as line
        where line.stands_alone and line.price_id is not null);
    when 'charge' then
      return array(
        select known.id
        from (select id, amount_refunded from sesame.charges where id = any (ids) offset 0) as known
        where known.amount_refunded > 0);
    when 'customer' then
      return array(
        select known.id
        from (select id, is_settled from sesame.customers where id = any (ids) offset 0) as known
        where not known.is_settled);
    else
      return ids;
  end case;
end
$$;

create or replace function sesame.fetches_of(kind text, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'subscription' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind in ('subscription', 'subscription_invoices') and object_id = any (ids));
    when 'checkout_session' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'checkout_session' and object_id = any (ids));
    when 'invoice' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind in ('invoice', 'price') and object_id = any (ids));
    when 'charge' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'charge' and object_id = any (ids));
    when 'dispute' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'dispute' and object_id = any (ids));
    when 'customer' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'customer' and object_id = any (ids));
    when 'payment_intent' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'payment_intent' and object_id = any (ids));
    else
      return '{}';  -- the other kinds never leave a question open
  end case;
end
$$;

create or replace function sesame.fetches_among(objects jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
  v_found text[] := '{}';
begin
  -- The planner estimates ten values for an array. For a query in its place it estimates many, and reads a whole
  -- index.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from sesame.portions_of(objects) as portion
    cross join lateral jsonb_each(portion) as given (kind, ids)
    -- A payment is asked about only where money went back.
    where given.kind <> 'payment_intent' or objects ?| '{refund,dispute}'
  loop
    v_ids := sesame.doubtful_ids(v_kind, v_ids);
    if v_ids <> '{}' then
      v_found := v_found || sesame.fetches_of(v_kind, v_ids);
    end if;
  end loop;
  return nullif(v_found, '{}');
end
$$;

create or replace function sesame.names_others(user_ref text, customer_id text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return user_ref is not null and customer_id is not null and exists (
    select from sesame.dependents as arrow
    where arrow.from_kind = 'known_customer' and arrow.from_id = customer_id and arrow.to_id is not null
  );
end
$$;

create or replace function sesame.reach_of_invoice(of_invoice text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_reached jsonb := jsonb_build_object('invoice', jsonb_build_array(of_invoice));
  v_subscription jsonb;
  v_found record;
begin
  select invoice.subscription_id, subscription.is_unchanged into v_found
  from sesame.invoices as invoice
  -- An invoice with a received amount and no known payment is not closed. It can only open a period that another one
  -- closes (period_payment), or an invoice that credits paid (credited_invoices).
  left join lateral (
    select
      known.user_ref is not null  -- buyer_names.names: it is nearer than the names on invoices; then email is not read
      and not exists (select from sesame.claims where object_id = known.id offset 0)  -- find_buyer: earlier names
      and known.status <> 'past_due'  -- subscription_grants.expires_at: unpaid_since; pending_fetches: lacks_invoices
      and (
        invoice.status <> 'paid'  -- period_payment: only paid lines count
        or invoice.amount_paid > 0  -- add_block: else its own credits paid it
          and known.collection_method <> 'send_invoice'  -- subscription_grants.reason: is_paid
          and jsonb_array_length(known.items) = 1  -- derived_grants: one item may hide another one for its module
          and not exists (
            select from sesame.grants as held
            where held.source_id = known.id and held.source = 'subscription'
              and held.reason_after in ('refunded', 'disputed')  -- subscription_grants.reason_after: paid.block
            offset 0
          )
      ) as is_unchanged
    from sesame.subscriptions as known
    where (known.id, known.account, known.livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
    offset 0
  ) as subscription on true
  where invoice.id = of_invoice
    and invoice.subscription_id is not null
    and not sesame.names_others(invoice.user_ref, invoice.customer_id)
    -- payments_of_invoice, which reads all these: a known payment may have been refunded.
    and invoice.payment_intent_id is null
    and invoice.charge_id is null
    and not exists (select from sesame.invoice_payments where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.payment_intents where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.charges where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.checkout_sessions where invoice_id = of_invoice offset 0)  -- purchases, too
    and not exists (  -- billed_lines.subscription_id
      select from sesame.invoice_lines as line
      where line.invoice_id = of_invoice and line.subscription_id <> invoice.subscription_id
      offset 0
    )
    and not exists (  -- purchase_grants.reason: the block of an invoice that sells something, and that credits paid
      select from sesame.invoice_lines as line
      where line.subscription_id = invoice.subscription_id and line.stands_alone and line.invoice_id <> of_invoice
      offset 0
    );
  if not found then
    return null;
  end if;
  v_subscription := jsonb_build_object('subscription', jsonb_build_array(v_found.subscription_id));
  if v_found.is_unchanged is not true then  -- null: the subscription is not known, and may have to be fetched
    v_reached := v_reached || v_subscription;
  end if;
  return v_reached || sesame.tokens_paid_by(v_reached || v_subscription);
end
$$;

create or replace function sesame.reach_of_payment(of_payment text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_sessions jsonb;
begin
  select jsonb_agg(session.id) into v_sessions
  from (select id, invoice_id from sesame.checkout_sessions where payment_intent_id = of_payment offset 0) as session
  -- payments_of_invoice, invoices_of_payment: all ways between an invoice and this payment.
  having not coalesce(bool_or(session.invoice_id is not null), false)
    and not exists (select from sesame.payment_intents where id = of_payment and invoice_id is not null offset 0)
    and not exists (select from sesame.invoices where payment_intent_id = of_payment offset 0)
    and not exists (select from sesame.invoice_payments where payment_intent_id = of_payment offset 0)
    and not exists (
      select from sesame.charges as charge
      where charge.payment_intent_id = of_payment
        and (
          charge.invoice_id is not null
          or exists (select from sesame.invoices where charge_id = charge.id offset 0)
          or exists (select from sesame.invoice_payments where charge_id = charge.id offset 0)
        )
      offset 0
    );
  if not found then
    return null;
  end if;
  return jsonb_build_object('payment_intent', array[of_payment])
    || case when v_sessions is null then '{}' else jsonb_build_object('checkout_session', v_sessions) end;
end
$$;

create or replace function sesame.reach_of_new(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_reached jsonb;
begin
  if objects ? 'price' then
    return null;
  elsif objects ? 'invoice' then
    return sesame.reach_of_invoice(objects #>> '{invoice,0}');
  elsif objects ? 'charge' then
    select sesame.reach_of_payment(charge.payment_intent_id) into v_reached
    from sesame.charges as charge
    where charge.id = objects #>> '{charge,0}'
      and charge.payment_intent_id is not null  -- else it is a payment itself
      and not sesame.names_others(charge.user_ref, charge.customer_id);
  elsif objects ? 'payment_intent' then
    select sesame.reach_of_payment(payment.id) into v_reached
    from sesame.payment_intents as payment
    where payment.id = objects #>> '{payment_intent,0}'
      and not sesame.names_others(payment.user_ref, payment.customer_id);
  else
    select sesame.reach_of_payment(session.payment_intent_id) into v_reached
    from sesame.checkout_sessions as session
    where session.id = objects #>> '{checkout_session,0}'
      and session.payment_intent_id is not null  -- else its invoice may read it, which reach_of_payment would not see
      and session.subscription_id is null  -- buyer_names of subscriptions and of their invoices; sold_subscriptions
      and not sesame.names_others(session.user_ref, session.customer_id);
  end if;
  if v_reached is null then
    return null;
  end if;
  v_reached := objects || v_reached;
  return v_reached || sesame.tokens_paid_by(v_reached);
end
$$;

create or replace function sesame.facts_of(event jsonb, out facts jsonb, out ids jsonb)
language plpgsql immutable set search_path = '' as $$
declare
  -- As in apply_events().
  v_envelope jsonb := jsonb_build_object(
    'event_id', event -> 'id', 'stamp', event -> 'created', 'is_fetch', event ->> 'type' like '%.fetched',
    'livemode', event -> 'livemode', 'account', coalesce(event ->> 'account', '')
  );
  v_fact jsonb;
  v_kind text;
begin
  for n in 0 .. jsonb_array_length(event -> 'facts') - 1 loop
    v_fact := event -> 'facts' -> n || v_envelope;
    v_kind := v_fact ->> 'kind';
    facts := sesame.union_objects(coalesce(facts, '{}'), jsonb_build_object(v_kind, jsonb_build_array(v_fact)));
    if (ids -> v_kind) ? (v_fact ->> 'id') is not true then
      ids := sesame.union_objects(coalesce(ids, '{}'), jsonb_build_object(v_kind, jsonb_build_array(v_fact -> 'id')));
    end if;
  end loop;
end
$$;

create or replace function sesame.apply_subscription(fact jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_merged record := sesame.merge_subscription(fact);
  v_former sesame.subscriptions := v_merged.former;
  v_now sesame.subscriptions := v_merged.present;
  v_itself jsonb := jsonb_build_object('subscription', jsonb_build_array(fact -> 'id'));
begin
  if v_now is not distinct from v_former then
    return '{}';
  end if;
  -- What others read of a subscription. Its sessions and invoices: user_ref and user_ref_at (sesame.buyer_names). The
  -- nameless purchases of its customer: these, unnamed_at, created_at and customer_id (sesame.known_names).
  if (v_now.user_ref, v_now.user_ref_at, v_now.unnamed_at, v_now.created_at, v_now.customer_id) is not distinct from
    (v_former.user_ref, v_former.user_ref_at, v_former.unnamed_at, v_former.created_at, v_former.customer_id)
  then
    return v_itself || sesame.tokens_paid_by(v_itself);
  end if;
  -- If it moved from one customer to another, the former one has one name less.
  if v_former.customer_id is not null then
    v_itself := v_itself || jsonb_build_object('known_customer', jsonb_build_array(v_former.customer_id));
  end if;
  return sesame.find_dependents(v_itself);
end
$$;

create or replace function sesame.is_one_new(objects jsonb) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_ids jsonb := jsonb_path_query_array(objects, '$.*[*]');
  v_id text := v_ids ->> 0;
begin
  if jsonb_array_length(v_ids) <> 1 then
    return false;
  elsif objects ? 'checkout_session' then
    return not exists (select from sesame.checkout_sessions as known where known.id = v_id);
  elsif objects ? 'payment_intent' then
    return not exists (select from sesame.payment_intents as known where known.id = v_id);
  elsif objects ? 'charge' then
    return not exists (select from sesame.charges as known where known.id = v_id);
  elsif objects ? 'invoice' then
    return not exists (select from sesame.invoices as known where known.id = v_id);
  end if;
  return false;
end
$$;

create or replace function sesame.apply_events(events jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_facts jsonb;
  v_touched jsonb;
  v_parts record;
  v_is_short boolean;  -- v_touched is complete already
  v_is_new boolean := false;
  v_reached jsonb;
begin
  -- v_facts is {kind: [fact, …]}, each fact with the envelope of its event. v_touched is {kind: [id, …]}.
  if jsonb_array_length(events) = 1 and jsonb_array_length(events #> '{0,facts}') <= 4 then
    v_parts := sesame.facts_of(events -> 0);
    v_facts := v_parts.facts;
    v_touched := v_parts.ids;
  else
    select jsonb_object_agg(kind, facts), jsonb_object_agg(kind, ids) into v_facts, v_touched
    from (
      select fact ->> 'kind' as kind, jsonb_agg(fact || envelope) as facts, jsonb_agg(distinct fact -> 'id') as ids
      from jsonb_to_recordset(events) as event
        (id text, type text, created bigint, livemode boolean, account text, facts jsonb)
      cross join lateral jsonb_build_object(
        'event_id', event.id, 'stamp', event.created, 'is_fetch', event.type like '%.fetched',
        'livemode', event.livemode, 'account', coalesce(event.account, '')
      ) as envelope
      cross join lateral jsonb_array_elements(event.facts) as fact
      group by 1
    ) as grouped;
  end if;
  if v_facts is null then
    return '{}';
  end if;

  v_is_short := v_facts ? 'subscription' and jsonb_array_length(v_facts -> 'subscription') = 1
    and v_facts - '{subscription,price}'::text[] = '{}' and not sesame.are_by_parts(events);
  if v_is_short then
    v_touched := sesame.apply_subscription(v_facts #> '{subscription,0}');
  else
    v_is_new := sesame.is_one_new(v_touched - 'price');
    if not v_is_new then
      -- Dependents are collected before and after the change: if a link moves, the former target needs a new
      -- derivation, too.
      v_touched := sesame.union_objects(v_touched, sesame.next_dependents(v_touched - 'price', v_touched));
    end if;
  end if;

  if v_facts ? 'checkout_session' then perform sesame.merge_checkout_sessions(v_facts -> 'checkout_session'); end if;
  if v_facts ? 'payment_intent' then perform sesame.merge_payment_intents(v_facts -> 'payment_intent'); end if;
  if v_facts ? 'charge' then perform sesame.merge_charges(v_facts -> 'charge'); end if;
  if v_facts ? 'refund' then perform sesame.merge_refunds(v_facts -> 'refund'); end if;
  if v_facts ? 'dispute' then perform sesame.merge_disputes(v_facts -> 'dispute'); end if;
  if v_facts ? 'invoice' then perform sesame.merge_invoices(v_facts -> 'invoice'); end if;
  if v_facts ? 'invoice_payment' then perform sesame.merge_invoice_payments(v_facts -> 'invoice_payment'); end if;
  if v_facts ? 'subscription' and not v_is_short then perform sesame.merge_subscriptions(v_facts -> 'subscription'); end if;
  if v_facts ? 'customer' then perform sesame.merge_customers(v_facts -> 'customer'); end if;
  -- Nearly every event repeats its prices. Only new facts about a price have an effect.
  if v_facts ? 'price' then
    v_touched := sesame.union_objects(v_touched - 'price', sesame.merge_prices(v_facts -> 'price'));
  end if;

  perform set_config(
    'sesame.cause', coalesce(nullif(current_setting('sesame.stripe_cause', true), ''), 'stripe'), true);
  if sesame.are_by_parts(events) then
    perform sesame.defer_objects(v_touched);
  else
    if not v_is_short or v_touched ? 'price' then
      v_reached := case when v_is_new then sesame.reach_of_new(v_touched) end;
      v_touched := coalesce(v_reached, sesame.find_dependents(v_touched));
    end if;
    if v_touched <> '{}' then
      perform sesame.fold_sources(v_touched);
    end if;
  end if;
  return v_touched;
end
$$;

create or replace function sesame.are_by_parts(events jsonb) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return events @> '[{"by_parts": true}]';
end
$$;

create or replace function sesame.fold_leftover() returns void
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

create or replace function sesame.unsettled_ids(events jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_id text := events #>> '{0,id}';
begin
  -- Usually there is one event.
  if jsonb_array_length(events) = 1 then
    return case when exists (
      select from sesame.stripe_events as stored
      where stored.id = v_id
        and (stored.outcome = 'applied' or stored.outcome <> 'failed' and events #> '{0,facts}' = '[]')
    ) then '{}' else array[v_id] end;
  end if;
  return array(
    select distinct given.id
    from jsonb_to_recordset(events) as given (id text, facts jsonb)
    where not exists (
      select from sesame.stripe_events as stored
      where stored.id = given.id
        -- Settled, unless it failed, or has become one that says something.
        and (stored.outcome = 'applied' or stored.outcome <> 'failed' and given.facts = '[]')
      offset 0
    )
  );
end
$$;

create or replace function sesame.ids_of_events(events jsonb) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(select given.event ->> 'id' from jsonb_array_elements(events) as given (event));
end
$$;

create or replace function sesame.lock_inbox(ids text[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform from sesame.stripe_events as stored where stored.id = any (ids) order by stored.id for update;
end
$$;

create or replace function sesame.store_events(events jsonb, failures jsonb, is_folded boolean default true) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.stripe_events as stored
    (id, type, created, api_version, livemode, account, object_id, outcome, detail, payload)
  select
    given.id, given.type, to_timestamp(given.created), given.api_version,
    given.livemode, coalesce(given.account, ''), given.object_id,
    case
      when given.quarantine is not null then 'quarantined'
      when given.error is not null or failures ? given.id then 'failed'
      when given.facts = '[]' then 'ignored'
      when is_folded then 'applied'
      else 'received'
    end::sesame.event_outcome,
    coalesce(given.quarantine::text, given.error, failures ->> given.id),
    case
      when given.quarantine is null and given.error is null and not failures ? given.id
        and (is_folded or given.facts = '[]')
        and (select keep_bodies = interval '0' from sesame.settings where settings.id) then ''
      else coalesce(given.payload, '')  -- of an event that waited, the row has the body
    end
  from jsonb_to_recordset(events) as given (
    id text, type text, created bigint, api_version text, livemode boolean, account text,
    object_id text, quarantine sesame.code, error text, facts jsonb, payload text
  )
  order by given.id  -- two calls with the same events lock their rows in one order, so there is no deadlock
  on conflict (id) do update set
    (outcome, detail, attempts)
    = (excluded.outcome, excluded.detail, stored.attempts + (stored.outcome <> 'received')::integer),
    -- An event that was ignored may have no body any more. If it fails or waits now, it needs one.
    payload = case
      when stored.payload = '' and excluded.outcome not in ('applied', 'ignored') then excluded.payload
      else stored.payload
    end
    -- Without the lock, another call may have settled the event meanwhile: see unsettled_ids().
    where is_folded or stored.outcome = 'failed'
      or stored.outcome in ('ignored', 'quarantined') and excluded.outcome = 'received';
end
$$;

create or replace function sesame.answer_events(events jsonb, new_ids text[], touched jsonb)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql stable set search_path = '' as $$
begin
  -- Usually there is one event, and it is new.
  if jsonb_array_length(events) = 1 and new_ids = array[events #>> '{0,id}'] then
    return query
      select stored.id, stored.outcome::text, stored.detail, sesame.fetches_among(touched)
      from sesame.stripe_events as stored
      where stored.id = new_ids[1];
    return;
  end if;
  return query
    select
      given.id,
      case
        when given.time = 1 and given.id = any (new_ids) or stored.outcome in ('failed', 'received')
          then stored.outcome::text
        else 'duplicate'
      end,
      stored.detail,
      case when given.place = 1 then sesame.fetches_among(touched) end
    from (
      select element.id, element.place, row_number() over (partition by element.id order by element.place) as time
      from rows from (jsonb_to_recordset(events) as (id text)) with ordinality as element (id, place)
    ) as given
    cross join lateral (
      select event.outcome, event.detail
      from sesame.stripe_events as event
      where event.id = given.id
      offset 0  -- one look-up for each id, never a scan of the whole table
    ) as stored
    order by given.place;
end
$$;

create or replace function sesame.receive_events(events jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.store_events(events, '{}', false);
  -- Only what the inbox holds as received: another call may have settled the same event a moment ago.
  insert into sesame.waiting_events (event_id, event)
  select stored.id, given.event - 'payload'
  from jsonb_array_elements(events) as given (event)
  cross join lateral (
    select event.id from sesame.stripe_events as event
    where event.id = given.event ->> 'id' and event.outcome = 'received'
    offset 0  -- one look-up for each id, never a scan of the whole table
  ) as stored
  order by stored.id
  on conflict do nothing;
end
$$;

create or replace function sesame.with_waiting(own jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_together integer := (select waiting.together from sesame.waiting_events as waiting order by waiting.place limit 1);
  v_own_ids text[];
  v_waiting jsonb;
begin
  if v_together is null then
    return own;
  end if;
  v_own_ids := sesame.ids_of_events(own);
  select jsonb_agg(oldest.event order by oldest.place) into v_waiting
  from (
    select waiting.event_id, waiting.event, waiting.place
    from sesame.waiting_events as waiting
    order by waiting.place
    limit v_together
  ) as oldest
  where oldest.event_id <> all (v_own_ids);
  return own || coalesce(v_waiting, '[]');
end
$$;

create or replace function sesame.forget_waiting(events jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from sesame.waiting_events as waiting where waiting.event_id = any (sesame.ids_of_events(events));
end
$$;

create or replace function sesame.are_waiting(event_ids text[]) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (select from sesame.waiting_events as waiting where waiting.event_id = any (event_ids));
end
$$;

create or replace function sesame.apply_or_fail(events jsonb, out touched jsonb, out failures jsonb)
language plpgsql volatile set search_path = '' as $$
begin
  -- Only the event that is too large is folded by parts. The others beside it take effect at once.
  if sesame.are_by_parts(events) then
    select singly.touched, singly.failures into touched, failures from sesame.apply_events_singly(events) as singly;
    return;
  end if;
  touched := sesame.apply_events(events);
  failures := '{}';
exception when others then
  if sesame.is_transient(sqlstate) then raise; end if;
  select singly.touched, singly.failures into touched, failures from sesame.apply_events_singly(events) as singly;
end
$$;

create or replace function sesame.fold_events(own jsonb, may_wait boolean) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_events jsonb := case when may_wait then sesame.with_waiting(own) else own end;
  v_applied record;
begin
  begin
    v_applied := sesame.apply_or_fail(v_events);
  exception when query_canceled or others then
    -- A caller without own events has stored nothing: it gets the error, or it would try again at once.
    if not may_wait or own = '[]' and not sesame.is_timeout(sqlstate) or not sesame.is_transient(sqlstate) then
      raise;
    end if;
    perform sesame.postpone_events(
      own, v_events, sesame.is_timeout(sqlstate) and clock_timestamp() - v_begun > '1 second'
    );
    return '{}';
  end;
  perform sesame.store_events(v_events, v_applied.failures);
  -- Usually nothing waits, and the events are the given ones.
  if not may_wait or exists (select from sesame.waiting_events) then
    perform sesame.forget_waiting(v_events);
  end if;
  return v_applied.touched;
end
$$;

create or replace function sesame.postpone_events(own jsonb, events jsonb, was_slow boolean) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_half integer := jsonb_array_length(events) / 2;
begin
  if was_slow and v_half = 0 then
    perform sesame.store_events(events, jsonb_build_object(events -> 0 ->> 'id', '57014'));
    perform sesame.forget_waiting(events);
    return;
  end if;
  perform sesame.receive_events(own);
  if was_slow then
    update sesame.waiting_events as waiting set together = least(waiting.together, v_half)
    where waiting.event_id = any (sesame.ids_of_events(events));
  end if;
end
$$;

create or replace function public.process_stripe_events(events jsonb, may_wait boolean default false)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '3s'  -- shorter than any caller's timeout, so that the caller sees the reason
-- Every query looks rows up in an index by the given ids. So a plan can be made once for each connection, and it
-- stays right while the tables grow.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_new_ids text[];
  v_touched jsonb := '{}';
begin
  -- Some HTTP layers pass a JSON argument as a JSON string.
  if jsonb_typeof(events) = 'string' then
    events := (events #>> '{}')::jsonb;
  end if;
  if jsonb_typeof(events) is distinct from 'array' then
    raise sqlstate 'SE003' using
      message = 'events must be a JSON array',
      hint = 'Pass [{id, type, created, livemode, payload, facts, …}, …].';
  end if;

  -- A redelivery writes nothing and takes no lock.
  v_new_ids := sesame.unsettled_ids(events);
  if v_new_ids <> '{}' then
    if not may_wait then
      perform sesame.lock_fold();
    elsif not sesame.lock_fold_soon() then
      perform sesame.receive_events(sesame.select_events(events, v_new_ids));
      return query select * from sesame.answer_events(events, v_new_ids, '{}');
      return;
    end if;
    v_new_ids := sesame.unsettled_ids(events);
  end if;

  if v_new_ids <> '{}' then
    v_touched := sesame.fold_events(sesame.select_events(events, v_new_ids), may_wait);
    perform sesame.fold_leftover();
  end if;
  return query select * from sesame.answer_events(events, v_new_ids, v_touched);
end
$$;

create or replace function public.fold_received_events(event_ids text[])
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer
set search_path = ''
-- As for process_stripe_events.
set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_asked jsonb := (select coalesce(jsonb_agg(jsonb_build_object('id', id)), '[]') from unnest(event_ids) as id);
  v_touched jsonb := '{}';
begin
  if sesame.are_waiting(event_ids) then
    perform sesame.lock_fold();
    if sesame.are_waiting(event_ids) then
      v_touched := sesame.fold_events('[]', true);
    end if;
  end if;
  return query select * from sesame.answer_events(v_asked, event_ids, v_touched);
end
$$;

create or replace function sesame.fold_waiting() returns void
language plpgsql volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_last bigint := (select max(place) from sesame.waiting_events);
begin
  if v_last is null then
    return;
  end if;
  perform sesame.lock_fold();
  perform sesame.lock_inbox(array(select event_id from sesame.waiting_events where place <= v_last));
  while exists (select from sesame.waiting_events where place <= v_last) loop
    perform sesame.fold_events('[]', true);
  end loop;
end
$$;

create or replace function sesame.fold_for_a_while() returns void
language plpgsql volatile
set search_path = ''
set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  -- Webhooks wait for the lock at most three seconds.
  v_until timestamptz := clock_timestamp() + interval '1 second';
begin
  if not exists (select from sesame.waiting_events) and sesame.is_all_folded() then
    return;
  end if;
  perform sesame.lock_fold();
  while exists (select from sesame.waiting_events) and clock_timestamp() < v_until loop
    perform sesame.fold_events('[]', true);
  end loop;
  while not sesame.is_all_folded() and clock_timestamp() < v_until loop
    perform sesame.fold_leftover();
  end loop;
end
$$;

create or replace function public.sesame_warm_up(part integer) returns integer
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '50ms'  -- a table may be locked by an upgrade, and the next event waits behind this call
-- As for process_stripe_events, because a plan keeps the settings that it was made with.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
begin
  -- The functions of a fold plan their statements also for empty lists. What they call for each row is planned by the
  -- newest object of a kind, which is derived and not written.
  case part
    when 1 then
      perform sesame.unsettled_ids('[]'), sesame.unsettled_ids('[{}]'), sesame.with_waiting('[]'), sesame.is_all_folded();
      perform sesame.store_events('[]', '{}');
      perform sesame.apply_events('[]');
      perform from sesame.answer_events('[]', '{}', '{}');
    when 2 then
      perform sesame.find_dependents('{}');
      perform sesame.names_others('', ''), sesame.reach_of_invoice(''), sesame.reach_of_payment('');
      -- As for one event, and as for many: of more than six objects, which do not exist.
      perform sesame.write_grants('{}');
      perform sesame.write_grants(jsonb_build_object('charge', array_fill(''::text, array[7])));
      perform sesame.project_access('{}');
    when 3 then
      perform sesame.merge_subscriptions('[]');
      perform sesame.merge_invoices('[]');
      perform sesame.merge_prices('[]');
    when 4 then
      perform sesame.merge_checkout_sessions('[]');
      perform sesame.merge_payment_intents('[]');
      perform sesame.merge_charges('[]');
    when 5 then
      perform sesame.next_dependents('{"invoice": [], "subscription": [], "known_customer": []}', '{}');
    when 6 then
      perform sesame.next_dependents('{"checkout_session": [], "payment_intent": [], "charge": []}', '{}');
    when 7 then
      perform sesame.doubtful_ids('invoice', '{}'), sesame.doubtful_ids('subscription', '{}');
      perform sesame.fetches_of('invoice', '{}'), sesame.fetches_of('subscription', '{}');
    when 8 then
      perform sesame.doubtful_ids('checkout_session', '{}'), sesame.doubtful_ids('charge', '{}');
      perform sesame.fetches_of('checkout_session', '{}'), sesame.fetches_of('charge', '{}');
      perform sesame.fetches_among('{}');
    when 9 then
      perform from sesame.derive_grants(jsonb_build_object(
        'subscription', array(select id from sesame.subscriptions order by id desc limit 1),
        'invoice', array(select id from sesame.invoices order by id desc limit 1)
      ));
    when 10 then
      perform from sesame.derive_grants(jsonb_build_object(
        'checkout_session', array(select id from sesame.checkout_sessions order by id desc limit 1)
      ));
    when 11 then
      perform from sesame.derive_grants(jsonb_build_object(
        'payment_intent', array(select id from sesame.payment_intents order by id desc limit 1),
        'charge', array(select id from sesame.charges order by id desc limit 1)
      ));
    else
      return null;
  end case;
  return part + 1;
end
$$;

create or replace function public.has_module_access(module text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user_id uuid := auth.uid();
begin
  return exists (
    select from public.module_access as access
    where access.user_id = v_user_id
      -- No slug starts with a digit.
      and access.module_id = case
        when module ~ '^[0-9]{1,18}$' then module::bigint
        else (select known.id from public.modules as known where known.slug = module)
      end
      -- The same as sesame.is_open, without one more call.
      and access.is_active
      and (access.expires_at is null or access.expires_at > now())
  );
end
$$;

create or replace function public.claim_free_module(module text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '2s' as $$
declare
  v_user_id uuid := auth.uid();
begin
  if v_user_id is null then
    raise insufficient_privilege using message = 'sign in first';
  end if;
  return sesame.claim_free(v_user_id, module);
exception when lock_not_available then
  perform sesame.refuse_for_now();
end
$$;

create or replace function public.sesame_claim_free_module_for(user_id uuid, module text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
begin
  return sesame.claim_free(sesame_claim_free_module_for.user_id, sesame_claim_free_module_for.module);
end
$$;

create or replace function public.claim_purchase(secret text) returns void
language plpgsql volatile security definer set search_path = '' set lock_timeout = '2s' as $$
declare
  v_user_id uuid := auth.uid();
  v_link sesame.claim_links;
  v_sale record;
begin
  if v_user_id is null then
    raise insufficient_privilege using message = 'sign in first';
  end if;

  -- Check the secret before taking the lock, so that guessing cannot block other writers.
  v_link := sesame.find_open_link(secret);
  if v_link.secret_hash is not null then
    perform sesame.lock_fold();
    v_link := sesame.find_open_link(secret);
  end if;
  if v_link.secret_hash is null then
    raise sqlstate 'SE020' using
      message = 'this link opens nothing',
      hint = 'Ask for a new one.';
  end if;

  -- By now the sale may be known by another object than when the link was made.
  v_sale := sesame.find_purchase(v_link.object_id);
  update sesame.claim_links set used_at = now() where secret_hash = v_link.secret_hash;
  perform sesame.set_cause('member: claimed by link');
  insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
  values (
    v_sale.livemode, v_sale.account, v_sale.object_kind, v_sale.object_id, v_user_id, 'link',
    v_link.actor, v_link.why
  );
  -- Items that were sold together with a subscription belong to the same buyer.
  perform sesame.fold_sources(sesame.find_dependents(
    jsonb_build_object(v_sale.object_kind, jsonb_build_array(v_sale.object_id))
  ));
exception when lock_not_available then
  perform sesame.refuse_for_now();
end
$$;

create or replace function sesame.objects_of(of_user uuid, of_email text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_refs text[] := sesame.refs_of(of_user);
begin
  return sesame.find_dependents(coalesce((
    select json_object_agg(named.kind, named.ids)::jsonb
    from (
      select of_them.kind, jsonb_agg(distinct of_them.id) as ids
      from (
        select 'checkout_session' as kind, id from sesame.checkout_sessions
        where user_ref = any (v_refs) or client_reference_id = any (v_refs) or email = of_email
        union all
        select 'payment_intent', id from sesame.payment_intents where user_ref = any (v_refs)
        union all
        select 'charge', id from sesame.charges where user_ref = any (v_refs)
        union all
        select 'invoice', id from sesame.invoices
        where user_ref = any (v_refs) or subscription_user_ref = any (v_refs) or email = of_email
        union all
        select 'subscription', id from sesame.subscriptions where user_ref = any (v_refs)
        union all
        select 'customer', id from sesame.customers where user_ref = any (v_refs) or email = of_email
        union all
        select object_kind, object_id from sesame.claims where user_id = any (sesame.accounts_of(of_user))
      ) as of_them
      group by 1
    ) as named
  ), '{}'));
end
$$;

create or replace function sesame.is_awaited(address text) returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  -- If another transaction folds a purchase at this moment, wait until it commits.
  perform pg_advisory_xact_lock(sesame.address_key(address));
  if exists (select from sesame.grants where waits_for = address)
    or exists (
      select from public.access_tokens as token
      where token.created_by is null and sesame.tidy_email(token.user_ref) = address
    )
  then
    raise sqlstate 'SE098';  -- the rollback of this block releases the lock
  end if;
  return false;
exception when sqlstate 'SE098' then
  return true;
end
$$;

create or replace function sesame.tg_welcome_user() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '1s'
-- The tables may be new. A plan made while they are empty must not scan them later, when they are large.
set enable_seqscan = off as $$
declare
  v_address text;
begin
  begin
    v_address := sesame.tidy_email(new.email);
    perform sesame.note_spelling(new.id, new.email);
    if not sesame.is_awaited(v_address) or not exists (select from sesame.verified_users where id = new.id) then
      return null;
    end if;
    if exists (select from sesame.grants where waits_for = v_address) then
      perform sesame.lock_fold();
      perform sesame.set_cause('member: verified the address');
      perform sesame.claim_grants(array[new.id], array[v_address]);
    end if;
  exception
    -- A busy fold must not refuse a sign-in: the next sign-in claims what waits.
    when lock_not_available then
      raise warning 'what waits for an account was not claimed: %', sqlstate;
      return null;  -- the tokens would wait for the same lock
    when others then
      raise warning 'what waits for an account was not claimed: %', sqlstate;
  end;
  begin
    if exists (
      select from public.access_tokens as token
      where token.created_by is null and sesame.tidy_email(token.user_ref) = v_address
    ) then
      perform sesame.claim_waiting_tokens(new.id, v_address);
    end if;
  exception when others then
    raise warning 'the tokens that wait for an account were not claimed: %', sqlstate;
  end;
  return null;
end
$$;

create or replace function sesame.held_by(of_user uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(json_object_agg(held.source, held.ids)::jsonb, '{}')
    from (
      select source, jsonb_agg(distinct source_id) as ids from sesame.grants where user_id = of_user group by source
    ) as held
  );
end
$$;

create or replace function public.sesame_create_access_token(
  user_ref text, module text, payment_id text, access_level text, expiration_hours integer, max_usage integer
)
returns setof sesame.token_terms
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_named sesame.named_user := sesame.named_user(sesame_create_access_token.user_ref);
  v_payment_id text := sesame_create_access_token.payment_id;
  v_module_id bigint := sesame.named_module(sesame_create_access_token.module);
  v_id uuid;
  v_terms sesame.token_terms;
begin
  if v_module_id is null or v_named.problem is not null then
    return next sesame.no_terms(case when v_module_id is null then 'no_such_module' else v_named.problem end);
    return;
  end if;

  -- One call at a time: a second call waits for the first one and finds its token.
  perform sesame.lock_fold();
  v_id := sesame.token_of_payment(v_payment_id, v_module_id, v_named);
  if v_id is null then
    insert into public.access_tokens (
      created_by, user_ref, module_id, payment_id, access_level, max_usage, expires_at
    )
    values (
      v_named.user_id, v_named.user_ref, v_module_id, v_payment_id, sesame_create_access_token.access_level,
      sesame_create_access_token.max_usage, now() + make_interval(hours => expiration_hours)
    )
    returning id into v_id;
  elsif v_named.user_id is not null then
    update public.access_tokens as token set created_by = v_named.user_id
    where token.id = v_id and token.created_by is null;
  end if;

  select
    case
      when token.created_by is not null then sesame.refusal_of(v_id, token.created_by, v_module_id)
      when not token.is_active then 'revoked'
      when token.expires_at <= now() then coalesce(token.blocked_by, 'expired')
      else coalesce(token.blocked_by, 'waits')
    end,
    token.id, known.slug, token.access_level, token.max_usage, token.max_usage - token.usage_count, token.expires_at,
    token.created_by, v_module_id, sesame.token_alg(v_module_id)
  into v_terms
  from public.access_tokens as token
  join public.modules as known on known.id = token.module_id
  where token.id = v_id;
  if v_terms.reason is null and v_terms.alg = 'HS256' then
    perform sesame.count_legacy_token(v_module_id);
  end if;
  return next v_terms;
end
$$;

create or replace function sesame.sales_at_prices(price_ids text[]) returns jsonb
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (
      select jsonb_agg(id) from sesame.checkout_sessions as session
      where session.price_ids && sales_at_prices.price_ids
    ),
    'invoice', (
      select jsonb_agg(distinct invoice_id) from sesame.invoice_lines as line
      where line.price_id = any (sales_at_prices.price_ids)
    ),
    'subscription', (
      select jsonb_agg(id) from sesame.subscriptions as subscription
      where subscription.price_ids && sales_at_prices.price_ids
    )
  ));
end
$$;

create or replace function sesame.fold_prices(price_ids text[]) returns void
language plpgsql volatile set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform sesame.fold_or_defer(sesame.sales_at_prices(price_ids));
end
$$;

create or replace trigger module_prices_lock
  before insert or update or delete on public.module_prices
  for each statement
  execute function sesame.tg_lock_fold();

create or replace trigger extra_prices_lock
  before insert or delete on sesame.extra_prices
  for each statement
  execute function sesame.tg_lock_fold();

create or replace function sesame.tg_fold_new_modules() returns trigger
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  v_refs text[];
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('catalogue');
  v_refs := array(select slug from added union all select id::text from added);
  -- All objects that name the module.
  perform sesame.fold_or_defer(jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (
      select jsonb_agg(id) from sesame.checkout_sessions where module_ref = any (v_refs)
    ),
    'payment_intent', (
      select jsonb_agg(id) from sesame.payment_intents where module_ref = any (v_refs)
    ),
    'charge', (
      select jsonb_agg(id) from sesame.charges where module_ref = any (v_refs) and payment_intent_id is null
    ),
    'invoice', (
      select jsonb_agg(id) from sesame.invoices where module_ref = any (v_refs)
    ),
    'subscription', (
      select jsonb_agg(id) from sesame.subscriptions where module_ref = any (v_refs)
    )
  )));
  return null;
end
$$;

create or replace function sesame.tg_fold_everything() returns trigger
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('settings');
  perform sesame.fold_everything_or_defer();
  return null;
end
$$;

create or replace trigger settings_fold_everything
  after update on sesame.settings
  for each row
  -- Accounts that have returned already are facts. Two of these settings decide about the next ones. No access depends
  -- on a body.
  when (
    to_jsonb(old) - '{verified_email_claims,returning_account_inherits,keep_bodies}'::text[]
      is distinct from to_jsonb(new) - '{verified_email_claims,returning_account_inherits,keep_bodies}'::text[]
  )
  execute function sesame.tg_fold_everything();

create or replace function sesame.change_mapping(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text
) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_was jsonb := sesame.mapping_of(price);
begin
  if v_was is null and of_module is not null and sesame.sales_at_prices(array[price]) = '{}' then
    raise sqlstate 'SE070' using
      message = 'no such price',
      detail = format('%s is not mapped, and nothing was sold at it', coalesce(price, 'null')),
      hint = 'Compare it with the price in Stripe (price_…). To map a new price, insert it into public.module_prices.';
  elsif instead_of is not null and not exists (
    select from public.module_prices where (stripe_price_id, module_id) = (price, instead_of)
  ) then
    raise sqlstate 'SE072' using
      message = 'this price does not open that module',
      detail = format('%s opens %s', coalesce(price, 'null'), coalesce(nullif(v_was, '[]')::text, 'nothing')),
      hint = 'Name a module of the price in instead_of, or leave instead_of out.';
  end if;

  perform set_config('sesame.remapping', 'yes', true);
  perform sesame.write_mapping(price, of_module, terms, instead_of, actor, why);
  perform set_config('sesame.remapping', '', true);
  insert into sesame.price_changes (price, was, became, actor, why)
  values (price, v_was, sesame.mapping_of(price), actor, why);
end
$$;

create or replace function sesame.remap_and_compare(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text
) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_sold jsonb := sesame.sales_at_prices(array[price]);
  v_sales jsonb;
  v_guests sesame.grants[];
  v_since bigint := coalesce((select max(id) from sesame.access_log), 0);
begin
  if sesame.count_objects(v_sold) > sesame.most_at_once() then
    return sesame.remap_by_parts(price, of_module, terms, instead_of, actor, why, v_sold);
  end if;
  v_sales := sesame.find_dependents(v_sold);
  v_guests := sesame.guest_grants(v_sales);
  perform sesame.change_mapping(price, of_module, terms, instead_of, actor, why);
  perform sesame.fold_sources(v_sales);

  return (
    select jsonb_agg(to_jsonb(changed) || jsonb_build_object('slug', module.slug))
    from (
      select user_id, module_id, sesame.name_change(was, becomes) as change, was, becomes, null::bigint as purchases
      from sesame.access_changed_since(v_since)
      union all
      select null, module_id, guests.change, null, null, guests.purchases
      from sesame.guest_changes(v_guests, sesame.guest_grants(v_sales)) as guests
    ) as changed
    join public.modules as module on module.id = changed.module_id
    where changed.change is not null
  );
end
$$;

create or replace function sesame.remap_by_parts(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text, sold jsonb
) returns jsonb
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.change_mapping(price, of_module, terms, instead_of, actor, why);
  perform sesame.defer_objects(sold);
  return jsonb_build_array(jsonb_build_object(
    'slug', (select slug from public.modules where id = of_module),
    'change', 'follows', 'purchases', sesame.count_objects(sold)
  ));
end
$$;

create or replace function sesame.known_of(code sesame.code, about text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(jsonb_strip_nulls(case
    when about is null then null
    when code in ('foreign_account', 'wrong_mode', 'event_failed', 'event_waiting') then (
      select jsonb_build_object('event_id', event.id, 'account_id', nullif(event.account, 'unreadable'))
      from sesame.stripe_events as event where event.id = about
    )
    when code = 'grant_missing' then jsonb_build_object('right', about)
    when code in ('token_waits', 'exhausted') then jsonb_build_object('token_id', about)
    -- If the catalogue has only one module, it must be that one.
    when code = 'price_unmapped' then jsonb_build_object(
      'price_id', about, 'module', (select min(slug) from public.modules having count(*) = 1)
    )
    when code in ('module_unknown', 'price_recurs', 'paid_after_end') then sesame.known_sale(code, about)
    when sesame.kind_of(about) is not null then jsonb_build_object('source_id', about)
  end), '{}');
end
$$;

create or replace function sesame.explain_understanding(ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_words text[] := array(select distinct lower(id collate "C") from unnest(ids) as id where id <> '');
begin
  return coalesce((
    select sesame.broken(
      case event.outcome
        when 'failed' then 'event_failed'
        when 'received' then 'event_waiting'
        else event.detail::sesame.code
      end,
      format('%s %s: %s, received %s', event.id, event.type, coalesce(event.detail, 'waits'), event.received_at),
      event.id
    )
    from sesame.stripe_events as event
    where event.outcome in ('received', 'failed', 'quarantined')
      and (event.id = any (ids) or event.object_id = any (ids) or event.id in (
        select latest.id
        from (
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'failed' order by stored.received_at desc limit 1000
          )
          union all
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'received' order by stored.received_at desc limit 1000
          )
          union all
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'quarantined' order by stored.received_at desc limit 1000
          )
        ) as latest
        cross join lateral sesame.quoted_in(latest.payload) as quoted (word)
        join unnest(v_words) as sought (word) on sought.word = quoted.word
      ))
    order by event.outcome = 'quarantined', event.outcome = 'received', event.created desc
    limit 1
  ), (
    select sesame.broken(unfolded.code, unfolded.detail, unfolded.id) from sesame.unfolded_among(ids) as unfolded
  ));
end
$$;

create or replace function sesame.find_reference(
  reference text, ids text[], of_user uuid, of_email text, of_module bigint
) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
begin
  if of_module is not null then
    return query select * from sesame.find_lacking(of_module);
    return;
  end if;
  -- An event that was not applied is the answer, even if other facts about its object are known.
  if not exists (
    select from sesame.stripe_events where id = reference and outcome in ('received', 'failed', 'quarantined')
  ) then
    return query select * from sesame.find_access(ids, of_user, of_email);
    if found then
      -- Users are explained with their objects. An object may have no user yet.
      return query
        select null::text, null::text, unfolded.code, unfolded.detail, unfolded.id
        from sesame.unfolded_among(ids) as unfolded
        where of_user is null;
      return;
    end if;
  end if;
  return query select * from sesame.explain_nothing(reference, ids);
end
$$;

create or replace view sesame.stored_events as
select
  id, type, extract(epoch from created)::bigint as created, api_version, livemode, nullif(account, '') as account,
  object_id, payload, outcome, outcome = 'failed' and detail = '57014' as by_parts
from sesame.stripe_events;

create or replace function sesame.overdue_events() returns table (code sesame.code, event_id text, received_at timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select 'event_waiting'::sesame.code, event.id, event.received_at
    from sesame.stripe_events as event
    where event.outcome = 'received' and event.received_at < now() - interval '5 minutes';
end
$$;

create or replace function public.sesame_failed_events(after text, most integer, our_livemode boolean, our_accounts text[])
returns table (
  id text, type text, created bigint, api_version text, livemode boolean, account text, object_id text, payload text,
  by_parts boolean
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      event.id, event.type, event.created, event.api_version, event.livemode, event.account, event.object_id,
      event.payload, event.by_parts
    from sesame.stored_events as event
    where event.id > after
      and event.outcome in ('received', 'failed', 'quarantined')
      and event.payload <> ''  -- the user it was about has been erased since
      and (event.outcome = 'failed'
        or event.id in (select overdue.event_id from sesame.overdue_events() as overdue)
        -- Some events were not ours when they came, and are ours now.
        or event.outcome = 'quarantined' and event.livemode = our_livemode
          and (event.account is null or event.account = any (our_accounts)))
    order by event.id
    limit most;
end
$$;

create or replace function public.sesame_failed_event(event_id text)
returns table (
  id text, type text, created bigint, api_version text, livemode boolean, account text, object_id text, payload text,
  by_parts boolean
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      event.id, event.type, event.created, event.api_version, event.livemode, event.account, event.object_id,
      event.payload, event.by_parts
    from sesame.stored_events as event
    where event.id = sesame_failed_event.event_id and event.outcome in ('received', 'failed');
end
$$;

create or replace view sesame.unfinished as
  select 'event_failed'::sesame.code as code, id as example
  from sesame.stripe_events where outcome = 'failed'
  union all
  select code, event_id from sesame.overdue_events()
  union all
  select detail::sesame.code, id
  from sesame.stripe_events
  where outcome = 'quarantined' and type <> 'sesame.doctor' and received_at > now() - interval '30 days'
  union all
  -- A missing object has a code of its own.
  select 'fetch_pending', object_id from sesame.pending_fetches where why <> 'never came'
  union all
  select 'subscription_missing', subscription_id from sesame.missing_subscriptions
  union all
  -- An id may be too long for an index.
  select code, left(coalesce(price_id, source_id), 600) from sesame.unsold
  union all
  select code, source_id from sesame.wasted_payments
  union all
  select code, source_id from sesame.unowned_grants
  union all
  select 'user_unknown', held.source_id
  from sesame.grants as held
  where held.user_id is not null and held.reason < 'denied'
    and not exists (select from auth.users where users.id = held.user_id);

create or replace function sesame.findings_of(part sesame.part) returns table (code sesame.code, example text)
language plpgsql stable set search_path = '' as $$
begin
  case part.stage
    when '' then
      return query
        table sesame.unfinished
        union all
        select overdue.code, overdue.id from sesame.overdue_objects() as overdue;
    when 'sources' then
      return query
        select 'grants_stale'::sesame.code, id from sesame.parted_sources(part.first, part.last)
        where sesame.is_all_folded();
    when 'tokens' then
      return query
        select 'token_waits'::sesame.code, token.id::text
        from public.access_tokens as token
        where token.id between part.first::uuid and part.last::uuid and token.created_by is null and token.is_active;
    else
      return query
        select drifted.code, drifted.user_id || ' ' || drifted.module_id
        from sesame.drifted_members(part.first::uuid, part.last::uuid) as drifted
        where sesame.is_all_folded();
  end case;
end
$$;

create or replace function sesame.inbox_size() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_inbox regclass := 'sesame.stripe_events';
  v_bodies regclass := (select nullif(reltoastrelid, 0) from pg_catalog.pg_class where oid = v_inbox);
  -- Counting a large table takes seconds. Postgres keeps an estimate; -1: it has none yet.
  v_events bigint := (select nullif(reltuples, -1) from pg_catalog.pg_class where oid = v_inbox);
begin
  return jsonb_build_object(
    'events', v_events,
    'bytes', pg_total_relation_size(v_inbox),
    'body_bytes', coalesce(pg_total_relation_size(v_bodies), 0),
    'row_bytes', pg_table_size(v_inbox) - coalesce(pg_total_relation_size(v_bodies), 0),
    'index_bytes', pg_indexes_size(v_inbox),
    'bytes_per_event', round(pg_total_relation_size(v_inbox) / nullif(v_events, 0)::numeric)
  );
end
$$;

create or replace function sesame.waiting_events_now() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_build_object(
      'waiting', count(*),
      'oldest_waiting_at', min(event.received_at),
      'waiting_seconds', coalesce(extract(epoch from now() - min(event.received_at)), 0)
    )
    from sesame.stripe_events as event
    where event.outcome = 'received'
  );
end
$$;

create or replace function public.sesame_webhook_health() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_last timestamptz := sesame.last_arrival();
  v_usual interval := sesame.usual_silence();
  v_oldest timestamptz := (select min(event.received_at) from sesame.stripe_events as event
    where event.outcome = 'failed');
  v_refusal jsonb := (select to_jsonb(refusal) from sesame.webhook_refusal() as refusal);
  v_day jsonb;
  v_troubles text[];
begin
  select jsonb_build_object(
    'events', count(*),
    'failed', count(*) filter (where event.outcome = 'failed'),
    'quarantined', count(*) filter (where event.outcome = 'quarantined'),
    'ignored', count(*) filter (where event.outcome = 'ignored'),
    'lag_p50', percentile_cont(0.50) within group (order by extract(epoch from event.received_at - event.created)),
    'lag_p95', percentile_cont(0.95) within group (order by extract(epoch from event.received_at - event.created)),
    'lag_p99', percentile_cont(0.99) within group (order by extract(epoch from event.received_at - event.created))
  )
  into v_day
  from sesame.stripe_events as event
  where event.received_at > now() - interval '1 day' and event.type not like '%.fetched';

  v_troubles := array_remove(array[
    case when v_oldest < now() - interval '10 minutes' then 'events_failed' end,
    case when exists (select from sesame.overdue_events()) then 'events_waiting' end,
    case when sesame.is_silent(v_last, v_usual) then 'silence' end,
    case when v_refusal is not null then 'refused' end
  ], null);
  return jsonb_build_object(
    'troubles', v_troubles,
    'last_event_at', v_last,
    'usual_silence_seconds', extract(epoch from v_usual),
    'oldest_failed_at', v_oldest,
    'backlog_seconds', coalesce(extract(epoch from now() - v_oldest), 0),
    'last_day', v_day,
    'deliveries', sesame.deliveries_of_day(),
    'refusal', v_refusal,
    'pending_reads', (select count(*) from sesame.pending_fetches),
    'purchases_without_buyer', (select count(*) from sesame.grants where user_id is null and reason < 'denied'),
    'tokens_without_owner', (select count(*) from public.access_tokens where created_by is null),
    'alerts', (
      select jsonb_object_agg(grade, (
        select count(*) from sesame.open_alerts as alert where alert.severity = grade
      ))
      from unnest(enum_range(null::sesame.severity)) as grade
    ),
    'latencies', sesame.latencies_now(),
    'inbox', sesame.inbox_size(),
    'unfolded', sesame.unfolded_now(),
    'events_by_hour', (
      select coalesce(jsonb_agg(hour order by hour ->> 'hour'), '[]')
      from (
        select jsonb_build_object(
          'hour', date_trunc('hour', event.received_at at time zone 'utc'),
          'events', count(*),
          'failed', count(*) filter (where event.outcome = 'failed')
        ) as hour
        from sesame.stripe_events as event
        where event.received_at > now() - interval '1 day'
        group by date_trunc('hour', event.received_at at time zone 'utc')
      ) as hours
    ),
    'access_by_day', (
      select coalesce(jsonb_agg(day order by day ->> 'day'), '[]')
      from (
        select jsonb_build_object(
          'day', (change.at at time zone 'utc')::date,
          'opened', count(*) filter (where change.is_active),
          'closed', count(*) filter (where change.is_active is not true)
        ) as day
        from sesame.access_log as change
        where change.at > now() - interval '30 days'
        group by (change.at at time zone 'utc')::date
      ) as days
    )
  ) || sesame.waiting_events_now();
end
$$;

create or replace view sesame.concerns as
  select code as kind, example as about from sesame.unfinished
  union
  select 'webhook_silent', 'stripe-webhook'
  where sesame.is_silent(sesame.last_arrival(), sesame.usual_silence())
  union
  select code, 'stripe-webhook' from sesame.webhook_refusal()
  union
  -- One alert for thousands of objects.
  select code, 'sesame-fold' from sesame.overdue_objects()
  union
  -- The bank waits for an answer only a few days.
  select 'dispute_unanswered', id
  from sesame.disputes
  where status in ('warning_needs_response', 'needs_response', 'appeal_needs_response')
  union
  select 'fraud_warning', object_id
  from sesame.stripe_events
  where type = 'radar.early_fraud_warning.created' and received_at > now() - interval '30 days'
    and outcome <> 'quarantined' and object_id is not null
  union
  -- The site named two users in one purchase. The one in the session counts.
  select 'buyers_differ', session.id
  from sesame.checkout_sessions as session
  join sesame.payment_intents as payment
    on (payment.id, payment.account, payment.livemode) = (session.payment_intent_id, session.account, session.livemode)
  -- The same user may be written in several ways.
  where payment.user_ref <> session.user_ref
    and coalesce(sesame.as_uuid(payment.user_ref)::text, sesame.as_email(payment.user_ref), payment.user_ref)
      <> coalesce(sesame.as_uuid(session.user_ref)::text, sesame.as_email(session.user_ref), session.user_ref)
  union
  -- The holder of the link had the module, and the money was refunded to another person.
  select 'claim_refunded', claim.object_id
  from sesame.claims as claim
  join sesame.grants as held
    on (held.source_id, held.account, held.livemode) = (claim.object_id, claim.account, claim.livemode)
  where claim.way = 'link' and held.reason in ('refunded', 'disputed');

create or replace function public.sesame_refresh_alerts() returns integer
language plpgsql volatile security definer set search_path = '' set jit = off as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sesame.alerts', 0)) then
    return (select count(*) from sesame.open_alerts);  -- another refresh is running
  end if;

  insert into sesame.alerts as alert (kind, about, severity, first_seen, last_seen)
  select concern.kind, concern.about, coalesce(known.severity, 'warning'), v_now, v_now
  from sesame.concerns as concern
  left join sesame.alert_kinds as known on known.kind = concern.kind::text
  -- Alerts are raised even if the clock was set back.
  on conflict (kind, about) do update set
    (severity, last_seen) = (excluded.severity, greatest(excluded.last_seen, alert.first_seen));

  -- It was resolved and is seen again: it starts again.
  update sesame.alerts
  set (times, first_seen, raised_at, told_at, telling_until, resolved_at, dismissed_at, dismissed_by, dismissed_why)
    = (times + 1, v_now, null, null, null, null, null, null, null)
  where resolved_at is not null and last_seen = v_now;

  update sesame.alerts as alert
  set raised_at = v_now
  where alert.raised_at is null and alert.first_seen + coalesce(
    (select patience from sesame.alert_kinds as known where known.kind = alert.kind::text), interval '0'
  ) <= v_now;

  -- Resolve alerts that this refresh did not see; delete those that were never raised.
  delete from sesame.alerts where last_seen < v_now and raised_at is null;
  update sesame.alerts set resolved_at = v_now where last_seen < v_now and resolved_at is null;
  delete from sesame.alerts where resolved_at < v_now - interval '90 days';
  return (select count(*) from sesame.open_alerts);
end
$$;

create or replace function sesame.empty_bodies(before timestamptz, most integer) returns bigint
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  v_emptied bigint;
begin
  update sesame.stripe_events set payload = ''
  where id = any (array(
      -- As stripe_events_bodies_idx says it: so this reads only what it empties.
      select id from sesame.stripe_events
      where payload <> '' and outcome in ('applied', 'ignored') and received_at < before
      order by received_at
      limit most
      for update skip locked  -- a call that holds one of them may wait for another, and an ignored event may fail now
    ));
  get diagnostics v_emptied = row_count;
  return v_emptied;
end
$$;

create or replace function sesame.delete_requests(before timestamptz, most integer) returns bigint
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  v_deleted bigint;
begin
  delete from sesame.uses
  where ctid = any (array(select ctid from sesame.uses where used_at < before limit most));
  get diagnostics v_deleted = row_count;
  return v_deleted;
end
$$;

create or replace function sesame.purge(older_than interval default null, most integer default 25000)
returns table (payloads bigint, requests bigint)
language plpgsql volatile set search_path = '' as $$
declare
  v_before timestamptz := now() - coalesce(older_than, interval '90 days');
  v_kept interval := (select keep_bodies from sesame.settings where settings.id);
begin
  if older_than < interval '30 days' then
    raise sqlstate 'SE009' using
      message = 'too young to be purged',
      detail = format('%s is less than 30 days', older_than),
      hint = 'An event of the last 30 days may still come from Stripe, and name what this would delete. Bodies may go '
        'earlier: update sesame.settings set keep_bodies = interval ''7 days'';';
  end if;

  payloads := sesame.empty_bodies(now() - least(older_than, v_kept), most);
  requests := sesame.delete_requests(v_before, most);

  -- A late event may still name the account. Its purchases and denials are kept for its return.
  delete from sesame.deleted_accounts as deleted
  where exists (select from sesame.erasures as erasure where erasure.user_id = deleted.user_id)
    or deleted.deleted_at < v_before
      and not exists (select from sesame.sources as held where held.user_id = deleted.user_id)
      and not exists (
        select from sesame.checkout_sessions as bought
        where bought.user_ref = deleted.user_id::text and bought.status = 'complete'
      )
      and not exists (select from sesame.subscriptions as bought where bought.user_ref = deleted.user_id::text);

  delete from sesame.latencies where day < v_before::date;
  delete from sesame.legacy_tokens where day < v_before::date;
  delete from sesame.deliveries where slot < v_before;
  return next;
end
$$;

create or replace function sesame.schedule_upkeep() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is null then
    raise notice 'alerts and retention are not scheduled: turn on pg_cron, then select sesame.schedule_upkeep(); '
      'or let any other cron call sesame_refresh_alerts(), sesame.purge() and sesame.fold_for_a_while()';
    return false;
  end if;
  perform cron.schedule('sesame-alerts', '*/5 * * * *', 'select public.sesame_refresh_alerts()');
  -- Each run is one short transaction, and the next one continues. Together the runs of a day can empty seven million
  -- bodies. A run that finds nothing reads nothing.
  perform cron.schedule('sesame-purge', '2-59/5 * * * *', 'select sesame.purge()');
  -- A fold that takes longer than a delivery may is cancelled, and its event fails as in a delivery.
  perform cron.schedule(
    'sesame-fold', '* * * * *', $job$set statement_timeout = '8s'; select sesame.fold_for_a_while()$job$);
  return true;
end
$$;

create or replace function sesame.step_aside() returns table (what text, number bigint)
language plpgsql volatile set search_path = '' set lock_timeout = '10s' as $$
declare
  v_object oid;
begin
  if sesame.legacy_schema() is null then
    raise sqlstate 'SE012' using
      message = 'there are no old tables to bring back',
      hint = 'Schema legacy, where a push moved them, is not here. See docs/moving_in.md.';
  end if;
  perform sesame.lock_fold();
  perform sesame.refuse_swap('legacy', 'sesame_aside');
  create schema sesame_aside;
  comment on schema sesame_aside is 'Sesame: asleep since its old tables are back. The command backfill --redo wakes it.';
  perform sesame.export_new_access();
  return query execute 'select ''access '' || what, count(*) from sesame_aside.new_access group by 1 order by 1';

  perform sesame.fall_asleep();
  perform sesame.switch_cron(false);
  for v_object in select id from sesame.surface('public') loop
    perform sesame.move_object(v_object, 'sesame_aside');
  end loop;
  for v_object in select id from sesame.objects_in('legacy') loop
    perform sesame.move_object(v_object, 'public');
    insert into sesame.returned_objects (id) values (v_object);
  end loop;
  alter schema legacy rename to sesame_legacy;
  return query
    select format('foreign key %s of %s points at the old table again', name, of_table)
      || case when is_whole then '' else ', but not yet for rows written since' end, null::bigint
    from sesame.restore_keys();
  return query
    select format('%s still asks %s', reader, target), null::bigint from sesame.readers_of('sesame_aside')
    union all
    select format('foreign key %s of %s still points at %s', conname, conrelid::regclass, confrelid::regclass), null::bigint
    from pg_catalog.pg_constraint
    join pg_catalog.pg_class as target on target.oid = confrelid
    join pg_catalog.pg_class as source on source.oid = conrelid
    where contype = 'f' and target.relnamespace = 'sesame_aside'::regnamespace
      and source.relnamespace not in ('sesame_aside'::regnamespace, 'sesame'::regnamespace)
    order by 1;
  notify pgrst, 'reload schema';
end
$$;

create or replace function sesame.written_tables() returns regclass[]
language plpgsql stable set search_path = '' as $$
begin
  return array['public.access_tokens', 'public.module_access']::regclass[] || array(
    select held.oid::regclass
    from pg_catalog.pg_class as held
    where held.relnamespace = 'sesame'::regnamespace and held.relkind = 'r'
      and held.oid <> all (sesame.fact_tables() || array['sesame.stripe_events', 'sesame.waiting_events', 'sesame.grants', 'sesame.uses',
        'sesame.moved_modules', 'sesame.moved_keys', 'sesame.carried_columns', 'sesame.sleeping_functions']::regclass[])
    order by held.relname
  );
end
$$;

create or replace function sesame.erase_words(of_user uuid, ids text[], event_ids text[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
begin
  perform set_config('sesame.erasing', 'yes', true);
  with claims as (
    update sesame.claims set why = 'erased'
    where way = 'operator' and (user_id = any (sesame.accounts_of(of_user)) or object_id = any (ids))
    returning 1
  ),
  links as (
    update sesame.claim_links set why = 'erased' where object_id = any (ids)
    returning 1
  ),
  grants as (
    update sesame.manual_grants
    set (why, revoked_why) = ('erased', case when revoked_why is not null then 'erased' end)
    where user_id = of_user and kind <> 'claim'
    returning 1
  ),
  dismissals as (
    update sesame.alerts set dismissed_why = 'erased'
    where about = any (ids || event_ids) and dismissed_why is not null
    returning 1
  ),
  log as (
    update sesame.access_log set cause = regexp_replace(cause, '^(operator: [^:]*): .*$', '\1: erased')
    where cause like 'operator: %' and (
      user_id = any (sesame.accounts_of(of_user)) or metadata ->> 'source_id' = any (ids)
      -- The former owner of a moved purchase: the log names what they still have.
      or cause in (
        select format('operator: %s: %s', claim.actor, claim.why)
        from sesame.claims as claim where claim.way = 'operator' and claim.object_id = any (ids)
      )
    )
    returning 1
  ),
  -- The access log will name this cause.
  unfolded as (
    update sesame.unfolded_objects set cause = regexp_replace(cause, '^(operator: [^:]*): .*$', '\1: erased')
    where id = any (ids) and cause like 'operator: %'
    returning 1
  )
  select count(*) into v_erased
  from (
    table claims union all table links union all table grants union all table dismissals union all table log
    union all table unfolded
  ) as erased;
  perform set_config('sesame.erasing', '', true);
  return v_erased;
end
$$;

create or replace function sesame.refuse_erasing(ids text[], event_ids text[]) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_running text := (
    select min(subscription.id) from sesame.subscriptions as subscription
    where subscription.id = any (ids) and subscription.status not in ('canceled', 'incomplete_expired')
  );
  v_unapplied text := (
    select min(event.id) from sesame.stripe_events as event
    where event.id = any (event_ids) and event.outcome in ('received', 'failed')
  );
begin
  if v_running is not null then
    raise sqlstate 'SE060' using
      message = 'a subscription of this user still runs',
      detail = v_running,
      hint = 'Cancel it in Stripe, and erase the user once its last event has arrived: until then Stripe goes on naming them.';
  end if;
  if v_unapplied is not null then
    raise sqlstate 'SE061' using
      message = 'an event of this user is not applied yet',
      detail = v_unapplied,
      hint = 'Replay it first, with the command reconcile: its content is kept only in its body.';
  end if;
end
$$;

create or replace function public.erase_user(user_id uuid, actor text, why text) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' set jit = off
-- A large inbox takes longer than a role's own limit. The Data API applies this setting of the function.
set statement_timeout = '10min' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_ids text[] := sesame.bought_objects(user_id);
  v_words text[] := sesame.words_for(user_id, v_ids);
  -- The long part comes first, without a lock: so no other call waits for it.
  v_event_ids text[] := array(select sesame.events_naming(v_ids, v_words));
  v_addresses text[];
  v_verified text := sesame.verified_address(user_id);
  v_erased jsonb;
begin
  perform sesame.lock_fold();
  -- What waits may be about the user. Its facts are erased where the fold puts them.
  perform sesame.fold_waiting();
  perform sesame.set_cause('operator: erasure');
  -- Then the events that came meanwhile. An event is stamped when its transaction begins, and that transaction waits
  -- for the lock.
  v_ids := sesame.bought_objects(user_id);
  v_event_ids := v_event_ids || array(select sesame.events_naming(
    v_ids, sesame.words_for(user_id, v_ids),
    case when v_words @> sesame.words_for(user_id, v_ids) then v_begun - interval '1 minute' else '-infinity' end
  ));
  perform sesame.refuse_erasing(v_ids, v_event_ids);
  perform sesame.claim_before_erasing(user_id);
  update sesame.stripe_events set payload = '' where id = any (v_event_ids) and payload <> '';

  v_addresses := sesame.addresses_of(user_id, v_ids);
  v_erased := jsonb_build_object(
    'bodies', (select count(distinct id) from unnest(v_event_ids) as id),
    'facts', sesame.erase_facts(v_ids, v_addresses, v_verified),
    'words', sesame.erase_words(user_id, v_ids, v_event_ids),
    'tokens', sesame.erase_tokens(user_id, v_addresses)
  );
  perform set_config('sesame.erasing', 'yes', true);
  v_erased := v_erased || jsonb_build_object('elsewhere',
    sesame.erase_addresses(sesame.own_addresses(v_addresses, v_verified), sesame.written_tables())
    + sesame.erase_addresses(array_remove(array[v_verified], null), sesame.fact_tables()));
  perform set_config('sesame.erasing', '', true);
  perform sesame.fold_sources(sesame.find_dependents(sesame.by_kind(v_ids)));
  insert into sesame.erasures (user_id, actor, why, erased) values (user_id, actor, why, v_erased);
  return v_erased;
end
$$;

comment on function public.fold_received_events(text[]) is 'Folds the oldest events that wait, unless none of these waits any more. Answers as process_stripe_events does. An event that is still received waits behind many others: call again. Raises SE001, and any error that a retry may fix.';
comment on function public.process_stripe_events(jsonb,boolean) is 'Stores events once by id, applies their facts, and answers one row for each: applied, duplicate, ignored, quarantined or failed. In the first row, fetch lists the objects to be read again from Stripe. may_wait: if the fold is busy, an event is only stored and answered received; then call fold_received_events. Raises SE001, SE003, and any error that a retry may fix (55P03: the lock is busy).';
comment on function public.sesame_failed_event(text) is 'An event that waits for the fold or could not be applied, as it was stored. No row: it is neither.';
comment on function public.sesame_failed_events(text,integer,boolean,text[]) is 'Stored events without effect, by id. They could not be applied, have waited for the fold for five minutes, or were not ours and are now. They are to be translated and processed again.';
comment on function public.sesame_fold_part(integer) is 'Folds the next part of a change that touched too many objects at once: a price that thousands of sales wait for, or the settings. Call it until left is 0. left may grow first, while it finds what depends on the objects. Calls may end at any point, and several may run at once. failed: how many objects could not be folded. They are tried again after ten minutes. 22023: most is not positive; 55P03: the fold is busy.';
comment on function public.sesame_warm_up(integer) is 'Plans a part of the statements of a fold on this connection, and changes nothing. Answers the number of the next part; null: there is none. The direct door calls it while no event waits, beginning with 1.';
comment on function sesame.answer_events(jsonb,text[],jsonb) is 'One row for each event, in the order given. In the first one, fetch lists those of the touched objects that are to be read again from Stripe.';
comment on function sesame.apply_or_fail(jsonb) is 'Applies the events together, and one by one if that fails or if one is folded by parts. failures is {event id: SQLSTATE}.';
comment on function sesame.apply_subscription(jsonb) is 'Merges the fact of one subscription. Answers all objects {kind: [id, …]} that must be derived again: none, if it says nothing new.';
comment on function sesame.are_by_parts(jsonb) is 'Whether one of these events touches more than one call can fold: its own call has timed out before. Its facts are merged, and what they touch is folded part by part.';
comment on function sesame.are_waiting(text[]) is 'Whether any of these events still waits.';
comment on function sesame.count_unfolded() is 'How many objects and rows can be folded now, after a change that touched too many at once. 0: none.';
comment on function sesame.defer_objects(jsonb) is 'Writes down that these objects {kind: [id, …]} and all that depend on them are to be folded part by part.';
comment on function sesame.delete_requests(timestamp with time zone,integer) is 'Deletes requests of modules that came before this. Answers how many.';
comment on function sesame.doubtful_ids(text,text[]) is 'Those of these objects of one kind that pending_fetches may name; for invoices, also the prices of their lines.';
comment on function sesame.empty_bodies(timestamp with time zone,integer) is 'Empties the bodies of applied and ignored events that came before this, the oldest first. Answers how many.';
comment on function sesame.facts_of(jsonb) is 'The few facts of one event {kind: [fact, …]}, each with the envelope of the event, and their objects {kind: [id, …]}. Null: it has none.';
comment on function sesame.fetches_of(text,text[]) is 'Those of these objects of one kind that pending_fetches names, as for fetches_among.';
comment on function sesame.fold_events(jsonb,boolean) is 'Folds these events. may_wait: also those that wait; after a transient error all of them wait. Answers the touched objects. Call under lock_fold().';
comment on function sesame.fold_everything_or_defer() is 'Derives everything again: at once if it is little, else part by part. Call under lock_fold().';
comment on function sesame.fold_for_a_while() is 'Folds events that wait, and then parts of a large change, for about a second. If there are none, it takes no lock. The job sesame-fold runs it each minute.';
comment on function sesame.fold_leftover() is 'Folds some objects of an earlier change that touched too many at once. Call under lock_fold().';
comment on function sesame.fold_limited(jsonb) is 'Folds these objects or members {kind: [id, …]} after a change of the settings: what the site''s server limited stays limited.';
comment on function sesame.fold_next_part(integer) is 'Folds the next part of what a large change left: of the objects, else of the walk. Call under lock_fold().';
comment on function sesame.fold_objects_part(integer) is 'One step for at most so many of the unfolded objects: it follows their arrows, or folds them. If that fails, they wait behind the others. False: there are none to try now. Call under lock_fold().';
comment on function sesame.fold_or_defer(jsonb) is 'Folds these objects {kind: [id, …]} and all that depend on them, at once if they are few, else part by part. Call under lock_fold().';
comment on function sesame.fold_waiting() is 'Folds all that waits now, however long it takes. If nothing waits, it takes no lock.';
comment on function sesame.fold_walk_part(integer) is 'Folds the next part of the walk, of at most so many rows. Call under lock_fold().';
comment on function sesame.forget_waiting(jsonb) is 'These events are settled and no longer wait. Call under lock_fold().';
comment on function sesame.hold_limits(text[]) is 'Keeps the limits of these sources in force, whatever the sources say until settle_limits(). Null: all limits.';
comment on function sesame.ids_of_events(jsonb) is 'The ids of these events, in their order.';
comment on function sesame.inbox_size() is 'The inbox on disk: bytes, of which body_bytes (bodies outside the rows, until keep_bodies is over), row_bytes and index_bytes. events is an estimate, null before the first ANALYZE. It reads no row.';
comment on function sesame.is_all_folded() is 'Whether nothing is left that can be folded now.';
comment on function sesame.is_awaited(text) is 'Whether purchases or tokens wait for this address. False: the address stays locked, so that those which come at this moment see the account.';
comment on function sesame.is_no_fault(text,interval) is 'Whether the part that raised this SQLSTATE after this time was not its cause: the error is temporary, and it is not a timeout whose time the part used up. Call it in the handler of the error: a timeout is known by the present time.';
comment on function sesame.is_one_new(jsonb) is 'Whether this is one session, payment, charge or invoice, of which no fact is known.';
comment on function sesame.is_timeout(text) is 'Whether an error with this SQLSTATE is the statement_timeout, and no cancel by an operator.';
comment on function sesame.keys_of_fold(jsonb) is 'The part of module_access.metadata that the fold writes.';
comment on function sesame.lock_fold_soon() is 'Takes the lock as lock_fold() does, if it is free within 3 ms. False: another transaction holds it.';
comment on function sesame.lock_inbox(text[]) is 'Locks these events in the order of store_events, for a transaction that stores events more than once.';
comment on function sesame.merge_subscription(jsonb) is 'Answers the row before and after: equal if the fact says nothing new.';
comment on function sesame.most_at_once() is 'How many objects a change may fold in its own transaction. The proofs set sesame.most_at_once to a few.';
comment on function sesame.names_others(text,text) is 'Whether a name on an object of this customer reaches purchases of theirs without a name (known_names).';
comment on function sesame.next_objects(integer) is 'The next part: at most so many objects of one cause and one step. An object that has failed is a part of its own.';
comment on function sesame.objects_between(sesame.part) is 'The sources, tokens or members {kind: [id, …]} in this part of a walk.';
comment on function sesame.overdue_events() is 'Events that have waited for the fold for five minutes. Usually it takes them within a second.';
comment on function sesame.overdue_objects() is 'Objects that have waited for five minutes to be derived. settings stands for a walk through all rows.';
comment on function sesame.portions_of(jsonb) is 'The objects {kind: [id, …]} in portions of at most some 500. A plan of look-ups compares each row with every id that it was given. So the time for one portion is bounded, and the time for all grows with their number.';
comment on function sesame.postpone_events(jsonb,jsonb,boolean) is 'Stores what could not be folded now: own events, and all events of the fold. was_slow: the fold itself took the time, so the next one takes half as many. An event that was alone has failed.';
comment on function sesame.postpone_objects(jsonb,text) is 'This part could not be folded. Each of its objects is tried again alone, and then every ten minutes.';
comment on function sesame.purge(interval,integer) is 'Empties the bodies of applied and ignored events that are older than the setting keep_bodies, or than this if that is shorter. Deletes requests of modules, and deleted accounts without a purchase, that are older than this; null: 90 days. It never touches an event that waits, has failed or is quarantined. It handles at most this many of each and answers how many. Run it again until it answers 0. SE009: less than 30 days.';
comment on function sesame.reach_of_invoice(text) is 'All objects {kind: [id, …]} that must be derived again with a new invoice of a subscription. Null: see the arrows.';
comment on function sesame.reach_of_new(jsonb) is 'All objects {kind: [id, …]} that must be derived again with this one new object. Null: see the arrows.';
comment on function sesame.reach_of_payment(text) is 'A payment (pi_) that no known invoice reads, and the sessions that it pays {kind: [id, …]}. Null: one may read it.';
comment on function sesame.receive_events(jsonb) is 'Stores events for a later fold. It needs no lock. An event without facts gets its final outcome at once.';
comment on function sesame.refuse_for_now() is 'Raises PT503: a member''s call did not get a lock in time.';
comment on function sesame.remap_by_parts(text,bigint,jsonb,bigint,text,text,jsonb) is 'Changes the mapping, and writes down that what was sold at the price is to be derived part by part.';
comment on function sesame.sales_at_prices(text[]) is 'The objects {kind: [id, …]} that name one of these prices.';
comment on function sesame.store_events(jsonb,jsonb,boolean) is 'Writes each event with its outcome. failures is {event id: SQLSTATE}. Not is_folded: an event with facts is received.';
comment on function sesame.unfolded_among(text[]) is 'The one of these objects that has waited longest to be derived, with the code for explain. No row: all are derived.';
comment on function sesame.unfolded_now() is 'What a large change left to be folded part by part: how much, how many objects could not be folded, since when the oldest waits, and its age in seconds.';
comment on function sesame.waiting_events_now() is 'How many stored events wait for the fold, since when the oldest, and its age in seconds.';
comment on function sesame.with_waiting(jsonb) is 'These events, each id once, and the oldest of those that wait. Call under lock_fold().';
comment on function sesame.write_few_grants(jsonb,text[]) is 'As write_grants, for the few sources with these ids. ids: all ids of the objects.';
comment on function sesame.write_grants(jsonb) is 'Makes the grants of these objects {kind: [id, …]} equal to derived_grants. owners: the users whose access may have changed by it; null: nothing changed. addresses: those that the grants wait for.';

select sesame.revoke_default_grants('public.fold_received_events');
select sesame.revoke_default_grants('public.process_stripe_events');
select sesame.revoke_default_grants('public.sesame_failed_event');
select sesame.revoke_default_grants('public.sesame_failed_events');
select sesame.revoke_default_grants('public.sesame_fold_part');
select sesame.revoke_default_grants('public.sesame_warm_up');
select sesame.revoke_default_grants('sesame.answer_events');
select sesame.revoke_default_grants('sesame.apply_or_fail');
select sesame.revoke_default_grants('sesame.apply_subscription');
select sesame.revoke_default_grants('sesame.are_by_parts');
select sesame.revoke_default_grants('sesame.are_waiting');
select sesame.revoke_default_grants('sesame.count_objects');
select sesame.revoke_default_grants('sesame.count_unfolded');
select sesame.revoke_default_grants('sesame.defer_objects');
select sesame.revoke_default_grants('sesame.delete_requests');
select sesame.revoke_default_grants('sesame.doubtful_ids');
select sesame.revoke_default_grants('sesame.empty_bodies');
select sesame.revoke_default_grants('sesame.facts_of');
select sesame.revoke_default_grants('sesame.fetches_of');
select sesame.revoke_default_grants('sesame.fold_events');
select sesame.revoke_default_grants('sesame.fold_everything_or_defer');
select sesame.revoke_default_grants('sesame.fold_followed');
select sesame.revoke_default_grants('sesame.fold_for_a_while');
select sesame.revoke_default_grants('sesame.fold_leftover');
select sesame.revoke_default_grants('sesame.fold_limited');
select sesame.revoke_default_grants('sesame.fold_limited_or_defer');
select sesame.revoke_default_grants('sesame.fold_next_part');
select sesame.revoke_default_grants('sesame.fold_objects_part');
select sesame.revoke_default_grants('sesame.fold_or_defer');
select sesame.revoke_default_grants('sesame.fold_waiting');
select sesame.revoke_default_grants('sesame.fold_walk_part');
select sesame.revoke_default_grants('sesame.follow_part');
select sesame.revoke_default_grants('sesame.forget_waiting');
select sesame.revoke_default_grants('sesame.hold_limits');
select sesame.revoke_default_grants('sesame.ids_of_events');
select sesame.revoke_default_grants('sesame.inbox_size');
select sesame.revoke_default_grants('sesame.is_all_folded');
select sesame.revoke_default_grants('sesame.is_awaited');
select sesame.revoke_default_grants('sesame.is_no_fault');
select sesame.revoke_default_grants('sesame.is_one_new');
select sesame.revoke_default_grants('sesame.is_timeout');
select sesame.revoke_default_grants('sesame.keys_of_fold');
select sesame.revoke_default_grants('sesame.lock_fold_soon');
select sesame.revoke_default_grants('sesame.lock_inbox');
select sesame.revoke_default_grants('sesame.merge_subscription');
select sesame.revoke_default_grants('sesame.most_at_once');
select sesame.revoke_default_grants('sesame.names_others');
select sesame.revoke_default_grants('sesame.next_objects');
select sesame.revoke_default_grants('sesame.objects_between');
select sesame.revoke_default_grants('sesame.overdue_events');
select sesame.revoke_default_grants('sesame.overdue_objects');
select sesame.revoke_default_grants('sesame.portions_of');
select sesame.revoke_default_grants('sesame.postpone_events');
select sesame.revoke_default_grants('sesame.postpone_objects');
select sesame.revoke_default_grants('sesame.project_owners');
select sesame.revoke_default_grants('sesame.purge');
select sesame.revoke_default_grants('sesame.reach_of_invoice');
select sesame.revoke_default_grants('sesame.reach_of_new');
select sesame.revoke_default_grants('sesame.reach_of_payment');
select sesame.revoke_default_grants('sesame.receive_events');
select sesame.revoke_default_grants('sesame.refuse_for_now');
select sesame.revoke_default_grants('sesame.remap_by_parts');
select sesame.revoke_default_grants('sesame.sales_at_prices');
select sesame.revoke_default_grants('sesame.settle_limits');
select sesame.revoke_default_grants('sesame.store_events');
select sesame.revoke_default_grants('sesame.unfolded_among');
select sesame.revoke_default_grants('sesame.unfolded_now');
select sesame.revoke_default_grants('sesame.waiting_events_now');
select sesame.revoke_default_grants('sesame.with_waiting');
select sesame.revoke_default_grants('sesame.write_few_grants');
select sesame.revoke_default_grants('sesame.write_grants');
select sesame.revoke_default_grants('sesame.unfolded_objects');
select sesame.revoke_default_grants('sesame.unfolded_walk');
select sesame.revoke_default_grants('sesame.waiting_events');
select sesame.revoke_default_grants('sesame.waiting_events_place_seq');

grant execute on function public.fold_received_events(text[]) to service_role;
grant execute on function public.fold_received_events(text[]) to sesame_webhook;
grant execute on function public.process_stripe_events(jsonb,boolean) to service_role;
grant execute on function public.process_stripe_events(jsonb,boolean) to sesame_webhook;
grant execute on function public.sesame_failed_event(text) to service_role;
grant execute on function public.sesame_failed_events(text,integer,boolean,text[]) to service_role;
grant execute on function public.sesame_fold_part(integer) to service_role;
grant execute on function public.sesame_warm_up(integer) to sesame_webhook;

-- The job that folds what still waits is new, and retention runs every five minutes. Where the operator never scheduled
-- the jobs, none is scheduled.
do $$
begin
  if to_regclass('cron.job') is not null then
    if exists (select from cron.job where jobname = 'sesame-purge') then
      perform sesame.schedule_upkeep();
    end if;
  end if;
end
$$;

-- 0.1.0 stored a changed passes_stack, but changed no access.
do $$
begin
  if exists (select from sesame.settings_changes where setting = 'passes_stack') then
    perform sesame.lock_fold();
    perform sesame.set_cause('settings');
    perform sesame.fold_everything_or_defer();
  end if;
end
$$;

insert into sesame.release (version) values ('0.2.0');

notify pgrst, 'reload schema';
