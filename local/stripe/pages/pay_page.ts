/** The payment page of a Checkout Session, where `session.url` leads. */

import type { Session } from "../objects.ts";
import { decline, pay, promise, settle } from "../paying.ts";
import { expireInTime } from "../resources/checkout_sessions.ts";
import type { StripeWorld } from "../world.ts";
import { buttons, escaped, money, page, redirect } from "./html.ts";

/** Shows the page, or does what a button of it says; null: there is no such session. */
export async function payPage(
  request: Request,
  id: string,
  world: StripeWorld,
): Promise<Response | null> {
  const found = world.store.find("checkout.session", id);
  if (found === null) return null;
  const session = expireInTime(found, world);
  if (request.method !== "POST") return show(session, world);

  const form = await request.formData();
  const email = String(form.get("email") ?? "") || null;
  return act(session, String(form.get("action")), email, world);
}

function act(session: Session, action: string, email: string | null, world: StripeWorld) {
  if (session.status !== "open") {
    const isAwaited = session.status === "complete" && session.payment_status === "unpaid";
    if (isAwaited && ["arrives", "fails"].includes(action)) {
      settle(session, action === "arrives", world);
    }
    return show(session, world);
  }
  switch (action) {
    case "cancel":
      return redirect(session.cancel_url ?? session.success_url);
    case "decline":
      decline(session, world);
      return show(session, world, "Your card was declined.");
    case "later":
      promise(session, email, world);
      return redirect(successUrl(session));
    case "pay":
      pay(session, email, world);
      return redirect(successUrl(session));
    default:
      return show(session, world);
  }
}

function show(session: Session, world: StripeWorld, complaint = ""): Response {
  if (session.status === "expired") return page("This session has expired", "");
  if (session.status === "complete") return showComplete(session);

  const lines = world.store.orders.get(session.id)?.lines ?? [];
  const list = lines.map(({ price, quantity }) =>
    `<li>${quantity} × ${escaped(price.product)}, ${money(price.unit_amount, price.currency)}` +
    `${price.recurring === null ? "" : ` each ${escaped(price.recurring.interval)}`}</li>`
  );
  const email = session.customer_email ?? emailOf(session, world) ?? "";
  const field = `<p><label>E-mail <input name="email" type="email" value="${escaped(email)}"` +
    `${session.customer === null ? "" : " readonly"}></label></p>`;
  const later = session.mode === "payment" ? { later: "Pay by bank debit (days later)" } : {};
  return page(
    `Pay ${money(session.amount_total, session.currency)}`,
    `${complaint === "" ? "" : `<p role="alert">${escaped(complaint)}</p>`}
<ul>${list.join("")}</ul>
${
      buttons({
        pay: "Pay",
        decline: "Pay with a card that is declined",
        ...later,
        cancel: "Cancel",
      }, field)
    }`,
  );
}

function showComplete({ payment_status }: Session): Response {
  return payment_status === "unpaid"
    ? page(
      "The money is on its way",
      buttons({ arrives: "It arrives", fails: "The bank refuses it" }),
    )
    : page("This session is paid", "");
}

function emailOf({ customer }: Session, { store }: StripeWorld): string | null {
  return customer === null ? null : store.find("customer", customer)?.email ?? null;
}

function successUrl({ id, success_url }: Session): string {
  return success_url.replaceAll("{CHECKOUT_SESSION_ID}", id);
}
