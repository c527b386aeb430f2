/** Stripe's objects, merged from the facts: one merge rule for each field. */

import { chosenList } from "./lines.ts";
import { firstWritten, highest, largest, link, smallest } from "./merge.ts";
import { namingOf } from "./naming.ts";
import { newest } from "./newest.ts";
import {
  DISPUTE_RANKS,
  INVOICE_PAYMENT_RANKS,
  INVOICE_RANKS,
  PAYMENT_RANKS,
  REFUND_RANKS,
  SESSION_PAYMENT_RANKS,
  SESSION_RANKS,
  SUBSCRIPTION_RANKS,
} from "./ranks.ts";
import { chosenPrices } from "./session_list.ts";
import { type History, type ReportedFact, reportsOf } from "./history.ts";

export type Objects = ReturnType<typeof objectsOf>;
export type Session = ValueOf<Objects["sessions"]>;
export type Invoice = ValueOf<Objects["invoices"]>;
export type Subscription = ValueOf<Objects["subscriptions"]>;

type ValueOf<Members> = Members extends Map<string, infer Value> ? Value : never;

/** All objects of the history, by kind and id. */
export function objectsOf(history: History) {
  return {
    sessions: each(reportsOf(history, "checkout_session"), session),
    payments: each(reportsOf(history, "payment_intent"), payment),
    charges: each(reportsOf(history, "charge"), charge),
    refunds: each(reportsOf(history, "refund"), refund),
    disputes: each(reportsOf(history, "dispute"), dispute),
    invoices: each(reportsOf(history, "invoice"), invoice),
    invoicePayments: each(reportsOf(history, "invoice_payment"), invoicePayment),
    subscriptions: each(reportsOf(history, "subscription"), subscription),
    customers: each(reportsOf(history, "customer"), customer),
    listings: each(reportsOf(history, "price_listing"), listing),
    products: each(reportsOf(history, "product"), listing),
    /** 5.5: a price recurs if any fact ever said so. */
    recurs: new Map(
      [...reportsOf(history, "price")].map(([id, facts]) =>
        [id, facts.some(({ is_recurring }) => is_recurring)] as const
      ),
    ),
  };
}

function each<Fact extends { id: string }, Merged>(
  byId: Map<string, Fact[]>,
  merge: (facts: Fact[]) => Merged,
): Map<string, Merged & { id: string }> {
  return new Map([...byId].map(([id, facts]) => [id, { ...merge(facts), id }]));
}

function session(facts: ReportedFact<"checkout_session">[]) {
  const isPaid = (fact: ReportedFact<"checkout_session">) => fact.payment_status !== "unpaid";
  return {
    mode: facts.find(({ mode }) => mode !== "unknown")?.mode ?? "unknown",
    status: highest(SESSION_RANKS, facts.map(({ status }) => status)),
    paymentStatus: highest(SESSION_PAYMENT_RANKS, facts.map((fact) => fact.payment_status)),
    paidAt: smallest(facts.filter(isPaid).map(({ stamp }) => stamp)),
    hasFailed: facts.some(({ async_failed }) => async_failed),
    amount: largest(facts.map(({ amount_total }) => amount_total)),
    createdAt: smallest(facts.map(({ created }) => created)),
    ...namingOf(facts),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    clientReference: firstWritten(facts, ({ client_reference_id }) => client_reference_id),
    priceIds: chosenPrices(facts),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
    subscription: link(facts.map(({ subscription_id }) => subscription_id)),
    invoice: link(facts.map(({ invoice_id }) => invoice_id)),
    customer: link(facts.map(({ customer_id }) => customer_id)),
    email: link(facts.map(({ status, email }) => status === "complete" ? email : null)),
  };
}

function payment(facts: ReportedFact<"payment_intent">[]) {
  const hasSucceeded = facts.filter(({ status }) => status === "succeeded");
  return {
    status: highest(PAYMENT_RANKS, facts.map(({ status }) => status)),
    paidAt: smallest(hasSucceeded.map(({ stamp }) => stamp)),
    received: Math.max(...facts.map(({ amount_received }) => amount_received)),
    createdAt: smallest(facts.map(({ created }) => created)),
    ...namingOf(facts),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    invoice: link(facts.map(({ invoice_id }) => invoice_id)),
    customer: link(facts.map(({ customer_id }) => customer_id)),
  };
}

function charge(facts: ReportedFact<"charge">[]) {
  const isCaptured = facts.filter(({ amount_captured }) => amount_captured > 0);
  return {
    captured: Math.max(...facts.map(({ amount_captured }) => amount_captured)),
    refunded: Math.max(...facts.map(({ amount_refunded }) => amount_refunded)),
    paidAt: smallest(isCaptured.map(({ stamp }) => stamp)),
    createdAt: smallest(facts.map(({ created }) => created)),
    ...namingOf(facts),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
    invoice: link(facts.map(({ invoice_id }) => invoice_id)),
    customer: link(facts.map(({ customer_id }) => customer_id)),
  };
}

function refund(facts: ReportedFact<"refund">[]) {
  return {
    status: highest(REFUND_RANKS, facts.map(({ status }) => status)),
    amount: Math.max(...facts.map(({ amount }) => amount)),
    charge: link(facts.map(({ charge_id }) => charge_id)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
  };
}

function dispute(facts: ReportedFact<"dispute">[]) {
  const snapshot = newest(facts, () => false, (fact) => DISPUTE_RANKS.indexOf(fact.status));
  return {
    status: snapshot.status,
    amount: snapshot.amount,
    charge: link(facts.map(({ charge_id }) => charge_id)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
  };
}

function invoice(facts: ReportedFact<"invoice">[]) {
  const list = chosenList(facts);
  const isPaid = facts.filter(({ status }) => status === "paid");
  const frozenName = firstWritten(facts, ({ subscription_user_ref }) => subscription_user_ref);
  return {
    status: highest(INVOICE_RANKS, facts.map(({ status }) => status)),
    paidAt: smallest(isPaid.map(({ paid_at, stamp }) => paid_at ?? stamp)),
    paid: Math.max(...facts.map(({ amount_paid }) => amount_paid)),
    credited: Math.max(...facts.map(({ amount_credited }) => amount_credited)),
    total: list.total,
    dueAt: list.due_at,
    createdAt: smallest(facts.map(({ created }) => created)),
    /** Null: some lines must still be read, and until then none counts. */
    lines: list.lines_complete ? list.lines : null,
    ...namingOf(facts),
    subscriptionUserRef: frozenName,
    /** When it first named a user. */
    anyNameAt: smallest(
      facts.filter((fact) => fact.user_ref !== null || fact.subscription_user_ref !== null)
        .map(({ stamp }) => stamp),
    ),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    subscription: link(facts.map(({ subscription_id }) => subscription_id)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
    charge: link(facts.map(({ charge_id }) => charge_id)),
    customer: link(facts.map(({ customer_id }) => customer_id)),
    email: link(facts.map(({ status, email }) => status === "paid" ? email : null)),
  };
}

function invoicePayment(facts: ReportedFact<"invoice_payment">[]) {
  return {
    status: highest(INVOICE_PAYMENT_RANKS, facts.map(({ status }) => status)),
    paid: Math.max(...facts.map(({ amount_paid }) => amount_paid)),
    invoice: link(facts.map(({ invoice_id }) => invoice_id)),
    payment: link(facts.map(({ payment_intent_id }) => payment_intent_id)),
    charge: link(facts.map(({ charge_id }) => charge_id)),
  };
}

function subscription(facts: ReportedFact<"subscription">[]) {
  const isFinal = ({ status }: ReportedFact<"subscription">) =>
    status === "canceled" || status === "incomplete_expired";
  return {
    snapshot: newest(facts, isFinal, (fact) => SUBSCRIPTION_RANKS.indexOf(fact.status)),
    createdAt: smallest(facts.map(({ created }) => created)),
    ...namingOf(facts),
    moduleRef: firstWritten(facts, ({ module_ref }) => module_ref),
    customer: link(facts.map(({ customer_id }) => customer_id)),
  };
}

/** A deleted customer comes without metadata: the last snapshot before it stays. */
function customer(facts: ReportedFact<"customer">[]) {
  const alive = facts.filter(({ is_deleted }) => !is_deleted);
  if (alive.length === 0) return { userRef: null, email: null };
  const { user_ref, email } = newest(alive, () => false, () => 0);
  return { userRef: user_ref, email };
}

/** What is for sale decides no access. */
function listing<Fact extends ReportedFact<"price_listing"> | ReportedFact<"product">>(
  facts: Fact[],
): Fact {
  return newest(facts, ({ is_deleted }) => is_deleted, () => 0);
}
