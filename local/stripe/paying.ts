/** What a buyer does on the payment page, and everything that Stripe makes and says then. */

import type {
  Charge,
  Invoice,
  PaymentIntent,
  Session,
  Subscription,
  SubscriptionItem,
} from "./objects.ts";
import type { Order } from "./store.ts";
import { born, type StripeWorld } from "./world.ts";

const MONTH = 30 * 24 * 60 * 60;
const DAY = 24 * 60 * 60;

/** The card is good: the session is complete, and paid. */
export function pay(session: Session, email: string | null, world: StripeWorld): void {
  const order = orderOf(session, world);
  meetCustomer(session, email, world);
  if (session.mode === "subscription") subscribe(session, order, world);
  else if (session.amount_total > 0) collect(paymentOf(session, order, world), world);
  complete(session, session.amount_total > 0 ? "paid" : "no_payment_required");
  world.announce("checkout.session.completed", session);
}

/** The card is declined: the session stays open, and the same payment may be tried again. */
export function decline(session: Session, world: StripeWorld): void {
  const order = orderOf(session, world);
  const payment = paymentOf(session, order, world);
  fail(payment, "card_declined", "Your card was declined.", world);
}

/** A debit, say: the session is complete, and the money comes days later or not at all. */
export function promise(session: Session, email: string | null, world: StripeWorld): void {
  const order = orderOf(session, world);
  meetCustomer(session, email, world);
  const payment = paymentOf(session, order, world);
  payment.status = "processing";
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
    world.announce("checkout.session.async_payment_succeeded", session);
  } else {
    fail(payment, "payment_intent_payment_attempt_failed", "The payment failed.", world);
    world.announce("checkout.session.async_payment_failed", session);
  }
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
  const payment = world.store.put({
    ...born("payment_intent", "pi", world),
    status: "requires_payment_method" as const,
    amount: session.amount_total,
    amount_received: 0,
    currency: session.currency,
    customer: session.customer,
    latest_charge: null,
    last_payment_error: null,
    // That of a subscription's invoice says nothing of its own.
    metadata: session.mode === "payment" ? order.metadata : {},
  });
  world.announce("payment_intent.created", payment);
  return payment;
}

function collect(payment: PaymentIntent, world: StripeWorld): Charge {
  const { id, amount, currency, customer, metadata } = payment;
  const charge = world.store.put({
    ...born("charge", "ch", world),
    status: "succeeded" as const,
    paid: true as const,
    captured: true as const,
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    refunded: false,
    currency,
    customer,
    payment_intent: id,
    metadata,
  });
  payment.status = "succeeded";
  payment.amount_received = amount;
  payment.latest_charge = charge.id;
  payment.last_payment_error = null;
  world.announce("charge.succeeded", charge);
  world.announce("payment_intent.succeeded", payment);
  return charge;
}

function fail(payment: PaymentIntent, code: string, message: string, world: StripeWorld): void {
  payment.status = "requires_payment_method";
  payment.last_payment_error = { code, message };
  world.announce("payment_intent.payment_failed", payment);
}

function subscribe(session: Session, order: Order, world: StripeWorld): void {
  const subscription = world.store.put(newSubscription(session, order, world));
  const invoice = world.store.put(firstInvoice(session, subscription, world));
  subscription.latest_invoice = invoice.id;
  session.subscription = subscription.id;
  session.invoice = invoice.id;

  world.announce("customer.subscription.created", subscription);
  if (session.amount_total > 0) {
    const payment = paymentOf(session, order, world);
    collect(payment, world);
    const part = world.store.put({
      ...born("invoice_payment", "inpay", world),
      status: "paid" as const,
      amount_paid: invoice.amount_paid,
      currency: invoice.currency,
      invoice: invoice.id,
      payment: { type: "payment_intent" as const, payment_intent: payment.id },
    });
    world.announce("invoice_payment.paid", part);
  }
  world.announce("invoice.paid", invoice);
  world.announce("invoice.payment_succeeded", invoice);
}

function newSubscription(session: Session, order: Order, world: StripeWorld): Subscription {
  const subscription = born("subscription", "sub", world);
  const items = order.lines.map(({ price, quantity }): SubscriptionItem => ({
    ...born("subscription_item", "si", world),
    subscription: subscription.id,
    quantity,
    price,
    current_period_start: subscription.created,
    current_period_end: subscription.created + lengthOf(price.recurring),
  }));
  return {
    ...subscription,
    status: "active",
    customer: session.customer ?? "",
    items: { object: "list", data: items, has_more: false, url: "/v1/subscription_items" },
    latest_invoice: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    ended_at: null,
    trial_end: null,
    metadata: order.metadata,
  };
}

function lengthOf(recurring: SubscriptionItem["price"]["recurring"]): number {
  const { interval = "month", interval_count = 1 } = recurring ?? {};
  const unit = new Map([["day", DAY], ["week", 7 * DAY], ["year", 365 * DAY]]).get(interval);
  return (unit ?? MONTH) * interval_count;
}

function firstInvoice(session: Session, subscription: Subscription, world: StripeWorld): Invoice {
  const { id, items, metadata, customer } = subscription;
  const invoice = born("invoice", "in", world);
  return {
    ...invoice,
    status: "paid",
    amount_due: session.amount_total,
    amount_paid: session.amount_total,
    currency: session.currency,
    customer,
    customer_email: session.customer_details?.email ?? null,
    parent: {
      type: "subscription_details",
      subscription_details: { subscription: id, metadata },
    },
    lines: {
      object: "list",
      data: items.data.map((item) => lineOf(item, id)),
      has_more: false,
      url: `/v1/invoices/${invoice.id}/lines`,
    },
    metadata: {},
  };
}

function lineOf(item: SubscriptionItem, subscription: string): Invoice["lines"]["data"][number] {
  const { price, quantity } = item;
  return {
    id: item.id.replace("si_", "il_"),
    object: "line_item",
    amount: quantity * price.unit_amount,
    quantity,
    period: { start: item.current_period_start, end: item.current_period_end },
    pricing: {
      type: "price_details",
      price_details: { price: price.id, product: price.product },
    },
    parent: {
      type: "subscription_item_details",
      subscription_item_details: { subscription, subscription_item: item.id, proration: false },
    },
  };
}
