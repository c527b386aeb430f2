import { existing } from "../listing.ts";
import type { Session } from "../objects.ts";
import { decline, pay, promise, settle } from "../paying.ts";
import { endingOf, paymentMethodOf } from "../payment_methods.ts";
import { cardDeclined, invalidRequest } from "../stripe_error.ts";
import type { Call, Resource, StripeDeps } from "../deps.ts";
import { expireInTime } from "./checkout_sessions.ts";

/** The page of a Checkout Session for programs. It has the session's id. */
export const paymentPages: Resource = {
  "GET /v1/payment_pages/:id": (call, deps) => shown(session(call, deps)),

  "POST /v1/payment_pages/:id/confirm": (call, deps) => {
    const { payment_method, expected_amount } = call.params as {
      payment_method: string;
      expected_amount?: number;
    };
    const open = session(call, deps);
    if (open.status !== "open") {
      throw invalidRequest(`This Checkout Session is ${open.status}.`);
    }
    if (expected_amount !== undefined && expected_amount !== open.amount_total) {
      throw invalidRequest("The amount of this Checkout Session has changed.", {
        param: "expected_amount",
      });
    }
    buy(open, payment_method, deps);
    return shown(open);
  },
};

/** Pays on the page with this card or account. */
function buy(session: Session, methodId: string, deps: StripeDeps): void {
  const method = paymentMethodOf(methodId, deps, "payment_method");
  const { email } = method.billing_details;
  const ending = endingOf(method.id, deps);
  if (ending === "declined") {
    decline(session, deps);
    throw cardDeclined();
  }
  if (ending === "paid" || ending === "inquiry") return pay(session, email, deps);
  promise(session, email, deps);
  settle(session, ending === "paid later", deps);
}

function session(call: Call, deps: StripeDeps): Session {
  return expireInTime(existing("checkout.session", call, deps), deps);
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
