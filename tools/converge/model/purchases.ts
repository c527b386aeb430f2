/** One-time purchases: a sale counts once, though Stripe shows it as session, payment and invoice. */

import { type Buyer, buyer } from "./buyer.ts";
import { earlier } from "./merge.ts";
import { blockOf, type Paid, paidFor } from "./money.ts";
import type { Objects } from "./objects.ts";
import { type Catalogue, closedFor, soldModules, type Source } from "./source.ts";

interface Purchase extends Buyer {
  id: string;
  moduleRef: string | null;
  priceIds: string[];
  paidAt: number | null;
  hasFailed: boolean;
  paid: Paid;
}

/** What all one-time purchases say. */
export function purchaseSources(objects: Objects, catalogue: Catalogue): Source[] {
  const purchases = [...bySession(objects), ...byPayment(objects), ...byInvoice(objects)];
  return purchases.flatMap((purchase) => sourcesOf(objects, catalogue, purchase));
}

function sourcesOf(objects: Objects, catalogue: Catalogue, purchase: Purchase): Source[] {
  const { id, userRef, byAddress, moduleRef, priceIds, paidAt, hasFailed, paid } = purchase;
  const block = blockOf(objects, paid);
  const wordOn = ({ module, term }: { module: string; term: number | null }): Source => {
    if (block !== null) return closedFor(id, userRef, module, block);
    if (paidAt === null) {
      return closedFor(id, userRef, module, hasFailed ? "payment_failed" : "pending_payment");
    }
    const expiresAt = term === null ? null : paidAt + term;
    return { id, userRef, module, reason: "purchase", reasonAfter: "expired", expiresAt };
  };
  return soldModules(catalogue, priceIds, moduleRef)
    .map((sold) => ({ ...wordOn(sold), byAddress }));
}

/** Sessions in payment mode that came to an end, or whose payment did. */
function bySession(objects: Objects): Purchase[] {
  return [...objects.sessions.values()].flatMap((session) => {
    const payment = objects.payments.get(session.payment ?? "");
    const invoice = objects.invoices.get(session.invoice ?? "");
    const customer = objects.customers.get(session.customer ?? "");
    const isDone = session.status === "complete" || payment?.status === "succeeded";
    if (session.mode !== "payment" || !isDone) return [];
    return {
      id: session.id,
      ...buyer(
        objects.accounts,
        [session.userRef, payment?.userRef, invoice?.userRef, customer?.userRef],
        [session.email, customer?.email],
      ),
      moduleRef: session.moduleRef ?? payment?.moduleRef ?? invoice?.moduleRef ?? null,
      priceIds: session.priceIds ?? pricesOf(invoice),
      paidAt: earlier(session.paidAt, payment?.paidAt ?? null),
      hasFailed: session.hasFailed,
      paid: {
        payments: setOf(session.payment),
        charges: setOf(invoice?.charge ?? null),
        amount: session.amount,
      },
    };
  });
}

/** Payments that name their module, where neither session nor invoice tells the story. */
function byPayment(objects: Objects): Purchase[] {
  const told = new Set<string | null>([
    ...[...objects.sessions.values()].map(({ payment }) => payment),
    ...[...objects.invoices.values()].map(({ payment }) => payment),
    ...[...objects.invoicePayments.values()].map(({ payment }) => payment),
  ]);
  return [...objects.payments.values()].flatMap((payment) => {
    const { id, status, moduleRef, paidAt, received } = payment;
    const isOwn = moduleRef !== null && payment.invoice === null && !told.has(id);
    if (status !== "succeeded" || !isOwn) return [];
    const customer = objects.customers.get(payment.customer ?? "");
    return {
      id,
      ...buyer(objects.accounts, [payment.userRef, customer?.userRef], [customer?.email]),
      moduleRef,
      priceIds: [],
      paidAt,
      hasFailed: false,
      paid: { payments: new Set([id]), charges: new Set<string>(), amount: received },
    };
  });
}

/** Paid invoices of no subscription and no session. */
function byInvoice(objects: Objects): Purchase[] {
  const told = new Set([...objects.sessions.values()].map(({ invoice }) => invoice));
  return [...objects.invoices.values()].flatMap((invoice) => {
    if (invoice.status !== "paid" || invoice.subscription !== null || told.has(invoice.id)) {
      return [];
    }
    const paid = paidFor(objects, invoice.id, invoice.paid);
    const payments = [...paid.payments].flatMap((id) => objects.payments.get(id) ?? []);
    const customer = objects.customers.get(invoice.customer ?? "");
    const first = (refs: (string | null)[]) => refs.filter((ref) => ref !== null).sort()[0] ?? null;
    return {
      id: invoice.id,
      ...buyer(
        objects.accounts,
        [first(payments.map(({ userRef }) => userRef)), invoice.userRef, customer?.userRef],
        [invoice.email, customer?.email],
      ),
      moduleRef: first(payments.map(({ moduleRef }) => moduleRef)) ?? invoice.moduleRef,
      priceIds: pricesOf(invoice),
      paidAt: invoice.paidAt,
      hasFailed: false,
      paid,
    };
  });
}

function pricesOf(invoice: { lines: { price_id: string | null }[] } | undefined): string[] {
  return invoice?.lines.flatMap(({ price_id }) => price_id ?? []) ?? [];
}

function setOf(id: string | null): Set<string> {
  return new Set(id === null ? [] : [id]);
}
