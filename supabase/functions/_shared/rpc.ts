/**
 * The door to Postgres: one call for all events that wait.
 *
 * @module
 */
import { type ApiAddress, apiDoor } from "./api_door.ts";
import { directDoor } from "./direct_door.ts";
import type { EventOutcome, InboxEvent } from "./inbox_event.ts";
import { Refusal } from "./problem.ts";

/**
 * Hands events, each id once, to `public.process_stripe_events`; resolves when what they did is
 * committed. Settles within its time limit, always. Throws `Unavailable` where a retry may help,
 * `Refusal` (`internal`) elsewhere; neither carries a text of Postgres.
 */
export type Door = (events: InboxEvent[]) => Promise<EventOutcome[]>;

/** What a door brings back before anybody has looked at it. */
export type Call = (events: InboxEvent[]) => Promise<unknown>;

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
  return async (events) => {
    const answer = await call(events);
    const awaited = new Set(events.map((event) => event.id));
    const complete = Array.isArray(answer) && answer.length === awaited.size &&
      answer.every((row) => isOutcome(row) && awaited.delete(row.event_id));
    if (!complete) throw new Refusal("internal", { reason: "incomplete_answer" });
    return answer;
  };
}

function isOutcome(row: unknown): row is EventOutcome {
  return typeof row === "object" && row !== null &&
    "event_id" in row && typeof row.event_id === "string" &&
    "outcome" in row && WORDS.has(row.outcome);
}
