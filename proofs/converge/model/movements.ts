/** P1, P2: how much one payment received, how much was refunded, how much is disputed. */

import type { Known } from "./known.ts";
import { type Payment, paymentOf } from "./links.ts";
import type { Settings } from "./settings.ts";

/** The movements of one payment. */
export interface Movements {
  received: number;
  back: number;
  /** The sum of the disputes that close; null: there is none. */
  disputed: number | null;
}

export function movementsOf(known: Known, payment: Payment): Movements {
  const isOfIt = (refs: { payment: string | null; charge: string | null }) =>
    paymentOf(known, refs)?.id === payment.id;
  const charges = [...known.charges.values()]
    .filter(({ id }) => isOfIt({ payment: null, charge: id }));
  const refunds = [...known.refunds.values()].filter(isOfIt);
  const disputes = [...known.disputes.values()]
    .filter((dispute) => isOfIt(dispute) && closes(known.settings, dispute.status));

  const stands = refunds.filter(({ status }) => status !== "failed" && status !== "canceled");
  // The refunded amount of a charge counts only if no refund explains it, not even a failed one.
  const unexplained = sum(charges.map(({ refunded }) => refunded)) -
    sum(refunds.map(({ amount }) => amount));
  const intent = known.payments.get(payment.id)?.received ?? 0;
  return {
    received: intent > 0 ? intent : sum(charges.map(({ captured }) => captured)),
    back: sum(stands.map(({ amount }) => amount)) + Math.max(0, unexplained),
    disputed: disputes.length === 0 ? null : sum(disputes.map(({ amount }) => amount)),
  };
}

/** P2: an unknown status also closes. */
function closes(settings: Settings, status: string): boolean {
  if (status === "won" || status === "warning_closed") return false;
  const isInquiry = status === "warning_needs_response" || status === "warning_under_review";
  return isInquiry ? settings.inquiry_closes : settings.dispute_closes;
}

export function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
