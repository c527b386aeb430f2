/** Whether the money of a payment went back or is in dispute. */

import type { Objects } from "./objects.ts";

/** The payments and charges that paid for one thing. */
export interface Paid {
  payments: Set<string>;
  charges: Set<string>;
  /** What was asked, where neither payment nor charge is known. */
  amount: number;
}

/** A dispute in one of these takes nothing away; any other does, one we do not know included. */
const HARMLESS = ["warning_needs_response", "warning_under_review", "warning_closed", "won"];

/** `disputed` before `refunded`; null: the money is here. */
export function blockOf(objects: Objects, paid: Paid): "disputed" | "refunded" | null {
  const charges = new Set(paid.charges);
  for (const charge of objects.charges.values()) {
    if (charge.payment !== null && paid.payments.has(charge.payment)) charges.add(charge.id);
  }
  const isOfIt = (one: { payment: string | null; charge: string | null }) =>
    one.payment !== null && paid.payments.has(one.payment) ||
    one.charge !== null && charges.has(one.charge);

  for (const dispute of objects.disputes.values()) {
    if (isOfIt(dispute) && !HARMLESS.includes(dispute.status)) return "disputed";
  }

  const known = [...objects.refunds.values()].filter(isOfIt);
  const refunded = known.filter(({ status }) => status !== "failed" && status !== "canceled");
  const said = [...objects.charges.values()].filter(({ id }) => charges.has(id));
  // What a charge says went back counts only where no refund explains it, a failed one included.
  const unexplained = Math.max(0, sum(said, "refunded") - sum(known, "amount"));
  const returned = sum(refunded, "amount") + unexplained;

  const intents = [...objects.payments.values()].filter(({ id }) => paid.payments.has(id));
  const received = sum(intents, "received") || sum(said, "captured") || paid.amount;
  return returned > 0 && returned >= received ? "refunded" : null;
}

/** What paid an invoice: on old API versions either names the other, since then a third object. */
export function paidFor(objects: Objects, invoiceId: string, amount: number): Paid {
  const payments = new Set<string>();
  const charges = new Set<string>();
  const add = (payment: string | null, charge: string | null) => {
    if (payment !== null) payments.add(payment);
    if (charge !== null) charges.add(charge);
  };
  const invoice = objects.invoices.get(invoiceId);
  if (invoice !== undefined) add(invoice.payment, invoice.charge);
  for (const one of objects.invoicePayments.values()) {
    if (one.invoice === invoiceId) add(one.payment, one.charge);
  }
  for (const one of objects.payments.values()) if (one.invoice === invoiceId) add(one.id, null);
  for (const one of objects.charges.values()) {
    if (one.invoice === invoiceId) add(one.payment, one.id);
  }
  return { payments, charges, amount };
}

function sum<Field extends string>(members: { [Name in Field]: number }[], field: Field): number {
  return members.reduce((total, member) => total + member[field], 0);
}
