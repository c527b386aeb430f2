import type { Event } from "../objects.ts";
import { hasField, readable } from "../listing.ts";
import type { Resource } from "../deps.ts";

/** Seconds for which Stripe keeps an event. */
const KEPT_FOR = 30 * 24 * 60 * 60;

const reading = readable("event", "/v1/events", isMeant);

/** Events older than thirty days are gone. */
export const events: Resource = Object.fromEntries(
  Object.entries(reading).map(([endpoint, answer]) => [endpoint, (call, deps) => {
    for (const { id, created } of deps.store.all("event")) {
      if (created <= deps.now() - KEPT_FOR) deps.store.remove(id);
    }
    return answer(call, deps);
  }]),
);

function isMeant(event: Event, name: string, value: unknown): boolean {
  // Delivered: every endpoint has answered with a 2xx.
  if (name === "delivery_success") return (event.pending_webhooks === 0) === value;
  if (name === "types") return (value as string[]).includes(event.type);
  return hasField(event, name, value);
}
