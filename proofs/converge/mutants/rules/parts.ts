/** A change that is folded part by part. In the proofs, every mapping made after a sale is. */

import type { Mutant } from "../mutant.ts";

export const PARTS: readonly Mutant[] = [
  {
    name: "a part leaves the table without being folded",
    scenario: 51,
    chapter: "fold_parts_of_objects",
    text:
      "perform sesame.fold_sources(sesame.union_objects(v_objects, sesame.tokens_paid_by(v_objects)));",
    instead: "perform 1;",
  },
  {
    name: "a change that is too large for one fold is not written down",
    scenario: 51,
    chapter: "unfolded_objects",
    text:
      "if sesame.count_objects(objects) > sesame.most_at_once() then\n    perform sesame.defer_objects(objects);",
    instead: "if sesame.count_objects(objects) > sesame.most_at_once() then\n    perform 1;",
  },
  {
    name: "a part that failed is tried again at once, without end",
    chapter: "fold_parts_of_objects",
    text:
      "next_try = case when held.failures = 0 then held.next_try else now() + interval '10 minutes' end",
    instead: "next_try = held.next_try",
  },
  {
    name: "the objects beside one that failed wait with it",
    chapter: "fold_parts_of_objects",
    text:
      "next_try = case when held.failures = 0 then held.next_try else now() + interval '10 minutes' end",
    instead: "next_try = now() + interval '10 minutes'",
  },
  {
    name: "a failure is not counted",
    chapter: "fold_parts_of_objects",
    text: "failures = held.failures + 1,",
    instead: "failures = held.failures,",
  },
  {
    name: "objects of a part that failed are never tried alone",
    chapter: "fold_parts_of_objects",
    text: "limit case when v_first.failures = 0 then most else 1 end;",
    instead: "limit most;",
  },
  {
    name: "a part that failed is not postponed",
    chapter: "fold_parts_of_objects",
    text: "perform sesame.postpone_objects(v_part, sqlstate);",
    instead: "perform 1;",
  },
  {
    name: "a replay by parts forgets what it touches",
    chapter: "apply_events",
    text: "perform sesame.defer_objects(v_touched);",
    instead: "perform 1;",
  },
  {
    name: "a replay is never folded by parts",
    chapter: "apply_events",
    text: `return events @> '[{"by_parts": true}]';`,
    instead: "return false;",
  },
  {
    name: "an event that timed out is replayed like any other",
    chapter: "reconcile",
    text: "outcome = 'failed' and detail = '57014' as by_parts",
    instead: "false as by_parts",
  },
];
