import type { InvoicePaymentFact } from "./fact.ts";
import { at, idOf, type JsonObject, oneOf, whole } from "./json.ts";

/** The words Stripe has for an InvoicePayment; one by `payment_record` has no payment of Stripe's. */
export const INVOICE_PAYMENT_WORDS = {
  status: ["open", "canceled", "paid"],
  "payment.type": ["payment_intent", "charge", "payment_record"],
} as const;

/** Reads an InvoicePayment. */
export function invoicePayment(id: string, object: JsonObject, type: string): InvoicePaymentFact {
  return {
    kind: "invoice_payment",
    id,
    status: statusOf(object.status, type),
    amount_paid: whole(object.amount_paid) ?? 0,
    invoice_id: idOf(object.invoice),
    payment_intent_id: idOf(at(object, "payment", "payment_intent")),
    charge_id: idOf(at(object, "payment", "charge")),
  };
}

function statusOf(status: unknown, type: string): InvoicePaymentFact["status"] {
  const isMissing = status === undefined || status === null;
  if (isMissing && type === "invoice_payment.paid") return "paid";
  return oneOf(INVOICE_PAYMENT_WORDS.status, status) ?? "open";
}
