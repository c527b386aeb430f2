/** The dependencies of the stand-in's resources. */

import { newId } from "../../stripe/events.ts";
import type { Listeners } from "./listeners.ts";
import type { StripeObject } from "./objects.ts";
import type { Store } from "./store.ts";

export interface StripeDeps {
  store: Store;
  /** The Stripe CLIs that listen. */
  listeners: Listeners;
  /** The address of the pages that browsers are sent to. */
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

export type Resource = Record<string, (call: Call, deps: StripeDeps) => object>;

/** The fields that every object has. */
export function newObject<Word extends StripeObject["object"]>(
  object: Word,
  prefix: string,
  deps: StripeDeps,
): { id: string; object: Word; created: number; livemode: false } {
  return { id: newId(prefix), object, created: deps.now(), livemode: false };
}
