/** Events: each is stored with the object's state at that moment, signed, and sent to the endpoints for it. */

import Stripe from "stripe";
import { NEEDED_EVENTS } from "../../stripe/needed_events.ts";
import { deliver, newId, type StripeEvent } from "../../stripe/events.ts";
import type { Listeners } from "./listeners.ts";
import type { Event, StripeObject, WebhookEndpoint } from "./objects.ts";
import type { Store } from "./store.ts";

export interface Webhooks {
  announce(type: string, object: StripeObject, former?: Record<string, unknown>): void;
  /** Resolves once all deliveries have been answered. */
  delivered(): Promise<void>;
  /** False: events are stored and never sent, as while a webhook is down for days. */
  deliver: boolean;
}

/** Where events are sent, and the secret they are signed with. */
export interface Destination {
  url: string;
  secret: string;
}

/** Begins with an endpoint at `destination`, if there is one; the listeners get every event. */
export function startWebhooks(
  store: Store,
  now: () => number,
  listeners: Listeners,
  destination?: Destination,
): Webhooks {
  const onTheirWay = new Set<Promise<void>>();
  if (destination !== undefined) addEndpoint(destination, store, now());

  async function send(event: Event, endpoint: WebhookEndpoint): Promise<void> {
    const secret = store.secrets.get(endpoint.id) ?? "";
    const response = await deliver(endpoint.url, secret, event as unknown as StripeEvent)
      .catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) event.pending_webhooks -= 1;
  }

  const webhooks: Webhooks = {
    deliver: true,
    announce(type, object, former) {
      const endpoints = store.all("webhook_endpoint").filter((endpoint) => hears(endpoint, type));
      const event = store.put<Event>({
        id: newId("evt"),
        object: "event",
        created: now(),
        livemode: false,
        type,
        api_version: Stripe.API_VERSION,
        data: structuredClone({
          object,
          ...former === undefined ? {} : { previous_attributes: former },
        }),
        pending_webhooks: endpoints.length,
        request: { id: null, idempotency_key: null },
      });
      if (!webhooks.deliver) return;
      listeners.hear(event);
      for (const endpoint of endpoints) {
        const sending = send(event, endpoint).finally(() => onTheirWay.delete(sending));
        onTheirWay.add(sending);
      }
    },
    async delivered() {
      while (onTheirWay.size > 0) await Promise.all(onTheirWay);
    },
  };
  return webhooks;
}

function addEndpoint({ url, secret }: Destination, store: Store, created: number): void {
  const { id } = store.put<WebhookEndpoint>({
    id: newId("we"),
    object: "webhook_endpoint",
    created,
    livemode: false,
    url,
    status: "enabled",
    enabled_events: [...NEEDED_EVENTS],
    api_version: null,
    description: null,
    metadata: {},
  });
  store.secrets.set(id, secret);
}

function hears({ status, enabled_events }: WebhookEndpoint, type: string): boolean {
  return status === "enabled" && (enabled_events.includes("*") || enabled_events.includes(type));
}
