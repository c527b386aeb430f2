/** The buyer's actions on the payment page, and the objects and events that Stripe creates. */

import { beginTrial, invoiceOf, markPaid, newSubscription, payWith } from "./billing.ts";
import { couponOf, redeem } from "./discounts.ts";
import type { Invoice, PaymentIntent, Session } from "./objects.ts";
import { beginPayment, collect, fail, FAILED } from "./payments.ts";
import type { Order } from "./store.ts";
import { DECLINED } from "./stripe_error.ts";
import { newObject, type StripeDeps } from "./deps.ts";

/** The card is good: the session is complete, and paid. */
export function pay(session: Session, email: string | null, deps: StripeDeps): void {
  const order = orderOf(session, deps);
  meetCustomer(session, email, deps);
  const invoice = session.mode === "subscription" ? subscribe(session, "active", deps) : null;
  const payment = session.amount_total > 0 ? paymentOf(session, order, deps) : null;
  if (payment !== null) collect(payment, deps);
  if (invoice !== null) markPaid(invoice, payment, deps);
  complete(session, session.amount_total > 0 ? "paid" : "no_payment_required", deps);
  deps.announce("checkout.session.completed", session);
}

/** The card is declined: the session stays open, and the same payment may be tried again. */
export function decline(session: Session, deps: StripeDeps): void {
  const order = orderOf(session, deps);
  const payment = paymentOf(session, order, deps);
  fail(payment, DECLINED, deps);
}

/** For example a debit: the session is complete, and the money arrives days later or never. */
export function promise(session: Session, email: string | null, deps: StripeDeps): void {
  const order = orderOf(session, deps);
  meetCustomer(session, email, deps);
  const payment = paymentOf(session, order, deps);
  payment.status = "processing";
  if (session.mode === "subscription") {
    payWith(subscribe(session, "incomplete", deps), payment, deps);
  }
  complete(session, "unpaid", deps);
  deps.announce("payment_intent.processing", payment);
  deps.announce("checkout.session.completed", session);
}

/** The delayed money arrives, or fails. */
export function settle(session: Session, comes: boolean, deps: StripeDeps): void {
  const payment = paymentOf(session, orderOf(session, deps), deps);
  if (comes) {
    session.payment_status = "paid";
    collect(payment, deps);
    activate(session, payment, deps);
    deps.announce("checkout.session.async_payment_succeeded", session);
  } else {
    fail(payment, FAILED, deps);
    const invoice = deps.store.find("invoice", session.invoice ?? "");
    if (invoice !== null) deps.announce("invoice.payment_failed", invoice);
    deps.announce("checkout.session.async_payment_failed", session);
  }
}

/** Activates the subscription of a session after its first invoice is paid. */
function activate(session: Session, payment: PaymentIntent, deps: StripeDeps): void {
  const subscription = deps.store.find("subscription", session.subscription ?? "");
  const invoice = deps.store.find("invoice", session.invoice ?? "");
  if (subscription === null || invoice === null) return;
  markPaid(invoice, payment, deps);
  subscription.status = "active";
  deps.announce("customer.subscription.updated", subscription, { status: "incomplete" });
}

function orderOf({ id }: Session, { store }: StripeDeps): Order {
  const order = store.orders.get(id);
  if (order === undefined) throw new Error(`no order of ${id}`);
  return order;
}

/** A subscription belongs to a customer; a buyer without one becomes one. */
function meetCustomer(session: Session, email: string | null, deps: StripeDeps): void {
  const known = session.customer === null ? null : deps.store.find("customer", session.customer);
  session.customer_details = { email: email ?? known?.email ?? session.customer_email };
  if (session.mode !== "subscription" || known !== null) return;
  const customer = deps.store.put({
    ...newObject("customer", "cus", deps),
    email: session.customer_details.email,
    name: null,
    invoice_settings: { default_payment_method: null },
    metadata: {},
  });
  session.customer = customer.id;
  deps.announce("customer.created", customer);
}

function complete(
  session: Session,
  payment_status: Session["payment_status"],
  deps: StripeDeps,
): void {
  session.status = "complete";
  session.payment_status = payment_status;
  session.url = null;
  redeem(session, deps);
}

/** The payment of a session: made once, and used again for a second try. */
function paymentOf(session: Session, order: Order, deps: StripeDeps): PaymentIntent {
  const known = order.paymentIntentId === null
    ? null
    : deps.store.find("payment_intent", order.paymentIntentId);
  const payment = known ?? newPayment(session, order, deps);
  order.paymentIntentId = payment.id;
  payment.customer = session.customer;
  if (session.mode === "payment") session.payment_intent = payment.id;
  return payment;
}

function newPayment(session: Session, order: Order, deps: StripeDeps): PaymentIntent {
  const { amount_total: amount, currency, customer, mode } = session;
  // The payment of a subscription's invoice has no metadata of its own.
  const metadata = mode === "payment" ? order.metadata : {};
  return beginPayment({ amount, currency, customer, metadata }, deps);
}

/** The subscription that a session sells; its first invoice. */
function subscribe(
  session: Session,
  status: "active" | "incomplete",
  deps: StripeDeps,
): Invoice {
  const { lines, metadata, trialDays } = orderOf(session, deps);
  const subscription = deps.store.put(newSubscription({
    customer: session.customer ?? "",
    lines,
    metadata,
    isTaxed: session.automatic_tax.enabled,
    coupon: couponOf(session, deps),
  }, deps));
  subscription.status = status;
  if (trialDays !== null) beginTrial(subscription, trialDays, deps);
  const invoice = invoiceOf(subscription, session.customer_details?.email ?? null, deps);
  session.subscription = subscription.id;
  session.invoice = invoice.id;
  deps.announce("customer.subscription.created", subscription);
  return invoice;
}
