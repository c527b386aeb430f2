import { newId } from "../../../stripe/events.ts";
import { mergeMetadata } from "../metadata.ts";
import { existing, readable } from "../listing.ts";
import type { WebhookEndpoint } from "../objects.ts";
import { born, type Resource } from "../world.ts";

type Written = Partial<WebhookEndpoint> & { disabled?: boolean };

export const webhookEndpoints: Resource = {
  ...readable("webhook_endpoint", "/v1/webhook_endpoints"),

  "POST /v1/webhook_endpoints": ({ params }, world) => {
    const { url = "", enabled_events = [], api_version, description, metadata } = params as Written;
    const endpoint = world.store.put<WebhookEndpoint>({
      ...born("webhook_endpoint", "we", world),
      url,
      enabled_events,
      status: "enabled",
      api_version: api_version ?? null,
      description: description ?? null,
      metadata: metadata ?? {},
    });
    const secret = `whsec_${newId("we").slice(3)}`;
    world.store.secrets.set(endpoint.id, secret);
    return { ...endpoint, secret }; // shown this once
  },

  "POST /v1/webhook_endpoints/:id": (call, world) => {
    const { disabled, metadata, ...changes } = call.params as Written;
    const status = disabled === undefined ? {} : { status: disabled ? "disabled" : "enabled" };
    const endpoint = existing("webhook_endpoint", call, world);
    const merged = { metadata: mergeMetadata(endpoint.metadata, metadata) };
    return Object.assign(endpoint, changes, merged, status);
  },

  "DELETE /v1/webhook_endpoints/:id": (call, { store, ...world }) => {
    const { id } = existing("webhook_endpoint", call, { store, ...world });
    store.remove(id);
    return { id, object: "webhook_endpoint", deleted: true };
  },
};
