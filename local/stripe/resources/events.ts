import type { Event } from "../objects.ts";
import { hasField, readable } from "../listing.ts";
import type { Resource } from "../world.ts";

/** Seconds for which Stripe keeps an event. */
const KEPT_FOR = 30 * 24 * 60 * 60;

const reading = readable("event", "/v1/events", isMeant);

/** What is older than thirty days is gone. */
export const events: Resource = Object.fromEntries(
  Object.entries(reading).map(([endpoint, answer]) => [endpoint, (call, world) => {
    for (const { id, created } of world.store.all("event")) {
      if (created <= world.now() - KEPT_FOR) world.store.remove(id);
    }
    return answer(call, world);
  }]),
);

function isMeant(event: Event, name: string, value: unknown): boolean {
  // Delivered: every endpoint has answered with a 2xx.
  if (name === "delivery_success") return (event.pending_webhooks === 0) === value;
  if (name === "types") return (value as string[]).includes(event.type);
  return hasField(event, name, value);
}
