import fc from "fast-check";

/** Where a dispute may go from each of its states. */
const MOVES: Record<string, string[]> = {
  warning_needs_response: ["warning_under_review", "warning_closed", "needs_response"],
  warning_under_review: ["warning_needs_response", "warning_closed", "needs_response"],
  warning_closed: [],
  needs_response: ["under_review", "won", "lost", "prevented"],
  under_review: ["needs_response", "won", "lost", "appeal_needs_response"],
  appeal_needs_response: ["appeal_under_review", "lost"],
  appeal_under_review: ["won", "lost"],
  prevented: [],
  won: [],
  lost: ["appeal_needs_response", "won"],
};

/** A random dispute: its first status, its changes, and whether two of its events share a second. */
export const disputeLife = fc.record({
  begins: fc.constantFrom("warning_needs_response", "needs_response"),
  moves: fc.array(
    fc.record({ to: fc.nat(3), sameSecond: fc.boolean(), hasPrevious: fc.boolean() }),
    {
      maxLength: 4,
    },
  ),
});

export type DisputeLife = typeof disputeLife extends fc.Arbitrary<infer Life> ? Life : never;

/** One event in the life of a dispute. */
export interface DisputeEvent {
  what: string;
  status: string;
  /** Days after the dispute began. */
  day: number;
  /** `previous_attributes.status`, if the event has it. */
  was: string | null;
}

/** The events of a dispute. */
export function disputeEvents({ begins, moves }: DisputeLife): DisputeEvent[] {
  const events: DisputeEvent[] = [{ what: "created", status: begins, day: 0, was: null }];
  for (const { to, sameSecond, hasPrevious } of moves) {
    const { status, day } = events.at(-1) as DisputeEvent;
    const next = MOVES[status]?.[to];
    if (next === undefined) continue;
    const isEnd = ["won", "lost", "warning_closed"].includes(next);
    const what = isEnd ? "closed" : "updated";
    events.push({
      what,
      status: next,
      day: day + (sameSecond ? 0 : 1),
      was: hasPrevious ? status : null,
    });
  }
  return events;
}
