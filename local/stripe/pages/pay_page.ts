/** The payment page of a Checkout Session, at `session.url`. */

import type { Charge, Session } from "../objects.ts";
import { decline, pay, promise, settle } from "../paying.ts";
import { expireInTime } from "../resources/checkout_sessions.ts";
import { refundOf } from "../resources/refunds.ts";
import { productOf } from "../store.ts";
import type { StripeDeps } from "../deps.ts";
import { buttons, escaped, money, page, redirect } from "./html.ts";

/** Shows the page, or carries out the pressed button; null: there is no such session. */
export async function payPage(
  request: Request,
  id: string,
  deps: StripeDeps,
): Promise<Response | null> {
  const found = deps.store.find("checkout.session", id);
  if (found === null) return null;
  const session = expireInTime(found, deps);
  if (request.method !== "POST") return show(session, deps);

  const form = await request.formData();
  const email = String(form.get("email") ?? "") || null;
  return act(session, String(form.get("action")), email, deps);
}

function act(session: Session, action: string, email: string | null, deps: StripeDeps) {
  if (session.status === "complete") {
    actAfterwards(session, action, deps);
    return show(session, deps);
  }
  if (session.status === "expired") return show(session, deps);
  switch (action) {
    case "cancel":
      return redirect(session.cancel_url ?? session.success_url);
    case "decline":
      decline(session, deps);
      return show(session, deps, "Your card was declined.");
    case "later":
      promise(session, email, deps);
      return redirect(successUrl(session));
    case "pay":
      pay(session, email, deps);
      return redirect(successUrl(session));
    default:
      return show(session, deps);
  }
}

/** Actions of Stripe, the bank and the seller after the buyer has left. */
function actAfterwards(session: Session, action: string, deps: StripeDeps): void {
  const isAwaited = session.payment_status === "unpaid";
  if (isAwaited && action === "arrives") settle(session, true, deps);
  else if (isAwaited && action === "fails") settle(session, false, deps);
  else if (action === "refund") {
    const charge = chargeOf(session, deps);
    if (charge !== null && !charge.refunded) refundOf(charge, undefined, deps);
  }
}

function show(session: Session, deps: StripeDeps, problem = ""): Response {
  if (session.status === "expired") return page("This session has expired", "");
  if (session.status === "complete") return showComplete(session, deps);

  const lines = deps.store.orders.get(session.id)?.lines ?? [];
  const list = lines.map(({ price, quantity }) =>
    `<li>${quantity} × ${escaped(productOf(price, deps.store))}, ${
      money(price.unit_amount, price.currency)
    }` +
    `${price.recurring === null ? "" : ` each ${escaped(price.recurring.interval)}`}</li>`
  );
  const email = session.customer_email ?? emailOf(session, deps) ?? "";
  const field = `<p><label>E-mail <input name="email" type="email" value="${escaped(email)}"` +
    `${session.customer === null ? "" : " readonly"}></label></p>`;
  return page(
    `Pay ${money(session.amount_total, session.currency)}`,
    `${problem === "" ? "" : `<p role="alert">${escaped(problem)}</p>`}
<ul>${list.join("")}</ul>
${
      buttons({
        pay: "Pay",
        decline: "Pay with a card that is declined",
        later: "Pay by bank debit (days later)",
        cancel: "Cancel",
      }, field)
    }`,
  );
}

function showComplete(session: Session, deps: StripeDeps): Response {
  if (session.payment_status === "unpaid") {
    return page(
      "The money is on its way",
      buttons({ arrives: "It arrives", fails: "The bank refuses it" }),
    );
  }
  const charge = chargeOf(session, deps);
  if (charge?.refunded) return page("The money has gone back", "");
  return page(
    "This session is paid",
    charge === null ? "" : buttons({ refund: "Give the money back" }),
  );
}

function chargeOf({ id }: Session, { store }: StripeDeps): Charge | null {
  const payment = store.find("payment_intent", store.orders.get(id)?.paymentIntentId ?? "");
  return store.find("charge", payment?.latest_charge ?? "");
}

function emailOf({ customer }: Session, { store }: StripeDeps): string | null {
  return customer === null ? null : store.find("customer", customer)?.email ?? null;
}

function successUrl({ id, success_url }: Session): string {
  return success_url.replaceAll("{CHECKOUT_SESSION_ID}", id);
}
