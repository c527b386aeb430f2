/**
 * Requests of Stripe's own CLI that are not in Stripe's reference: endpoints that version 1.52.0 uses, and
 * parameters of former API versions.
 */

import type { Fields } from "./shape.ts";

export const UNPUBLISHED: Record<string, Fields> = {
  // `stripe listen` begins with it.
  "POST /v1/stripecli/sessions": {
    fields: {
      device_name: "string",
      filters: "string",
      forward_connect_to_url: "string",
      forward_thin_connect_to_url: "string",
      forward_thin_to_url: "string",
      forward_to_url: "string",
      websocket_features: { list: ["webhooks", "v2_events"] },
    },
    required: ["device_name", "websocket_features"],
  },
  // `stripe trigger checkout.session.…` pays with them, in the place of a buyer.
  "GET /v1/payment_pages/:id": { fields: {} },
  "POST /v1/payment_pages/:id/confirm": {
    fields: { payment_method: "string", expected_amount: "number" },
    required: ["payment_method"],
  },
};

/**
 * Parameters that 2026-09-30.endive removed and the CLI still sends. A request without a version is read in
 * the version of its account, and this account is older.
 */
export const FORMER: Record<string, Fields["fields"]> = {
  "POST /v1/checkout/sessions": { payment_method_types: { list: "string" } },
  "POST /v1/payment_intents": { payment_method_types: { list: "string" } },
};
