/** 5.4: one-time purchases. A sale counts once, although it has a session, a payment and an invoice. */

import { type Buyer, buyerOfInvoice, buyerOfPayment, buyerOfSession } from "./buyers.ts";
import { type Sold, soldModules } from "./catalogue.ts";
import { blockOf } from "./given_back.ts";
import type { Known } from "./known.ts";
import { isSale } from "./lines.ts";
import { type Payment, paymentsOf, rootOf } from "./links.ts";
import { link, smallest } from "./merge.ts";
import { type Block, blockOfPayments } from "./money.ts";
import type { Invoice, Session } from "./objects.ts";
import { closedFor, type Source } from "./source.ts";

interface Purchase extends Buyer {
  id: string;
  /** One payment root sells a module once (5.4, 5.14). */
  root: string;
  sold: Sold[];
  paidAt: number | null;
  hasFailed: boolean;
  block: Block;
}

/** The sources of all one-time purchases. */
export function purchaseSources(known: Known): Source[] {
  const purchases = [
    ...[...known.sessions.values()].flatMap((session) => bySession(known, session)),
    ...[...known.sessions.values()].flatMap((session) => besideSubscription(known, session)),
    ...byPayment(known),
    ...byCharge(known),
    ...[...known.invoices.values()].flatMap((invoice) => byInvoice(known, invoice)),
  ];
  return purchases.flatMap((purchase) => purchase.sold.map((sold) => sourceFor(purchase, sold)));
}

function sourceFor(purchase: Purchase, { module, term }: Sold): Source {
  const { id, root, userRef, byAddress, paidAt, hasFailed, block } = purchase;
  const closed = (reason: string) => ({ ...closedFor(id, userRef, module, reason), byAddress });
  if (block !== null) return closed(block);
  if (paidAt === null) return closed(hasFailed ? "payment_failed" : "pending_payment");
  const pass = term === null ? {} : { pass: { root, paidAt, term } };
  const word = { reason: "purchase", reasonAfter: "expired", byAddress, ...pass };
  return { id, userRef, module, expiresAt: term === null ? null : paidAt + term, ...word };
}

/** Payment-mode sessions that are complete, or that have a successful payment. */
function bySession(known: Known, session: Session): Purchase[] {
  const payment = known.payments.get(session.payment ?? "");
  const invoice = known.invoices.get(session.invoice ?? "");
  const isDone = session.status === "complete" || payment?.status === "succeeded";
  if (session.mode !== "payment" || !isDone) return [];

  const payments = paymentsOfSession(known, session);
  const prices = session.priceIds ?? salesOf(known, invoice);
  const moduleRef = session.moduleRef ?? payment?.moduleRef ?? invoice?.moduleRef ?? null;
  return [{
    id: session.id,
    root: rootOf(payments, session.id),
    ...buyerOfSession(known, session),
    sold: soldOnce(known, prices, moduleRef),
    paidAt: smallest([session.paidAt, payment?.paidAt]),
    hasFailed: session.hasFailed,
    block: blockOfPayments(known, payments, session.invoice, session.amount),
  }];
}

/** The session's own payment, and the payments of its invoice. */
function paymentsOfSession(known: Known, { payment, invoice }: Session): Payment[] {
  const others = paymentsOf(known, invoice).filter(({ id }) => id !== payment);
  return payment === null ? others : [{ id: payment, isBareCharge: false }, ...others];
}

/**
 * One-time prices in a session that starts a subscription, until its invoice is known.
 * `no_payment_required` pays no one-time price.
 */
function besideSubscription(known: Known, session: Session): Purchase[] {
  const isPaid = session.mode === "subscription" && session.paymentStatus === "paid";
  if (!isPaid || known.invoices.has(session.invoice ?? "")) return [];
  const payments = paymentsOfSession(known, session);
  const prices = (session.priceIds ?? []).filter((price) => known.recurs.get(price) === false);
  return [{
    id: session.id,
    root: rootOf(payments, session.id),
    ...buyerOfSession(known, session),
    sold: soldOnce(known, prices, null),
    paidAt: session.paidAt,
    hasFailed: false,
    block: blockOfPayments(known, payments, session.invoice, session.amount),
  }];
}

/** Payment intents that name their module and belong to no session and no invoice. */
function byPayment(known: Known): Purchase[] {
  const claimed = claimedPayments(known);
  return [...known.payments.values()]
    .filter(({ id, status, moduleRef }) =>
      status === "succeeded" && moduleRef !== null && !claimed.has(id)
    )
    .map((intent) => {
      const payments = [{ id: intent.id, isBareCharge: false }];
      return {
        id: intent.id,
        root: intent.id,
        ...buyerOfPayment(known, intent),
        sold: soldOnce(known, null, intent.moduleRef),
        paidAt: intent.paidAt,
        hasFailed: false,
        block: blockOfPayments(known, payments, null, intent.received),
      };
    });
}

/** 5.13: captured charges with metadata that belong to no payment intent, session or invoice. */
function byCharge(known: Known): Purchase[] {
  const claimed = claimedPayments(known);
  return [...known.charges.values()]
    .filter(({ id, payment, captured, moduleRef }) =>
      payment === null && captured > 0 && moduleRef !== null && !claimed.has(id)
    )
    .map((charge) => {
      const payments = [{ id: charge.id, isBareCharge: true }];
      return {
        id: charge.id,
        root: charge.id,
        ...buyerOfPayment(known, charge),
        sold: soldOnce(known, null, charge.moduleRef),
        paidAt: charge.paidAt,
        hasFailed: false,
        block: blockOfPayments(known, payments, null, charge.captured),
      };
    });
}

/** The payments that belong to a session or an invoice. */
function claimedPayments({ sessions, links }: Known): Set<string | null> {
  return new Set([
    ...[...sessions.values()].map(({ payment }) => payment),
    ...links.map(({ payment }) => payment.id),
  ]);
}

/** Paid invoices. Metadata of a subscription's invoice is ignored, because it names the subscription. */
function byInvoice(known: Known, invoice: Invoice): Purchase[] {
  const isSessionsOwn = [...known.sessions.values()]
    .some((session) => session.mode === "payment" && session.invoice === invoice.id);
  if (invoice.status !== "paid" || isSessionsOwn || isCreditedAway(invoice)) return [];

  const payments = paymentsOf(known, invoice.id);
  const refs = payments.map(({ id }) => known.payments.get(id)?.moduleRef ?? null);
  const moduleRef = invoice.subscription === null ? link(refs) ?? invoice.moduleRef : null;
  return [{
    id: invoice.id,
    root: rootOf(payments, invoice.id),
    ...buyerOfInvoice(known, invoice),
    sold: soldOnce(known, salesOf(known, invoice), moduleRef),
    paidAt: invoice.paidAt,
    hasFailed: false,
    block: blockOf(known, invoice, null),
  }];
}

/** 5.4: credit notes covered all of it. A payment from the customer's balance counts as money. */
function isCreditedAway({ paid, credited, total }: Invoice): boolean {
  return paid === 0 && total !== null && total > 0 && credited >= total;
}

/** The prices of its one-time lines; null: its lines are not all known. */
function salesOf({ recurs }: Known, invoice: Invoice | undefined): string[] | null {
  return invoice?.lines?.filter((line) => isSale(line, recurs))
    .flatMap(({ price_id }) => price_id ?? []) ?? null;
}

/** 5.5: a recurring price never opens a module without end. */
function soldOnce(known: Known, prices: string[] | null, moduleRef: string | null): Sold[] {
  const isOneTime = (price: string) => known.recurs.get(price) !== true;
  return soldModules(known.catalogue, prices, moduleRef, isOneTime);
}
