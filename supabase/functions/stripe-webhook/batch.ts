import type { EventOutcome, InboxEvent } from "../_shared/inbox_event.ts";
import { Refusal, Unavailable } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";

/** Resolves when what the event did is committed. Throws what its door throws, or `Unavailable`. */
export type Deliver = (event: InboxEvent) => Promise<EventOutcome>;

/** An amount of events, and the characters of their payloads. */
interface Load {
  events: number;
  characters: number;
}

export interface Limits {
  /** What goes in one call. */
  batch: Load;
  /** What may wait for the next calls. */
  queue: Load;
  /** Milliseconds after which a delivery is given up, whether it waits or is in flight. */
  deadline: number;
}

export const LIMITS: Limits = {
  batch: { events: 500, characters: 8_000_000 },
  queue: { events: 2_000, characters: 32_000_000 },
  deadline: 4_500,
};

interface Delivery {
  event: InboxEvent;
  resolve: (outcome: EventOutcome) => void;
  reject: (error: unknown) => void;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Natural batching: while one call is in flight, arriving events queue; then all go in the next.
 * No timer holds anything back: at low load nothing waits, in a burst the commits are shared.
 */
export function batching(door: Door, limits: Limits = LIMITS): Deliver {
  const queue: Delivery[] = [];
  let flying = false;

  async function fly(): Promise<void> {
    flying = true;
    while (queue.length > 0) await settle(takeBatch(queue, limits.batch), door);
    flying = false;
  }

  return (event) =>
    new Promise((resolve, reject) => {
      if (isFull(queue, limits.queue)) throw new Unavailable("queue_full");
      const timer = setTimeout(() => giveUp(delivery, queue), limits.deadline);
      const delivery = { event, resolve, reject, timer };
      queue.push(delivery);
      if (!flying) fly();
    });
}

function isFull(queue: Delivery[], most: Load): boolean {
  const characters = queue.reduce((sum, { event }) => sum + event.payload.length, 0);
  return queue.length >= most.events || characters >= most.characters;
}

/** Nothing is acknowledged; should its call still commit, the redelivery is a duplicate. */
function giveUp(delivery: Delivery, queue: Delivery[]): void {
  const place = queue.indexOf(delivery);
  if (place !== -1) queue.splice(place, 1);
  delivery.reject(new Unavailable("deadline"));
}

/** The head of the queue, in its order: as much as fits, and one event at least. */
function takeBatch(queue: Delivery[], most: Load): Delivery[] {
  let characters = 0;
  const next = queue.findIndex(({ event }, place) => {
    characters += event.payload.length;
    return place > 0 && (place >= most.events || characters > most.characters);
  });
  return queue.splice(0, next === -1 ? queue.length : next);
}

/** One call for the batch; if it fails, it fails for all. Never throws. */
async function settle(batch: Delivery[], door: Door): Promise<void> {
  try {
    const outcomes = await outcomesOf(batch, door);
    for (const { event, resolve } of batch) resolve(nextOutcome(outcomes, event.id));
  } catch (error) {
    for (const { reject } of batch) reject(error);
  } finally {
    for (const { timer } of batch) clearTimeout(timer);
  }
}

/** By event id: an event delivered twice at the same instant goes into the call once. */
async function outcomesOf(batch: Delivery[], door: Door): Promise<Map<string, EventOutcome>> {
  const events = new Map(batch.map(({ event }) => [event.id, event]));
  const outcomes = await door([...events.values()]);
  return new Map(outcomes.map((outcome) => [outcome.event_id, outcome]));
}

/** The first delivery gets what Postgres said, the others `duplicate`, unless nothing was done. */
function nextOutcome(outcomes: Map<string, EventOutcome>, id: string): EventOutcome {
  const outcome = outcomes.get(id);
  if (outcome === undefined) throw new Refusal("internal", { reason: "incomplete_answer" });
  if (outcome.outcome !== "failed") {
    outcomes.set(id, { ...outcome, outcome: "duplicate", detail: null });
  }
  return outcome;
}
