/** From sources to access: passes, addresses, refusals, and the fold's lock. */

import type { Mutant } from "../mutant.ts";

export const ACCESS: readonly Mutant[] = [
  {
    name: "passes do not stack",
    scenario: 154,
    chapter: "decided_access",
    text: "sum(duration) over (order by pass_from desc, payment_root desc) as time_left",
    instead: "duration as time_left",
  },
  {
    name: "passes stack by objects, not by payments",
    scenario: 221,
    chapter: "decided_access",
    text: "select distinct on (payment_root) payment_root, pass_from",
    instead: "select payment_root, pass_from",
  },
  {
    name: "of two passes of one payment the shorter one counts",
    scenario: 221,
    chapter: "decided_access",
    text: "order by payment_root, pass_duration desc, pass_duration::text, pass_from",
    instead: "order by payment_root, pass_duration, pass_duration::text, pass_from",
  },
  {
    name: "passes stack in the order of their ids, not of their payments",
    scenario: 157,
    chapter: "decided_access",
    text: "order by pass_from desc, payment_root desc",
    instead: "order by payment_root desc",
  },
  {
    name: "all passes begin with the first, even after a pause",
    scenario: 155,
    chapter: "decided_access",
    text: "select max((pass_from at time zone 'utc' + time_left) at time zone 'utc')",
    instead: "select (min(pass_from at time zone 'utc') + max(time_left)) at time zone 'utc'",
  },
  {
    name: "an address closes modules too",
    scenario: 203,
    chapter: "decided_access",
    text: "and not (by_address and reason in ('pending_payment', 'unpaid', 'paused', 'disputed'))",
    instead: "",
  },
  {
    name: "a subscription by address shows past due to the member",
    scenario: 203,
    chapter: "decided_access",
    text:
      "case when by_address and reason_after in ('past_due_expired', 'disputed') then 'expired' else reason_after end",
    instead: "reason_after",
  },
  {
    name: "a denial counts like any other closed source",
    scenario: 54,
    chapter: "decided_access",
    text: "reason = 'denied' desc, reason < 'denied' desc",
    instead: "reason < 'denied' desc",
  },
  {
    name: "of several sources the shortest counts",
    scenario: 59,
    chapter: "decided_access",
    text: "expires_at desc nulls first, reason",
    instead: "expires_at asc nulls last, reason",
  },
  {
    name: "the access log has the site's own keys",
    chapter: "project_access",
    text: "else sesame.keys_of_fold(metadata) end as metadata",
    instead: "else metadata end as metadata",
  },
  {
    name: "the access log lacks keys beside those of the site",
    chapter: "module_access",
    text: "from unnest(sesame.fold_keys()) as key where metadata ? key",
    instead: "from unnest(sesame.fold_keys()) as key where key = 'reason'",
  },
  {
    name: "the fold takes no lock",
    chapter: "lock_fold",
    text: "perform pg_advisory_xact_lock(hashtextextended('sesame.fold', 0));",
    instead: "perform 1;",
  },
];
