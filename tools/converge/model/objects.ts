/** Stripe's objects as the facts leave them: one merge rule for each field. */

import { accountsOf } from "./buyer.ts";
import { firstWritten, highest, link, since } from "./merge.ts";
import { newest } from "./newest.ts";
import { type Said, saidOf, type World } from "./world.ts";

const SESSION = ["open", "expired", "complete"] as const;
const SESSION_PAYMENT = ["unpaid", "no_payment_required", "paid"] as const;
const PAYMENT = [
  ...["requires_payment_method", "requires_confirmation", "requires_action", "processing"] as const,
  ...["requires_capture", "canceled", "succeeded"] as const,
] as const;
const REFUND = ["requires_action", "pending", "succeeded", "canceled", "failed"] as const;
const INVOICE = ["draft", "open", "uncollectible", "void", "paid"] as const;
const SUBSCRIPTION = [
  ...["incomplete", "trialing", "active", "past_due", "unpaid", "paused"] as const,
  ...["canceled", "incomplete_expired", "unknown"] as const,
] as const;
const DISPUTE = [
  ...["warning_needs_response", "warning_under_review", "warning_closed"] as const,
  ...["needs_response", "under_review", "appeal_needs_response", "appeal_under_review"] as const,
  ...["prevented", "won", "lost", "unknown"] as const,
] as const;

export type Objects = ReturnType<typeof objectsOf>;
export type Invoice = ReturnType<typeof invoice>;

/** All objects of the world, by kind and id. */
export function objectsOf(world: World) {
  return {
    sessions: each(saidOf(world, "checkout_session"), session),
    payments: each(saidOf(world, "payment_intent"), payment),
    charges: each(saidOf(world, "charge"), charge),
    refunds: each(saidOf(world, "refund"), refund),
    disputes: each(saidOf(world, "dispute"), dispute),
    invoices: each(saidOf(world, "invoice"), invoice),
    invoicePayments: each(saidOf(world, "invoice_payment"), invoicePayment),
    subscriptions: each(saidOf(world, "subscription"), subscription),
    customers: each(saidOf(world, "customer"), customer),
    accounts: accountsOf(world),
  };
}

function each<Fact extends { id: string }, Merged>(
  byId: Map<string, Fact[]>,
  merge: (facts: Fact[]) => Merged,
): Map<string, Merged & { id: string }> {
  return new Map([...byId].map(([id, facts]) => [id, { ...merge(facts), id }]));
}

function session(facts: Said<"checkout_session">[]) {
  const known = facts.flatMap(({ price_ids }) => price_ids === null ? [] : [price_ids]);
  return {
    mode: facts.find(({ mode }) => mode !== "unknown")?.mode ?? "unknown",
    status: highest(SESSION, facts.map(({ status }) => status)),
    paidAt: since(facts, (fact) => SESSION_PAYMENT.indexOf(fact.payment_status) > 0),
    hasFailed: facts.some(({ async_failed }) => async_failed),
    amount: Math.max(0, ...facts.map(({ amount_total }) => amount_total ?? 0)),
    userRef: firstWritten(facts, ({ user_ref }) => user_ref),
    userRefAt: since(facts, ({ user_ref }) => user_ref !== null),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    priceIds: known[0] ?? null,
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
    subscription: link(facts.map(({ subscription_id }) => subscription_id)),
    invoice: link(facts.map(({ invoice_id }) => invoice_id)),
    customer: link(facts.map(({ customer_id }) => customer_id)),
    email: link(facts.map(({ status, email }) => status === "complete" ? email : null)),
  };
}

function payment(facts: Said<"payment_intent">[]) {
  return {
    status: highest(PAYMENT, facts.map(({ status }) => status)),
    paidAt: since(facts, ({ status }) => status === "succeeded"),
    received: Math.max(...facts.map(({ amount_received }) => amount_received)),
    userRef: firstWritten(facts, ({ user_ref }) => user_ref),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    invoice: link(facts.map(({ invoice_id }) => invoice_id)),
    customer: link(facts.map(({ customer_id }) => customer_id)),
  };
}

function charge(facts: Said<"charge">[]) {
  return {
    captured: Math.max(...facts.map(({ amount_captured }) => amount_captured)),
    refunded: Math.max(...facts.map(({ amount_refunded }) => amount_refunded)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
    invoice: link(facts.map(({ invoice_id }) => invoice_id)),
  };
}

function refund(facts: Said<"refund">[]) {
  return {
    status: highest(REFUND, facts.map(({ status }) => status)),
    amount: Math.max(...facts.map(({ amount }) => amount)),
    charge: link(facts.map(({ charge_id }) => charge_id)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
  };
}

function dispute(facts: Said<"dispute">[]) {
  const { status } = newest(facts, () => false, (fact) => DISPUTE.indexOf(fact.status));
  return {
    status,
    charge: link(facts.map(({ charge_id }) => charge_id)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
  };
}

function invoice(facts: Said<"invoice">[]) {
  const created = facts.flatMap((fact) => fact.created ?? []);
  const latest = facts.toSorted((one, other) => other.stamp - one.stamp)[0];
  return {
    status: highest(INVOICE, facts.map(({ status }) => status)),
    paidAt: since(facts, ({ status }) => status === "paid"),
    paid: Math.max(...facts.map(({ amount_paid }) => amount_paid)),
    createdAt: created.length === 0 ? null : Math.min(...created),
    lines: latest?.lines ?? [],
    userRef: firstWritten(facts, ({ user_ref }) => user_ref),
    userRefAt: since(facts, ({ user_ref }) => user_ref !== null),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    subscription: link(facts.map(({ subscription_id }) => subscription_id)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
    charge: link(facts.map(({ charge_id }) => charge_id)),
    customer: link(facts.map(({ customer_id }) => customer_id)),
    email: link(facts.map(({ status, email }) => status === "paid" ? email : null)),
  };
}

function invoicePayment(facts: Said<"invoice_payment">[]) {
  return {
    invoice: link(facts.map(({ invoice_id }) => invoice_id)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
    charge: link(facts.map(({ charge_id }) => charge_id)),
  };
}

function subscription(facts: Said<"subscription">[]) {
  const isFinal = ({ status }: Said<"subscription">) =>
    status === "canceled" || status === "incomplete_expired";
  const snapshot = newest(facts, isFinal, (fact) => SUBSCRIPTION.indexOf(fact.status));
  return {
    snapshot,
    userRef: firstWritten(facts, ({ user_ref }) => user_ref),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    customer: link(facts.map(({ customer_id }) => customer_id)),
  };
}

/** A deleted customer comes without his metadata: his last words before it stay. */
function customer(facts: Said<"customer">[]) {
  const alive = facts.filter(({ is_deleted }) => !is_deleted);
  if (alive.length === 0) return { userRef: null, email: null };
  const { user_ref, email } = newest(alive, () => false, () => 0);
  return { userRef: user_ref, email };
}
