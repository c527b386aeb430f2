/** A purchase without a user: only the buyer's address is known. */

import assert from "node:assert/strict";
import { checkoutSessionCompleted, newPurchase, type StripeEvent } from "../../stripe/events.ts";
import { send } from "./delivery.ts";
import type { Stage } from "./stage.ts";

export function guestPurchase(
  email: string,
  moduleId: string,
): { event: StripeEvent; sessionId: string } {
  const purchase = newPurchase({ userId: "", moduleId });
  const event = checkoutSessionCompleted(purchase, {
    metadata: { module_id: moduleId },
    customer: null,
    customer_details: { email },
  });
  return { event, sessionId: purchase.sessionId };
}

/** The same, delivered to the webhook and applied. */
export async function payAsGuest({ stack, moduleId }: Stage, email: string): Promise<void> {
  const { event } = guestPurchase(email, moduleId);
  const endpoint = `${stack.functionsUrl}/stripe-webhook`;
  assert.equal(await send(endpoint, stack.webhookSecret, event), "200 applied");
}
