import type { EventOutcome, InboxEvent } from "../_shared/inbox_event.ts";
import { incompleteAnswer, Unavailable } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";

/**
 * Resolves when the effects of the event, and of the events beside it, are committed. Throws the error
 * of the door, or `Unavailable`.
 */
export type Deliver = (event: InboxEvent, beside?: InboxEvent[]) => Promise<EventOutcome>;

/** A number of events, and the characters of their payloads. */
interface Load {
  events: number;
  characters: number;
}

export interface Limits {
  /** The limits of one call. */
  batch: Load;
  /** The limits of the queue for the next calls. */
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
  /** More events for the same call. Their outcomes are not answered. */
  beside: InboxEvent[];
  resolve: (outcome: EventOutcome) => void;
  reject: (error: unknown) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** The call in flight. */
interface Flight {
  /** Its deliveries that have not timed out. */
  awaited: Set<Delivery>;
  /** Ends the call once none is left, so that the next deliveries do not wait for a dead call. */
  abort: AbortController;
}

/**
 * Batches without a timer: events that arrive during a call wait, and all go into the next call. At low
 * load no event waits. In a burst the commits are shared.
 */
export function batching(door: Door, limits: Limits = LIMITS): Deliver {
  const queue: Delivery[] = [];
  let flight: Flight | null = null;

  async function fly(): Promise<void> {
    while (queue.length > 0) {
      const batch = takeBatch(queue, limits.batch);
      const { abort } = flight = { awaited: new Set(batch), abort: new AbortController() };
      await settle(batch, door, abort.signal);
    }
    flight = null;
  }

  return (event, beside = []) =>
    new Promise((resolve, reject) => {
      if (isFull(queue, limits.queue)) throw new Unavailable("queue_full");
      const timer = setTimeout(() => giveUp(delivery, queue, flight), limits.deadline);
      const delivery = { event, beside, resolve, reject, timer };
      queue.push(delivery);
      if (flight === null) fly();
    });
}

function isFull(queue: Delivery[], most: Load): boolean {
  const { events, characters } = loadOf(queue);
  return events >= most.events || characters >= most.characters;
}

function loadOf(queue: Delivery[]): Load {
  const events = eventsOf(queue);
  return {
    events: events.length,
    characters: events.reduce((sum, { payload }) => sum + payload.length, 0),
  };
}

function eventsOf(queue: Delivery[]): InboxEvent[] {
  return queue.flatMap(({ event, beside }) => [event, ...beside]);
}

/** Nothing is acknowledged. If the call still commits, the redelivery is a duplicate. */
function giveUp(delivery: Delivery, queue: Delivery[], flight: Flight | null): void {
  const place = queue.indexOf(delivery);
  if (place !== -1) queue.splice(place, 1);
  delivery.reject(new Unavailable("deadline"));
  const wasLast = flight?.awaited.delete(delivery) && flight.awaited.size === 0;
  if (wasLast) flight?.abort.abort();
}

/** Takes from the head of the queue, in order: as much as fits, and at least one delivery. */
function takeBatch(queue: Delivery[], most: Load): Delivery[] {
  let [events, characters] = [0, 0];
  const next = queue.findIndex((delivery, place) => {
    const load = loadOf([delivery]);
    events += load.events;
    characters += load.characters;
    return place > 0 && (events > most.events || characters > most.characters);
  });
  return queue.splice(0, next === -1 ? queue.length : next);
}

/** One call for the batch; if it fails, it fails for all. Never throws. */
async function settle(batch: Delivery[], door: Door, signal: AbortSignal): Promise<void> {
  try {
    const outcomes = await outcomesOf(batch, door, signal);
    for (const { event, resolve } of batch) resolve(nextOutcome(outcomes, event.id));
  } catch (error) {
    for (const { reject } of batch) reject(error);
  } finally {
    for (const { timer } of batch) clearTimeout(timer);
  }
}

/** By event id: an event that is delivered twice at once goes into the call once. */
async function outcomesOf(
  batch: Delivery[],
  door: Door,
  signal: AbortSignal,
): Promise<Map<string, EventOutcome>> {
  const events = new Map(eventsOf(batch).map((event) => [event.id, event]));
  const outcomes = await door([...events.values()], signal);
  return new Map(outcomes.map((outcome) => [outcome.event_id, outcome]));
}

/** The first delivery gets Postgres' outcome. Others of the event get `duplicate`, or also `failed`. */
function nextOutcome(outcomes: Map<string, EventOutcome>, id: string): EventOutcome {
  const outcome = outcomes.get(id);
  if (outcome === undefined) throw incompleteAnswer();
  if (outcome.outcome !== "failed") {
    outcomes.set(id, { ...outcome, outcome: "duplicate", detail: null, fetch: null });
  }
  return outcome;
}
