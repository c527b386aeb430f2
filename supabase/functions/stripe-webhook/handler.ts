import { type Handler, Refusal } from "../_shared/problem.ts";
import type { Deliver } from "./batch.ts";
import { discardBody, readBody } from "./body.ts";
import { type Ours, toInboxEvent } from "./inbox.ts";
import type { Verify } from "./verify.ts";

/** All that the handler knows of the outside. */
export interface World {
  verify: Verify;
  deliver: Deliver;
  ours: Ours;
}

/** Takes one delivery from Stripe. A 2xx says: what this event does is committed. */
export function stripeWebhook({ verify, deliver, ours }: World): Handler {
  return async (request, line) => {
    if (request.method !== "POST") throw await methodRefusal(request);
    const body = await readBody(request);
    const signature = request.headers.get("stripe-signature");
    if (!signature) throw new Refusal("unsigned");

    const event = toInboxEvent(await verify(body, signature, Date.now()), ours);
    line.event_id = event.id;
    line.type = event.type;

    const { outcome, detail } = await deliver(event);
    line.outcome = outcome;
    if (detail !== null) line.code = detail;
    if (outcome === "failed") throw new Refusal("event_failed");
    return Response.json({ received: true, outcome });
  };
}

async function methodRefusal(request: Request): Promise<Refusal> {
  await discardBody(request.body);
  return new Refusal("method_not_allowed", { headers: { allow: "POST" } });
}
