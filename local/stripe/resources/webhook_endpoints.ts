import { newId } from "../../../stripe/events.ts";
import { mergeMetadata } from "../metadata.ts";
import { existing, readable } from "../listing.ts";
import type { WebhookEndpoint } from "../objects.ts";
import { newObject, type Resource } from "../deps.ts";

type Written = Partial<WebhookEndpoint> & { disabled?: boolean };

export const webhookEndpoints: Resource = {
  ...readable("webhook_endpoint", "/v1/webhook_endpoints"),

  "POST /v1/webhook_endpoints": ({ params }, deps) => {
    const { url = "", enabled_events = [], api_version, description, metadata } = params as Written;
    const endpoint = deps.store.put<WebhookEndpoint>({
      ...newObject("webhook_endpoint", "we", deps),
      url,
      enabled_events,
      status: "enabled",
      api_version: api_version ?? null,
      description: description ?? null,
      metadata: metadata ?? {},
    });
    const secret = `whsec_${newId("we").slice(3)}`;
    deps.store.secrets.set(endpoint.id, secret);
    return { ...endpoint, secret }; // shown only this once
  },

  "POST /v1/webhook_endpoints/:id": (call, deps) => {
    const { disabled, metadata, ...changes } = call.params as Written;
    const status = disabled === undefined ? {} : { status: disabled ? "disabled" : "enabled" };
    const endpoint = existing("webhook_endpoint", call, deps);
    const merged = { metadata: mergeMetadata(endpoint.metadata, metadata) };
    return Object.assign(endpoint, changes, merged, status);
  },

  "DELETE /v1/webhook_endpoints/:id": (call, { store, ...deps }) => {
    const { id } = existing("webhook_endpoint", call, { store, ...deps });
    store.remove(id);
    return { id, object: "webhook_endpoint", deleted: true };
  },
};
