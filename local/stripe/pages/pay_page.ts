/** The payment page of a Checkout Session, at `session.url`. */

import type { Charge, Session } from "../objects.ts";
import { codeTyped } from "../discounts.ts";
import { decline, pay, promise, settle } from "../paying.ts";
import { addUp, expireInTime } from "../resources/checkout_sessions.ts";
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
  const action = String(form.get("action"));
  if (action === "apply") return applyCode(session, String(form.get("code")), deps);
  return act(session, action, email, deps);
}

/** The buyer types a code, where the site lets them. */
function applyCode(session: Session, typed: string, deps: StripeDeps): Response {
  if (session.status !== "open" || session.allow_promotion_codes !== true) {
    return show(session, deps);
  }
  const { lines } = deps.store.orders.get(session.id)!;
  const discount = codeTyped(typed, { customer: session.customer, lines }, deps);
  if (discount === null) return show(session, deps, "This code is invalid.");
  session.discounts = [discount];
  return show(addUp(session, deps), deps);
}

function act(session: Session, action: string, email: string | null, deps: StripeDeps) {
  if (session.status === "complete") {
    actAfterwards(session, action, deps);
    return show(session, deps);
  }
  if (session.status === "expired") return show(session, deps);
  switch (action) {
    case "cancel":
      return redirect(session.cancel_url ?? session.success_url ?? session.return_url ?? "");
    case "decline":
      if (session.amount_total > 0) decline(session, deps);
      return show(session, deps, "Your card was declined.");
    case "later":
    case "pay":
      // Where nothing is due now, nothing comes later.
      if (action === "later" && session.amount_total > 0) promise(session, email, deps);
      else pay(session, email, deps);
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
<ul>${[...list, ...extrasOf(session, deps)].join("")}</ul>
${codeField(session)}
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

/** The trial, the discount and the tax, where there are any. */
function extrasOf({ id, total_details, currency }: Session, deps: StripeDeps): string[] {
  const days = deps.store.orders.get(id)?.trialDays ?? null;
  const { amount_discount, amount_tax } = total_details;
  return [
    ...days === null ? [] : [`<li>${days} days free</li>`],
    ...amount_discount === 0 ? [] : [`<li>Discount: −${money(amount_discount, currency)}</li>`],
    ...amount_tax === 0 ? [] : [`<li>Tax: ${money(amount_tax, currency)}</li>`],
  ];
}

function codeField({ allow_promotion_codes }: Session): string {
  if (allow_promotion_codes !== true) return "";
  return buttons({ apply: "Apply" }, '<label>Promotion code <input name="code"></label> ');
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

function successUrl({ id, success_url, return_url }: Session): string {
  return (success_url ?? return_url ?? "").replaceAll("{CHECKOUT_SESSION_ID}", id);
}
