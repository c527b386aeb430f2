import { existing } from "../listing.ts";
import type { Session } from "../objects.ts";
import { decline, pay, promise, settle } from "../paying.ts";
import { endingOf, paymentMethodOf } from "../payment_methods.ts";
import { cardDeclined, invalidRequest } from "../stripe_error.ts";
import type { Call, Resource, StripeWorld } from "../world.ts";
import { expireInTime } from "./checkout_sessions.ts";

/** The page of a Checkout Session, for programs: its id is the session's. */
export const paymentPages: Resource = {
  "GET /v1/payment_pages/:id": (call, world) => shown(session(call, world)),

  "POST /v1/payment_pages/:id/confirm": (call, world) => {
    const { payment_method, expected_amount } = call.params as {
      payment_method: string;
      expected_amount?: number;
    };
    const open = session(call, world);
    if (open.status !== "open") {
      throw invalidRequest(`This Checkout Session is ${open.status}.`);
    }
    if (expected_amount !== undefined && expected_amount !== open.amount_total) {
      throw invalidRequest("The amount of this Checkout Session has changed.", {
        param: "expected_amount",
      });
    }
    buy(open, payment_method, world);
    return shown(open);
  },
};

/** What a buyer does on the page, with this card or account. */
function buy(session: Session, methodId: string, world: StripeWorld): void {
  const method = paymentMethodOf(methodId, world, "payment_method");
  const { email } = method.billing_details;
  const ending = endingOf(method.id, world);
  if (ending === "declined") {
    decline(session, world);
    throw cardDeclined();
  }
  if (ending === "paid" || ending === "inquiry") return pay(session, email, world);
  promise(session, email, world);
  settle(session, ending === "paid later", world);
}

function session(call: Call, world: StripeWorld): Session {
  return expireInTime(existing("checkout.session", call, world), world);
}

function shown({ id, status, amount_total, currency, payment_intent }: Session): object {
  return {
    id,
    object: "checkout.session",
    session_id: id,
    status,
    amount_total,
    currency,
    payment_intent,
  };
}
