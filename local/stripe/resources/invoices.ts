import type { Invoice, InvoicePayment } from "../objects.ts";
import { existing, hasField, pageOf, readable } from "../listing.ts";
import type { Resource } from "../world.ts";

export const invoices: Resource = {
  ...readable("invoice", "/v1/invoices", isMeant),
  "GET /v1/invoices/:id/lines": (call, world) => {
    const { id, lines } = existing("invoice", call, world);
    return pageOf(lines.data, call.params, `/v1/invoices/${id}/lines`);
  },
  ...readable("invoice_payment", "/v1/invoice_payments", isPaymentMeant),
};

function isMeant(invoice: Invoice, name: string, value: unknown): boolean {
  return name === "subscription"
    ? invoice.parent.subscription_details.subscription === value
    : hasField(invoice, name, value);
}

function isPaymentMeant(part: InvoicePayment, name: string, value: unknown): boolean {
  if (name !== "payment") return hasField(part, name, value);
  const { payment_intent } = value as { payment_intent?: string };
  return part.payment.payment_intent === payment_intent;
}
