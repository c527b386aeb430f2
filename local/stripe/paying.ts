/** What a buyer does on the payment page, and everything that Stripe makes and says then. */

import { invoiceOf, markPaid, newSubscription, payWith } from "./billing.ts";
import type { Invoice, PaymentIntent, Session } from "./objects.ts";
import { beginPayment, collect, fail, FAILED } from "./payments.ts";
import type { Order } from "./store.ts";
import { DECLINED } from "./stripe_error.ts";
import { born, type StripeWorld } from "./world.ts";

/** The card is good: the session is complete, and paid. */
export function pay(session: Session, email: string | null, world: StripeWorld): void {
  const order = orderOf(session, world);
  meetCustomer(session, email, world);
  const invoice = session.mode === "subscription" ? subscribe(session, "active", world) : null;
  const payment = session.amount_total > 0 ? paymentOf(session, order, world) : null;
  if (payment !== null) collect(payment, world);
  if (invoice !== null) markPaid(invoice, payment, world);
  complete(session, session.amount_total > 0 ? "paid" : "no_payment_required");
  world.announce("checkout.session.completed", session);
}

/** The card is declined: the session stays open, and the same payment may be tried again. */
export function decline(session: Session, world: StripeWorld): void {
  const order = orderOf(session, world);
  const payment = paymentOf(session, order, world);
  fail(payment, DECLINED, world);
}

/** A debit, say: the session is complete, and the money comes days later or not at all. */
export function promise(session: Session, email: string | null, world: StripeWorld): void {
  const order = orderOf(session, world);
  meetCustomer(session, email, world);
  const payment = paymentOf(session, order, world);
  payment.status = "processing";
  if (session.mode === "subscription") {
    payWith(subscribe(session, "incomplete", world), payment, world);
  }
  complete(session, "unpaid");
  world.announce("payment_intent.processing", payment);
  world.announce("checkout.session.completed", session);
}

/** The money that was promised comes, or does not. */
export function settle(session: Session, comes: boolean, world: StripeWorld): void {
  const payment = paymentOf(session, orderOf(session, world), world);
  if (comes) {
    session.payment_status = "paid";
    collect(payment, world);
    activate(session, payment, world);
    world.announce("checkout.session.async_payment_succeeded", session);
  } else {
    fail(payment, FAILED, world);
    const invoice = world.store.find("invoice", session.invoice ?? "");
    if (invoice !== null) world.announce("invoice.payment_failed", invoice);
    world.announce("checkout.session.async_payment_failed", session);
  }
}

/** The subscription of a session whose first invoice is paid at last. */
function activate(session: Session, payment: PaymentIntent, world: StripeWorld): void {
  const subscription = world.store.find("subscription", session.subscription ?? "");
  const invoice = world.store.find("invoice", session.invoice ?? "");
  if (subscription === null || invoice === null) return;
  markPaid(invoice, payment, world);
  subscription.status = "active";
  world.announce("customer.subscription.updated", subscription, { status: "incomplete" });
}

function orderOf({ id }: Session, { store }: StripeWorld): Order {
  const order = store.orders.get(id);
  if (order === undefined) throw new Error(`no order of ${id}`);
  return order;
}

/** A subscription belongs to a customer; whoever is none becomes one. */
function meetCustomer(session: Session, email: string | null, world: StripeWorld): void {
  const known = session.customer === null ? null : world.store.find("customer", session.customer);
  session.customer_details = { email: email ?? known?.email ?? session.customer_email };
  if (session.mode !== "subscription" || known !== null) return;
  const customer = world.store.put({
    ...born("customer", "cus", world),
    email: session.customer_details.email,
    name: null,
    invoice_settings: { default_payment_method: null },
    metadata: {},
  });
  session.customer = customer.id;
  world.announce("customer.created", customer);
}

function complete(session: Session, payment_status: Session["payment_status"]): void {
  session.status = "complete";
  session.payment_status = payment_status;
  session.url = null;
}

/** The payment of a session: made once, and met again at a second try. */
function paymentOf(session: Session, order: Order, world: StripeWorld): PaymentIntent {
  const known = order.paymentIntentId === null
    ? null
    : world.store.find("payment_intent", order.paymentIntentId);
  const payment = known ?? newPayment(session, order, world);
  order.paymentIntentId = payment.id;
  payment.customer = session.customer;
  if (session.mode === "payment") session.payment_intent = payment.id;
  return payment;
}

function newPayment(session: Session, order: Order, world: StripeWorld): PaymentIntent {
  const { amount_total: amount, currency, customer, mode } = session;
  // That of a subscription's invoice says nothing of its own.
  const metadata = mode === "payment" ? order.metadata : {};
  return beginPayment({ amount, currency, customer, metadata }, world);
}

/** The subscription that a session sells; its first invoice. */
function subscribe(
  session: Session,
  status: "active" | "incomplete",
  world: StripeWorld,
): Invoice {
  const { lines, metadata } = orderOf(session, world);
  const customer = session.customer ?? "";
  const subscription = world.store.put(newSubscription({ customer, lines, metadata }, world));
  subscription.status = status;
  const invoice = invoiceOf(subscription, session.customer_details?.email ?? null, world);
  session.subscription = subscription.id;
  session.invoice = invoice.id;
  world.announce("customer.subscription.created", subscription);
  return invoice;
}
