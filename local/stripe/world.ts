/** What the stand-in's resources live in. */

import { newId } from "../../stripe/events.ts";
import type { Listeners } from "./listeners.ts";
import type { StripeObject } from "./objects.ts";
import type { Store } from "./store.ts";

export interface StripeWorld {
  store: Store;
  /** The Stripe CLIs that listen. */
  listeners: Listeners;
  /** Where the pages are that browsers are sent to. */
  origin: string;
  /** In Unix seconds. */
  now(): number;
  /** Makes an event about an object as it is now, and sends it to the webhook. */
  announce(type: string, object: StripeObject, former?: Record<string, unknown>): void;
}

/** One request: its parameters, read, and the id in its path. */
export interface Call {
  params: Record<string, unknown>;
  id: string;
}

export type Resource = Record<string, (call: Call, world: StripeWorld) => object>;

/** What every object begins with. */
export function born<Word extends StripeObject["object"]>(
  object: Word,
  prefix: string,
  world: StripeWorld,
): { id: string; object: Word; created: number; livemode: false } {
  return { id: newId(prefix), object, created: world.now(), livemode: false };
}
