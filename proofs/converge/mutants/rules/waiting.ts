/** Which events are folded while many calls come at once. */

import type { Mutant } from "../mutant.ts";

export const WAITING: readonly Mutant[] = [
  {
    name: "a fold leaves what waits",
    scenario: 12,
    chapter: "waiting_events",
    text: "return own || coalesce(v_waiting, '[]');",
    instead: "return own;",
  },
  {
    name: "a fold takes an own event that waits twice",
    scenario: 12,
    chapter: "waiting_events",
    text: "where oldest.event_id <> all (v_own_ids)",
    instead: "where true",
  },
  {
    name: "a fold forgets what came during it",
    scenario: 12,
    chapter: "waiting_events",
    text: "waiting.event_id = any (sesame.ids_of_events(events));",
    instead: "true;",
  },
  {
    name: "a fold forgets nothing that it has folded",
    scenario: 12,
    chapter: "fold_events",
    text: "  perform sesame.store_events(v_events, v_applied.failures);\n" +
      "  -- Usually nothing waits, and the events are the given ones.\n" +
      "  if not may_wait or exists (select from sesame.waiting_events) then",
    instead: "  perform sesame.store_events(v_events, v_applied.failures);\n  if false then",
  },
  {
    name: "a fold settles its own events only",
    scenario: 12,
    chapter: "fold_events",
    text: "perform sesame.store_events(v_events, v_applied.failures);",
    instead: "perform sesame.store_events(own, v_failures);",
  },
  {
    name: "the second call does not look",
    scenario: 12,
    chapter: "waiting_events",
    text:
      "return exists (select from sesame.waiting_events as waiting where waiting.event_id = any (event_ids));",
    instead: "return false;",
  },
  {
    name: "the second call folds nothing",
    scenario: 12,
    chapter: "fold_received_events",
    text: "v_touched := sesame.fold_events('[]', true);",
    instead: "v_touched := '{}';",
  },
];
