/** A made-up older version: the book of today with edits, one of each kind that an upgrade must undo. */

import assert from "node:assert/strict";
import { bind, type Chapter, readBook } from "../../../cli/project/release.ts";
import { VERSION } from "../../../cli/version.ts";
import { type UpgradeRequest } from "../../makers/upgrade/upgrade_file.ts";

export const OLDER = "0.0.9";

/** What differed in the older version: the text of today, and the text of then. Each is there at least once. */
const EDITS: readonly [today: RegExp, then: string][] = [
  [/(?<=sesame\.release \(version\) values \(')[^']+/, OLDER],
  // A table less, with its index and its comments.
  [/create table sesame\.rebuilds [^]*?comment on column sesame\.rebuilds\.after[^;]*;/, ""],
  // A column less, with its constraint, its comment and its use.
  [/,\n {2}expiring_notice interval not null default '3 days'/, ""],
  [/,\n {2}constraint settings_expiring_notice_is_not_negative check \(.*\)/, ""],
  [/comment on column sesame\.settings\.expiring_notice[^;]*;/, ""],
  [/(?<=\b(settings|old|new)\.)expiring_notice\b/g, "renewal_grace"],
  // A column of another name.
  [/\bunnamed_at\b/g, "nameless_at"],
  // Another body, and another signature.
  [/'Sesame stands aside: the old tables are in its place'/, "'asleep'"],
  [
    /create function sesame\.select_events\(events jsonb, ids text\[\]\)/,
    `create function sesame.select_events(
    events jsonb, ids text[], most integer default null)`,
  ],
  // A view with other columns, and another function that returns its rows.
  [
    /(?<=create view public\.my_modules [^]*?)module\.title,\n/,
    "module.title, 'old'::text as word,\n",
  ],
  [
    /$(?![^])/,
    `
create view sesame.obsolete with (security_invoker = true) as select slug, status from public.my_modules;
create function sesame.read_obsolete() returns setof sesame.obsolete
language plpgsql stable set search_path = '' as $$ begin return query select * from sesame.obsolete; end $$;
create function sesame.is_obsolete(word text) returns boolean
language plpgsql immutable set search_path = '' as $$ begin return true; end $$;
create policy module_prices_select_obsolete on public.module_prices
  for select to service_role using (sesame.is_obsolete(stripe_price_id));
grant select on sesame.grants to service_role;`,
  ],
  // Another policy, other rights, another comment.
  [/(?<=create policy modules_select_all [^]*?)using \(true\)/, "using (is_active is not null)"],
  [
    /grant select, insert, update on public\.modules to service_role;/,
    "grant select on public.modules to service_role;",
  ],
  [/(?<=comment on table public\.modules is 'The catalogue)[^']*/, " of then."],
  [/comment on function sesame\.unsettled_ids [^;]*;/, ""],
];

/** What a person would write for these edits. */
const MOVES = `alter table sesame.charges rename column nameless_at to unnamed_at;
alter table sesame.checkout_sessions rename column nameless_at to unnamed_at;
alter table sesame.invoices rename column nameless_at to unnamed_at;
alter table sesame.payment_intents rename column nameless_at to unnamed_at;
alter table sesame.subscriptions rename column nameless_at to unnamed_at;

alter table sesame.settings
  add column expiring_notice interval not null default '3 days'
  constraint settings_expiring_notice_is_not_negative check (expiring_notice >= interval '0');

create table sesame.rebuilds (
  run uuid primary key,
  after text not null default '',
  begun_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint rebuilds_end_after_they_begin check (ended_at >= begun_at)
);

create unique index rebuilds_open_key on sesame.rebuilds ((true)) where ended_at is null;

alter table sesame.rebuilds enable row level security;`;

/** The upgrade from the older version to today. */
export async function upgradeFromOlder(): Promise<UpgradeRequest> {
  const book = await readBook();
  const install = bind(olderBook(book), null, OLDER);
  return { from: OLDER, to: VERSION, install, moves: MOVES, after: "", book };
}

function olderBook(book: readonly Chapter[]): Chapter[] {
  const edited = new Set<RegExp>();
  const last = book.length - 1;
  const chapters = book.map(({ name, text }, place) => {
    for (const [today, then] of EDITS) {
      const isLast = today.source.startsWith("$");
      if (isLast ? place !== last : text.search(today) === -1) continue;
      edited.add(today);
      text = text.replace(today, () => then);
    }
    return { name, text };
  });
  assert.deepEqual(EDITS.filter(([today]) => !edited.has(today)), [], "every edit has its text");
  return chapters;
}
