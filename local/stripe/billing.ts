/** Subscriptions and invoices: how they begin and are paid, and the events that Stripe sends. */

import { amountsOf, sumOf } from "./amounts.ts";
import type {
  Amounts,
  Coupon,
  Invoice,
  InvoiceLine,
  InvoicePayment,
  Metadata,
  PaymentIntent,
  Price,
  Subscription,
  SubscriptionItem,
} from "./objects.ts";
import { endingOf, newPaymentMethod } from "./payment_methods.ts";
import { beginPayment, cancelPayment, confirm } from "./payments.ts";
import { cardDeclined, invalidRequest } from "./stripe_error.ts";
import { newObject, type StripeDeps } from "./deps.ts";

const MONTH = 30 * 24 * 60 * 60;
const DAY = 24 * 60 * 60;

export interface NewSubscription {
  customer: string;
  lines: { price: Price; quantity: number }[];
  metadata: Metadata;
  /** Default false. */
  isTaxed?: boolean;
  /** Default none. */
  coupon?: Coupon | null;
}

/** An active subscription, not yet stored, and without an event so far. */
export function newSubscription(
  { customer, lines, metadata, isTaxed = false, coupon = null }: NewSubscription,
  deps: StripeDeps,
): Subscription {
  const subscription = newObject("subscription", "sub", deps);
  if (coupon !== null) {
    const end = coupon.duration === "repeating"
      ? subscription.created + MONTH * (coupon.duration_in_months ?? 1)
      : null;
    deps.store.discounts.set(subscription.id, { coupon, end });
  }
  const items = lines.map(({ price, quantity }): SubscriptionItem => ({
    ...newObject("subscription_item", "si", deps),
    subscription: subscription.id,
    quantity,
    price,
    current_period_start: subscription.created,
    current_period_end: subscription.created + lengthOf(price.recurring),
  }));
  return {
    ...subscription,
    status: "active",
    customer,
    items: { object: "list", data: items, has_more: false, url: "/v1/subscription_items" },
    latest_invoice: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    ended_at: null,
    trial_start: null,
    trial_end: null,
    automatic_tax: { enabled: isTaxed },
    trial_settings: { end_behavior: { missing_payment_method: "create_invoice" } },
    metadata,
  };
}

function lengthOf(recurring: Price["recurring"]): number {
  const { interval = "month", interval_count = 1 } = recurring ?? {};
  const unit = new Map([["day", DAY], ["week", 7 * DAY], ["year", 365 * DAY]]).get(interval);
  return (unit ?? MONTH) * interval_count;
}

/** The trial is the first period. Stripe's page stores the card that is charged when it ends. */
export function beginTrial(subscription: Subscription, days: number, deps: StripeDeps): void {
  const { created, customer: id, items } = subscription;
  const end = created + days * DAY;
  Object.assign(subscription, { status: "trialing", trial_start: created, trial_end: end });
  for (const item of items.data) item.current_period_end = end;
  const customer = deps.store.find("customer", id);
  if (customer === null) return;
  const about = { type: "card", customer: id, billing_details: { email: customer.email } };
  customer.invoice_settings.default_payment_method ??= newPaymentMethod(about, "paid", deps).id;
}

/** The first paid period begins now. */
export function endTrialNow({ items }: Subscription, now: number): void {
  for (const item of items.data) {
    item.current_period_start = now;
    item.current_period_end = now + lengthOf(item.price.recurring);
  }
}

/** The open invoice of a subscription's period; a trial is free. */
export function invoiceOf(
  subscription: Subscription,
  email: string | null,
  deps: StripeDeps,
): Invoice {
  const { id, items, metadata, customer, status } = subscription;
  const terms = {
    coupon: couponOf(subscription, deps),
    isTaxed: subscription.automatic_tax.enabled,
    isTrial: status === "trialing",
  };
  const amounts = amountsOf(items.data, terms, deps.store);
  const lines = items.data.map((item, place) => lineOf(item, id, amounts[place]!));
  const { amount_total: total, amount_discount } = sumOf(amounts);
  if (terms.coupon?.duration === "once" && amount_discount > 0) deps.store.discounts.delete(id);
  const invoice = deps.store.put(
    newInvoice({ customer, email, lines, total, ...currencyOf(items) }, deps),
  );
  invoice.status = "open";
  invoice.parent = {
    type: "subscription_details",
    subscription_details: { subscription: id, metadata },
  };
  subscription.latest_invoice = invoice.id;
  deps.announce("invoice.finalized", invoice);
  return invoice;
}

/** The coupon that reduces its next invoice. */
function couponOf({ id }: Subscription, { store, now }: StripeDeps): Coupon | null {
  const discount = store.discounts.get(id);
  return discount === undefined || (discount.end ?? Infinity) <= now() ? null : discount.coupon;
}

function currencyOf({ data: [item] }: Subscription["items"]): { currency: string } {
  return { currency: item?.price.currency ?? "eur" };
}

interface NewInvoice {
  customer: string;
  email: string | null;
  currency: string;
  lines: InvoiceLine[];
  /** After discounts and tax; default the sum of the lines. */
  total?: number;
}

/** A draft without a subscription, not yet stored, and without an event so far. */
export function newInvoice(
  { customer, email, currency, lines, ...rest }: NewInvoice,
  deps: StripeDeps,
): Invoice {
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const total = rest.total ?? subtotal;
  const invoice = newObject("invoice", "in", deps);
  return {
    ...invoice,
    status: "draft",
    subtotal,
    total,
    amount_due: total,
    amount_paid: 0,
    currency,
    customer,
    customer_email: email,
    parent: null,
    lines: {
      object: "list",
      data: lines,
      has_more: false,
      url: `/v1/invoices/${invoice.id}/lines`,
    },
    metadata: {},
  };
}

function lineOf(
  item: SubscriptionItem,
  subscription: string,
  { amount_subtotal, amount_discount }: Amounts,
): InvoiceLine {
  const { price, quantity } = item;
  return {
    id: item.id.replace("si_", "il_"),
    object: "line_item",
    amount: amount_subtotal,
    discount_amounts: amount_discount === 0 ? [] : [{ amount: amount_discount }],
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

/** Links an invoice to its payment. The payment's events do not name the invoice. */
export function payWith(
  invoice: Invoice,
  payment: PaymentIntent,
  deps: StripeDeps,
): InvoicePayment {
  return deps.store.put<InvoicePayment>({
    ...newObject("invoice_payment", "inpay", deps),
    status: "open",
    amount_paid: null,
    currency: invoice.currency,
    invoice: invoice.id,
    payment: { type: "payment_intent", payment_intent: payment.id },
  });
}

/** Paid by this payment; null: there was nothing to pay. */
export function markPaid(
  invoice: Invoice,
  payment: PaymentIntent | null,
  deps: StripeDeps,
): void {
  invoice.status = "paid";
  invoice.amount_paid = invoice.amount_due;
  if (payment !== null) {
    const part = paymentsOf(invoice, deps)
      .find((part) => part.payment.payment_intent === payment.id) ??
      payWith(invoice, payment, deps);
    part.status = "paid";
    part.amount_paid = invoice.amount_paid;
    deps.announce("invoice_payment.paid", part);
  }
  deps.announce("invoice.paid", invoice);
  deps.announce("invoice.payment_succeeded", invoice);
}

/** Voids it: it can no longer be paid, and its payment can no longer be tried. */
export function voidInvoice(invoice: Invoice, deps: StripeDeps): Invoice {
  invoice.status = "void";
  for (const part of paymentsOf(invoice, deps)) {
    part.status = "canceled";
    const payment = deps.store.find("payment_intent", part.payment.payment_intent);
    if (payment !== null) cancelPayment(payment, "void_invoice", deps);
  }
  deps.announce("invoice.voided", invoice);
  return invoice;
}

function paymentsOf({ id }: Invoice, { store }: StripeDeps): InvoicePayment[] {
  return store.all("invoice_payment").filter(({ invoice }) => invoice === id);
}

/** Finalizes it: it can be paid now. */
export function finalize(invoice: Invoice, deps: StripeDeps): Invoice {
  invoice.status = "open";
  deps.announce("invoice.finalized", invoice);
  if (invoice.amount_due === 0) markPaid(invoice, null, deps);
  return invoice;
}

/** With the given payment method, or the customer's own. */
export function payInvoice(
  invoice: Invoice,
  method: string | undefined,
  deps: StripeDeps,
): Invoice {
  const customer = deps.store.find("customer", invoice.customer);
  const own = method ?? customer?.invoice_settings.default_payment_method ?? null;
  if (own === null) {
    throw invalidRequest(
      "This customer has no attached payment source or default payment method.",
      { code: "resource_missing" },
    );
  }
  const ending = endingOf(own, deps);
  if (invoice.status === "draft") finalize(invoice, deps);
  const { amount_due: amount, currency, customer: payer } = invoice;
  const payment = beginPayment({ amount, currency, customer: payer, metadata: {} }, deps);
  payWith(invoice, payment, deps);
  if (!confirm(payment, ending, deps)) {
    deps.announce("invoice.payment_failed", invoice);
    throw cardDeclined();
  }
  markPaid(invoice, payment, deps);
  return invoice;
}
