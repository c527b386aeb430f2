import { invoicePayment } from "./invoice_payment.ts";
import {
  at,
  flag,
  idOf,
  type JsonObject,
  list,
  oneOf,
  record,
  signed,
  text,
  time,
  whole,
} from "./json.ts";
import type { Kind } from "./kind.ts";
import { price, priceOfLine } from "./price.ts";
import { siteRefs, userRef } from "./site_refs.ts";

const WORDS = {
  status: ["draft", "open", "uncollectible", "void", "paid"],
} as const;

/** An Invoice: one-off, or one period of a subscription. */
export interface InvoiceFact {
  kind: "invoice";
  id: string;
  /** An unknown value counts as `open`. */
  status: (typeof WORDS.status)[number];
  amount_paid: number;
  /** Negative if its credits are larger than its charges. */
  total: number | null;
  /** The sum of the credit notes from before it was paid. */
  amount_credited: number;
  created: number | null;
  /** When it was paid, according to the invoice. */
  paid_at: number | null;
  /** The due date, if the invoice is sent to the customer. */
  due_at: number | null;
  user_ref: string | null;
  /** The user that its subscription named when it was finalized. */
  subscription_user_ref: string | null;
  module_ref: string | null;
  customer_id: string | null;
  /** The customer's address, frozen when the invoice was finalized; never verified. */
  email: string | null;
  subscription_id: string | null;
  /** Only on API versions before 2025-03-31. */
  payment_intent_id: string | null;
  /** Only on API versions before 2025-03-31. */
  charge_id: string | null;
  lines: InvoiceLine[];
  /** False if Stripe says that there are more lines than it sent. */
  lines_complete: boolean;
}

/** One line of an invoice. Line ids are left out: they differ between API versions. */
export interface InvoiceLine {
  /** `subscription`: a period or usage of an item. `invoice_item`: added to the invoice by itself. */
  kind: "subscription" | "invoice_item";
  /** The line's own, otherwise the invoice's. */
  subscription_id: string | null;
  subscription_item_id: string | null;
  price_id: string | null;
  period_start: number | null;
  period_end: number | null;
  /** Before discounts; negative: a credit. */
  amount: number;
  /** The sum of its discounts, which reduce `amount`. */
  discount_amount: number;
  /** Negative: a credit too. */
  quantity: number | null;
  is_proration: boolean;
}

export const invoice = {
  kind: "invoice",
  head: "invoice",
  words: WORDS,
  read: readInvoice,
  inside: [
    { kind: invoicePayment, find: ({ payments }) => list(payments) ?? [] },
    { kind: price, find: ({ lines }) => (list(lines) ?? []).flatMap(priceOfLine) },
  ],
  byId: { in: (id) => `/v1/invoices/${id}?expand[]=payments` },
  byOwner: {
    "sub/invoices": (subscription) =>
      `/v1/invoices?limit=100&subscription=${subscription}&expand[]=data.payments`,
  },
  all: "/v1/invoices?limit=100",
  cutShort: { field: "lines", path: (id) => `/v1/invoices/${id}/lines?limit=100` },
} satisfies Kind<InvoiceFact>;

function readInvoice(id: string, object: JsonObject, type: string): InvoiceFact {
  const subscription = idOf(object.subscription) ??
    idOf(subscriptionDetails(object)?.subscription);
  const status = oneOf(WORDS.status, object.status) ?? statusByFlags(object, type);
  return {
    kind: "invoice",
    id,
    status,
    // Before 2018 an invoice had no `amount_paid`. A paid invoice received the amount due.
    amount_paid: whole(object.amount_paid) ??
      (status === "paid" ? whole(object.amount_due) ?? 0 : 0),
    total: signed(object.total),
    amount_credited: whole(object.pre_payment_credit_notes_amount) ?? 0,
    created: time(object.created),
    paid_at: time(at(object, "status_transitions", "paid_at")),
    due_at: time(object.due_date),
    ...siteRefs(object),
    subscription_user_ref: userRef(subscriptionDetails(object)),
    customer_id: idOf(object.customer),
    email: text(object.customer_email),
    subscription_id: subscription,
    payment_intent_id: idOf(object.payment_intent),
    charge_id: idOf(object.charge),
    lines: (list(object.lines) ?? []).map((line) => invoiceLine(line, subscription)),
    lines_complete: at(object.lines, "has_more") !== true,
  };
}

/** The invoice's frozen copy of subscription fields. Since 2025-03-31 it is in `parent`. */
function subscriptionDetails(object: JsonObject): JsonObject | null {
  return record(at(object, "parent", "subscription_details")) ??
    record(object.subscription_details);
}

/**
 * Before 2018-11-08 an invoice had flags for a status. A `closed` one could be reopened and paid, so
 * it stays open here: void is final.
 */
function statusByFlags(object: JsonObject, type: string): InvoiceFact["status"] {
  const paid = type === "invoice.paid" || type === "invoice.payment_succeeded";
  if (paid || object.paid === true) return "paid";
  return object.forgiven === true ? "uncollectible" : "open";
}

function invoiceLine(line: JsonObject, ofInvoice: string | null): InvoiceLine {
  const item = record(at(line, "parent", "subscription_item_details"));
  const added = record(at(line, "parent", "invoice_item_details"));
  const subscriptionItem = idOf(line.subscription_item) ?? idOf(item?.subscription_item);
  return {
    kind: kindOfLine(line, subscriptionItem),
    subscription_id: idOf(line.subscription) ?? idOf(item?.subscription) ??
      idOf(added?.subscription) ?? ofInvoice,
    subscription_item_id: subscriptionItem,
    price_id: idOf(line.price) ?? idOf(line.plan) ??
      idOf(at(line, "pricing", "price_details", "price")),
    period_start: time(at(line, "period", "start")),
    period_end: time(at(line, "period", "end")),
    amount: signed(line.amount) ?? 0,
    discount_amount: discountsOf(line),
    quantity: signed(line.quantity),
    is_proration: flag(line.proration) ?? flag(item?.proration) ?? flag(added?.proration) ?? false,
  };
}

/** A line without a kind is a period if it has a subscription item. Otherwise it stands alone. */
function kindOfLine(line: JsonObject, subscriptionItem: string | null): InvoiceLine["kind"] {
  const word = text(line.type) ?? text(at(line, "parent", "type"));
  if (word === "subscription" || word === "subscription_item_details") return "subscription";
  if (word === "invoiceitem" || word === "invoice_item_details") return "invoice_item";
  return subscriptionItem === null ? "invoice_item" : "subscription";
}

function discountsOf(line: JsonObject): number {
  const discounts = list(line.discount_amounts) ?? [];
  return discounts.reduce((sum, { amount }) => sum + (whole(amount) ?? 0), 0);
}
