/** The short path of an event that is alone in its call: what it leaves out must have no effect. */

import type { Mutant } from "../mutant.ts";

/** The columns that others read of a subscription, of its row now or before. */
function columnsOf(row: string): string {
  const columns = ["user_ref", "user_ref_at", "unnamed_at", "created_at", "customer_id"];
  return `(${columns.map((column) => `${row}.${column}`).join(", ")})`;
}

const NAMES_UNCHANGED = `${columnsOf("v_now")} is not distinct from\n    ${columnsOf("v_former")}`;

/** The short path looks at all of these columns but one. */
function without(scenario: number, column: string): Mutant {
  return {
    name: `the ${column} of a subscription reaches nothing else`,
    scenario,
    chapter: "short_path",
    text: NAMES_UNCHANGED,
    instead: NAMES_UNCHANGED.replaceAll(new RegExp(`\\bv_\\w+\\.${column}\\b`, "g"), "null"),
  };
}

export const SHORT: readonly Mutant[] = [
  without(234, "unnamed_at"),
  {
    name: "what a known subscription says of its buyer reaches nothing else",
    scenario: 233,
    chapter: "short_path",
    text: NAMES_UNCHANGED,
    instead: "v_former.id is not null",
  },
  {
    name: "what a new subscription says of its buyer reaches nothing else",
    scenario: 135,
    chapter: "short_path",
    text: NAMES_UNCHANGED,
    instead: "v_former.id is null",
  },
  {
    name: "the end of a subscription that is alone in its call is not final",
    scenario: 49,
    chapter: "merge_subscription",
    text: "fact ->> 'status' in ('canceled', 'incomplete_expired')",
    instead: "false",
  },
  {
    name: "a subscription that is alone in its call names its last user",
    scenario: 235,
    chapter: "merge_subscription",
    text: "(v_at, fact ->> 'user_ref') < (former.user_ref_at, former.user_ref)",
    instead: "(v_at, fact ->> 'user_ref') > (former.user_ref_at, former.user_ref)",
  },
  {
    name: "a subscription that is alone in its call had its name from the beginning",
    scenario: 234,
    chapter: "merge_subscription",
    text: "present.unnamed_at := least(former.unnamed_at, v_at);",
    instead: "present.unnamed_at := null;",
  },
  {
    name: "a grant of a few sources stays although nothing gives it any more",
    scenario: 48,
    chapter: "write_few_grants",
    text: "and not exists (\n        select from unnest(v_derived) as kept",
    instead: "and false and not exists (\n        select from unnest(v_derived) as kept",
  },
  {
    name: "the former owner of one of a few grants keeps the access",
    scenario: 202,
    chapter: "write_few_grants",
    text: "owners := owners || v_one.user_id;\n    delete",
    instead: "delete",
  },
  {
    name: "no name reaches the purchases of its customer",
    scenario: 135,
    chapter: "find_dependents",
    text: "v_next jsonb := sesame.next_dependents(objects, objects);",
    instead: "v_next jsonb := sesame.next_dependents(objects, objects) - 'known_customer';",
  },
];
