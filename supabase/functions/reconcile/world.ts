import type { CallRpc } from "../_shared/data_api.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import type { Ours } from "../_shared/inbox.ts";
import type { Door } from "../_shared/rpc.ts";
import type { FetchObject } from "../_shared/stripe/fetching.ts";
import type { Ask } from "../_shared/stripe/stripe_api.ts";

/** All that reconciling knows of the outside. */
export interface World {
  call: CallRpc;
  /** Hands events to Postgres, as the webhook does. */
  door: Door;
  ask: Ask;
  fetchObject: FetchObject;
  ours: Ours;
}

/** Where a round goes on, and how long it may take. */
export interface Turn {
  /** The last id of what was done; "" at the beginning. */
  after: string;
  /** When this call has to stop, by `performance.now()`. */
  until: number;
}

/** What one part of a round came to. */
export interface Part {
  /** How many events or objects were handed in. */
  done: number;
  /** Of those, how many could not be applied, or not be read. */
  failed: number;
  /** Where to go on; null: there is no more. */
  after: string | null;
}

/** Hands in events, no more than one call bears; how many of them could not be applied. */
export async function handIn(door: Door, events: InboxEvent[]): Promise<number> {
  if (events.length === 0) return 0;
  const outcomes = await door(events);
  return outcomes.filter(({ outcome }) => outcome === "failed").length;
}
