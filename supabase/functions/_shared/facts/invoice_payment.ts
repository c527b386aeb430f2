import { at, idOf, type JsonObject, list, oneOf, whole } from "./json.ts";
import type { Kind } from "./kind.ts";
import { paymentIntent } from "./payment_intent.ts";

const WORDS = {
  status: ["open", "canceled", "paid"],
  // A `payment_record` is a payment that Stripe did not take: it has no payment intent or charge.
  "payment.type": ["payment_intent", "charge", "payment_record"],
} as const;

/** An InvoicePayment: which payment pays which invoice. Since 2025-03-31 no other object says so. */
export interface InvoicePaymentFact {
  kind: "invoice_payment";
  id: string;
  /** An unknown value counts as `open`. */
  status: (typeof WORDS.status)[number];
  amount_paid: number;
  invoice_id: string | null;
  payment_intent_id: string | null;
  charge_id: string | null;
}

export const invoicePayment = {
  kind: "invoice_payment",
  head: "invoice_payment",
  words: WORDS,
  read: readInvoicePayment,
  inside: [{
    kind: paymentIntent,
    find: (object) => list([at(object, "payment", "payment_intent")]) ?? [],
  }],
  byId: { inpay: (id) => `/v1/invoice_payments/${id}` },
  byOwner: {
    pi: (intent) =>
      "/v1/invoice_payments?limit=100&payment[type]=payment_intent" +
      `&payment[payment_intent]=${intent}`,
    // The payment itself is expanded, because since 2025-03-31 it no longer names its invoice.
    "in/payments": (invoice) =>
      `/v1/invoice_payments?limit=100&invoice=${invoice}&expand[]=data.payment.payment_intent`,
  },
  all: "/v1/invoice_payments?limit=100",
} satisfies Kind<InvoicePaymentFact>;

function readInvoicePayment(id: string, object: JsonObject, type: string): InvoicePaymentFact {
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
  return oneOf(WORDS.status, status) ?? "open";
}
