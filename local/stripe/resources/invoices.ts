import type Stripe from "stripe";
import { finalize, newInvoice, payInvoice, voidInvoice } from "../billing.ts";
import { existing, hasField, pageOf, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Invoice, InvoiceItem, InvoiceLine, InvoicePayment } from "../objects.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";
import type { Call, Resource, StripeDeps } from "../deps.ts";

export const invoices: Resource = {
  ...readable("invoice", "/v1/invoices", isMeant),

  "GET /v1/invoices/:id/lines": (call, deps) => {
    const { id, lines } = existing("invoice", call, deps);
    return pageOf(lines.data, call.params, `/v1/invoices/${id}/lines`);
  },

  "POST /v1/invoices": ({ params }, deps) => create(params, deps),

  "POST /v1/invoices/:id/finalize": (call, deps) =>
    finalize(inStatus(["draft"], "finalize", call, deps), deps),

  "POST /v1/invoices/:id/pay": (call, deps) => {
    const invoice = inStatus(["draft", "open"], "pay", call, deps);
    const { payment_method } = call.params as Stripe.InvoicePayParams;
    return payInvoice(invoice, payment_method, deps);
  },

  "POST /v1/invoices/:id/void": (call, deps) =>
    voidInvoice(inStatus(["open"], "void", call, deps), deps),

  ...readable("invoice_payment", "/v1/invoice_payments", isPaymentMeant),
};

function create(params: Call["params"], deps: StripeDeps): Invoice {
  const { customer: id = "", pending_invoice_items_behavior, currency, metadata } =
    params as Stripe.InvoiceCreateParams;
  const customer = deps.store.find("customer", id);
  if (customer === null) throw noSuch("customer", id, "customer");

  const items = pending_invoice_items_behavior === "include"
    ? deps.store.all("invoiceitem").filter((item) => item.customer === id && item.invoice === null)
    : [];
  const invoice = deps.store.put(newInvoice({
    customer: id,
    email: customer.email,
    currency: currency ?? items[0]?.currency ?? "usd",
    lines: items.map(lineOf),
  }, deps));
  invoice.metadata = mergeMetadata({}, metadata);
  for (const item of items) item.invoice = invoice.id;
  deps.announce("invoice.created", invoice);
  return invoice;
}

function lineOf({ id, amount, created }: InvoiceItem): InvoiceLine {
  return {
    id: id.replace("ii_", "il_"),
    object: "line_item",
    amount,
    discount_amounts: [],
    quantity: 1,
    period: { start: created, end: created },
    pricing: null,
    parent: {
      type: "invoice_item_details",
      invoice_item_details: { invoice_item: id, proration: false },
    },
  };
}

/** The invoice in the path, where its status still allows this. */
function inStatus(
  statuses: Invoice["status"][],
  verb: string,
  call: Call,
  deps: StripeDeps,
): Invoice {
  const invoice = existing("invoice", call, deps);
  if (statuses.includes(invoice.status)) return invoice;
  throw invalidRequest(`You cannot ${verb} an invoice with the status ${invoice.status}.`);
}

function isMeant(invoice: Invoice, name: string, value: unknown): boolean {
  return name === "subscription"
    ? invoice.parent?.subscription_details.subscription === value
    : hasField(invoice, name, value);
}

function isPaymentMeant(part: InvoicePayment, name: string, value: unknown): boolean {
  if (name !== "payment") return hasField(part, name, value);
  const { payment_intent } = value as { payment_intent?: string };
  return part.payment.payment_intent === payment_intent;
}
