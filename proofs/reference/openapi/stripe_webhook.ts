import { json, operation } from "./operation.ts";
import { ANY_CODES, type Json } from "./problems.ts";
import { body, closed, ref, TEXT } from "./schemas.ts";

export const STRIPE_WEBHOOK: Json = {
  "/stripe-webhook": {
    post: operation({
      id: "takeEvent",
      summary: "Receives one event from Stripe",
      description:
        "A 2xx says that the effect of the event is committed. Otherwise Stripe sends it again.",
      security: ["stripeSignature"],
      request: {
        schema: body({ id: TEXT, type: TEXT }, ["id", "type"]),
        examples: {
          event: { id: "evt_1", object: "event", type: "payout.paid", created: 1_790_000_000 },
        },
      },
      answers: {
        200: json(
          "The event is stored.",
          closed({ received: { const: true }, outcome: ref("Outcome") }),
          { received: true, outcome: "applied" },
        ),
      },
      refusals: [
        "unsigned",
        "bad_signature",
        "not_json",
        "not_an_event",
        "body_too_slow",
        "body_too_large",
        "event_failed",
        ...ANY_CODES,
      ],
    }),
  },
};
