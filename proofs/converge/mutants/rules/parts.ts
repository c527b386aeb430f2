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
];
