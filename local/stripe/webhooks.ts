/** Events: each kept, and sent to the endpoints that want it, signed, as the object was at that moment. */

import Stripe from "stripe";
import { NEEDED_EVENTS } from "../../tools/endpoint/needed_events.ts";
import { deliver, newId, type StripeEvent } from "../../tools/stripe_events.ts";
import type { Event, StripeObject, WebhookEndpoint } from "./objects.ts";
import type { Store } from "./store.ts";

export interface Webhooks {
  announce(type: string, object: StripeObject, former?: Record<string, unknown>): void;
  /** Resolves once nothing is on its way any more. */
  delivered(): Promise<void>;
  /** False: from now on events are made and never sent, as where a webhook is down for days. */
  deliver: boolean;
}

/** Where events are sent, and the secret they are signed with. */
export interface Destination {
  url: string;
  secret: string;
}

export function startWebhooks(
  store: Store,
  now: () => number,
  { url, secret }: Destination,
): Webhooks {
  const onTheirWay = new Set<Promise<void>>();
  const first = store.put<WebhookEndpoint>({
    id: newId("we"),
    object: "webhook_endpoint",
    created: now(),
    livemode: false,
    url,
    status: "enabled",
    enabled_events: [...NEEDED_EVENTS],
    api_version: null,
    description: null,
    metadata: {},
  });
  store.secrets.set(first.id, secret);

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
      const listeners = store.all("webhook_endpoint").filter((endpoint) => hears(endpoint, type));
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
        pending_webhooks: listeners.length,
        request: { id: null, idempotency_key: null },
      });
      if (!webhooks.deliver) return;
      for (const endpoint of listeners) {
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

function hears({ status, enabled_events }: WebhookEndpoint, type: string): boolean {
  return status === "enabled" && (enabled_events.includes("*") || enabled_events.includes(type));
}
