/** 5.7: how much of a purchase was received, how much was given back, whether it is disputed. */

import type { Known } from "./known.ts";
import { type Payment, paymentOf, paymentsOf } from "./links.ts";
import { movementsOf, sum } from "./movements.ts";
import type { Invoice } from "./objects.ts";
import type { Settings } from "./settings.ts";

/** Why a payment does not count; null: it counts. */
export type Block = "disputed" | "refunded" | null;

/** The share of one payment in one thing that it paid. */
interface PaymentShare {
  payment: Payment;
  /** How much of it paid this thing. */
  share: number;
  /** How much of it paid other things. A refund is taken off these first. */
  others: number;
}

/** Whether the money of this invoice is given back or disputed. */
export function blockOfInvoice(known: Known, invoice: Invoice): Block {
  const parts = paymentsOf(known, invoice.id)
    .map((payment) => partOf(known, payment, invoice.id, invoice.paid));
  return blockOfParts(known, parts, receivedFor(known, invoice));
}

/** Payment records count: only the invoice shows money from outside Stripe. */
export function receivedFor(known: Known, { id, paid }: Pick<Invoice, "id" | "paid">): number {
  return Math.max(paid, sum(paidParts(known, id).map((part) => part.paid)));
}

/**
 * The same for a purchase without an invoice of its own.
 *
 * @param asked the amount to pay; null: not known, and then any refund closes
 */
export function blockOfPayments(
  known: Known,
  payments: Payment[],
  invoiceId: string | null,
  asked: number | null,
): Block {
  const parts = payments.map((payment) => partOf(known, payment, invoiceId, asked ?? Infinity));
  const shares = payments.map((payment) =>
    shareOf(known, payment, invoiceId) ?? movementsOf(known, payment).received
  );
  // Its payments may be known although the invoice itself never arrived.
  const paid = known.invoices.get(invoiceId ?? "")?.paid ?? 0;
  const ofInvoice = invoiceId === null ? 0 : receivedFor(known, { id: invoiceId, paid });
  const received = Math.max(sum(shares), ofInvoice);
  return blockOfParts(known, parts, received > 0 ? received : asked);
}

/** `disputed` before `refunded`. */
function blockOfParts(known: Known, parts: PaymentShare[], received: number | null): Block {
  const { settings } = known;
  let [back, inQuestion, disputes] = [0, 0, 0];
  for (const { payment, share, others } of parts) {
    const moved = movementsOf(known, payment);
    const isDisputed = moved.disputed !== null &&
      (others === 0 || moved.back + moved.disputed > others);
    if (isDisputed && settings.partial_dispute_closes) return "disputed";
    if (isDisputed) disputes++;
    back += Math.min(share, Math.max(0, moved.back - others));
    // An open dispute that does not close by itself counts as money given back.
    inQuestion += Math.min(share, Math.max(0, moved.back + (moved.disputed ?? 0) - others));
  }
  if (settings.full_refund_closes && isGivenBack(settings, back, received)) return "refunded";
  return disputes > 0 && isGivenBack(settings, inQuestion, received) ? "disputed" : null;
}

function isGivenBack(settings: Settings, back: number, received: number | null): boolean {
  if (back <= 0) return false;
  if (received === null) return true;
  return received > 0 && back * 100 >= received * settings.refund_closes_from_percent;
}

function partOf(
  known: Known,
  payment: Payment,
  invoiceId: string | null,
  asked: number,
): PaymentShare {
  const { received } = movementsOf(known, payment);
  const share = shareOf(known, payment, invoiceId) ?? (received || asked);
  return { payment, share, others: othersOf(known, payment, invoiceId, share) };
}

/** The amount that a payment paid of this, by its invoice payments; null: they have no amount. */
function shareOf(known: Known, payment: Payment, invoiceId: string | null): number | null {
  const parts = paidParts(known, invoiceId).filter((part) => part.payment?.id === payment.id);
  return parts.length > 0 ? sum(parts.map(({ paid }) => paid)) : null;
}

function othersOf(
  known: Known,
  payment: Payment,
  invoiceId: string | null,
  share: number,
): number {
  const paysOthers = known.links.some((link) =>
    link.payment.id === payment.id && link.invoice !== invoiceId
  );
  if (!paysOthers) return 0;
  const shares = sum(
    allPaidParts(known).filter((part) => part.payment?.id === payment.id)
      .map(({ paid }) => paid),
  );
  return Math.max(0, Math.max(movementsOf(known, payment).received, shares) - share);
}

/** All known payments of an invoice, including money outside Stripe. */
function paidParts(known: Known, invoiceId: string | null) {
  return allPaidParts(known).filter(({ invoice }) => invoice !== null && invoice === invoiceId);
}

function allPaidParts(known: Known) {
  return [...known.invoicePayments.values()].filter(({ status }) => status === "paid")
    .map((one) => ({ invoice: one.invoice, paid: one.paid, payment: paymentOf(known, one) }));
}
