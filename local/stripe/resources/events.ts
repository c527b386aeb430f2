import type { Event } from "../objects.ts";
import { hasField, readable } from "../listing.ts";
import type { Resource } from "../world.ts";

export const events: Resource = readable("event", "/v1/events", isMeant);

function isMeant(event: Event, name: string, value: unknown): boolean {
  // Delivered: every endpoint has answered with a 2xx.
  if (name === "delivery_success") return (event.pending_webhooks === 0) === value;
  if (name === "types") return (value as string[]).includes(event.type);
  return hasField(event, name, value);
}
