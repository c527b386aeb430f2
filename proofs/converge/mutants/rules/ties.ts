/** Snapshots of one second: which of them counts. */

import type { Mutant } from "../mutant.ts";

export const TIES: readonly Mutant[] = [
  {
    name: "of two snapshots in a second the last to arrive wins (<=)",
    scenario: 21,
    chapter: "newest",
    text: "if v_order <> 0 then\n      return jsonb_build_array(case when v_order > 0 then",
    instead: "if true then\n      return jsonb_build_array(case when v_order >= 0 then",
  },
  {
    name: "of two snapshots in a second the first to arrive stays (<)",
    scenario: 48,
    chapter: "newest",
    text: "if v_order <> 0 then",
    instead: "if true then",
  },
  {
    name: "the oldest snapshot counts",
    scenario: 24,
    chapter: "newest",
    text: "case when v_order > 0 then v_one else v_other end",
    instead: "case when v_order < 0 then v_one else v_other end",
  },
  {
    name: "no type rank",
    scenario: 48,
    chapter: "newest",
    text: " (snapshot ->> 'type_rank')::smallint desc,",
    instead: "",
  },
  {
    name: "no rank of fetches",
    scenario: 44,
    chapter: "newest",
    text: "(snapshot ->> 'is_fetch')::boolean desc, ",
    instead: "",
  },
  {
    name: "no snapshot supersedes another",
    scenario: 50,
    chapter: "newest",
    text: "return later -> 'changed_from' <> '{}' and not exists (",
    instead: "return false and not exists (",
  },
  {
    name: "the end of a subscription is not final",
    scenario: 49,
    chapter: "subscriptions",
    text: "fact ->> 'status' in ('canceled', 'incomplete_expired')",
    instead: "false",
  },
  {
    name: "a lost dispute is final",
    scenario: 43,
    chapter: "disputes",
    text: `fact || '{"is_final": false}'`,
    instead: "fact || jsonb_build_object('is_final', fact ->> 'status' = 'lost')",
  },
];
