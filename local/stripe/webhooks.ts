/** Events: each kept, and sent to the webhook, signed, as the object was at that moment. */

import Stripe from "stripe";
import { deliver, newId, type StripeEvent } from "../../tools/stripe_events.ts";
import type { Event, StripeObject } from "./objects.ts";
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
  store.put({
    id: newId("we"),
    object: "webhook_endpoint",
    created: now(),
    livemode: false,
    url,
    status: "enabled",
    enabled_events: ["*"],
  });

  async function send(event: Event): Promise<void> {
    const response = await deliver(url, secret, event as unknown as StripeEvent).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) event.pending_webhooks = 0;
  }

  const webhooks: Webhooks = {
    deliver: true,
    announce(type, object, former) {
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
        pending_webhooks: 1,
        request: { id: null, idempotency_key: null },
      });
      if (!webhooks.deliver) return;
      const sending = send(event).finally(() => onTheirWay.delete(sending));
      onTheirWay.add(sending);
    },
    async delivered() {
      while (onTheirWay.size > 0) await Promise.all(onTheirWay);
    },
  };
  return webhooks;
}
