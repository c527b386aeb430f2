/**
 * Hands events to Postgres: one call of `process_stripe_events` for all that wait here. If another
 * process folds at that moment, a second call waits for the fold.
 *
 * @module
 */
import { apiDoor } from "./doors/api_door.ts";
import type { Call } from "./doors/call.ts";
import { directDoor } from "./doors/direct_door.ts";
import type { DoorAddress } from "./doors/door_env.ts";
import type { EventOutcome, InboxEvent } from "./inbox_event.ts";
import { incompleteAnswer } from "./problem.ts";

/**
 * Hands events, each id once, to Postgres. It resolves when their effects are committed, and always
 * settles within its time limit. Throws `Unavailable` if a retry may help,
 * and otherwise `Refusal` (`internal`). Neither carries a text of Postgres. A caller that no longer
 * waits aborts by the signal: that is `Unavailable` at once, even if Postgres still commits.
 */
export type Door = (events: InboxEvent[], signal?: AbortSignal) => Promise<EventOutcome[]>;

const WORDS: ReadonlySet<unknown> = new Set<EventOutcome["outcome"]>(
  ["applied", "duplicate", "ignored", "quarantined", "failed"],
);

export function openDoor(address: DoorAddress): Door {
  return checking(address.kind === "direct" ? directDoor(address.url) : apiDoor(address));
}

/** Lets an answer through only when it holds exactly one known outcome for each event. */
export function checking(call: Call): Door {
  return async (events, signal) => {
    const answer = await call(events, signal);
    const awaited = new Set(events.map((event) => event.id));
    const complete = Array.isArray(answer) && answer.length === awaited.size &&
      answer.every((row) => isOutcome(row) && awaited.delete(row.event_id));
    if (!complete) throw incompleteAnswer();
    return answer.map((row) => ({ ...row, fetch: idsIn(row.fetch) }));
  };
}

/** `fetch` is only a hint: a malformed value is ignored, and the events are committed either way. */
function idsIn(fetch: unknown): string[] | null {
  return Array.isArray(fetch) ? fetch.filter((id) => typeof id === "string") : null;
}

function isOutcome(row: unknown): row is EventOutcome {
  return typeof row === "object" && row !== null &&
    "event_id" in row && typeof row.event_id === "string" &&
    "outcome" in row && WORDS.has(row.outcome);
}
