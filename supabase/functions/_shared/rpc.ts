/**
 * The door to Postgres: one call for all events that wait.
 *
 * @module
 */
import type { ApiAddress } from "./data_api.ts";
import { apiDoor } from "./doors/api_door.ts";
import type { Call } from "./doors/call.ts";
import { directDoor } from "./doors/direct_door.ts";
import type { EventOutcome, InboxEvent } from "./inbox_event.ts";
import { incompleteAnswer } from "./problem.ts";

/**
 * Hands events, each id once, to `public.process_stripe_events`; resolves when what they did is
 * committed. Settles within its time limit, always. Throws `Unavailable` where a retry may help,
 * `Refusal` (`internal`) elsewhere; neither carries a text of Postgres. Whoever no longer waits for
 * the outcome aborts by the signal: then it is `Unavailable` at once, whatever Postgres still does.
 */
export type Door = (events: InboxEvent[], signal?: AbortSignal) => Promise<EventOutcome[]>;

/** Which door: the Data API, or a connection of our own. */
export type DoorAddress = ({ kind: "api" } & ApiAddress) | { kind: "direct"; url: string };

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

/** What is to be read again is a wish: an odd one acknowledges no less. */
function idsIn(wish: unknown): string[] | null {
  return Array.isArray(wish) ? wish.filter((id) => typeof id === "string") : null;
}

function isOutcome(row: unknown): row is EventOutcome {
  return typeof row === "object" && row !== null &&
    "event_id" in row && typeof row.event_id === "string" &&
    "outcome" in row && WORDS.has(row.outcome);
}
