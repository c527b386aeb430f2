import type { InvoiceFact, InvoiceLine } from "./fact.ts";
import { at, flag, idOf, type JsonObject, list, oneOf, record, text, time, whole } from "./json.ts";
import { siteRefs, userRef } from "./site_refs.ts";

/** The words Stripe has for an Invoice. */
export const INVOICE_WORDS = {
  status: ["draft", "open", "uncollectible", "void", "paid"],
} as const;

/** Reads an Invoice. */
export function invoice(id: string, object: JsonObject, type: string): InvoiceFact {
  const status = oneOf(INVOICE_WORDS.status, object.status) ?? statusByFlags(object, type);
  return {
    kind: "invoice",
    id,
    status,
    // Before 2018 an invoice had no `amount_paid`; a paid one received what was due.
    amount_paid: whole(object.amount_paid) ??
      (status === "paid" ? whole(object.amount_due) ?? 0 : 0),
    created: time(object.created),
    ...siteRefs(object),
    user_ref: userRef(object) ?? userRef(subscriptionDetails(object)),
    customer_id: idOf(object.customer),
    email: text(object.customer_email),
    subscription_id: idOf(object.subscription) ?? idOf(subscriptionDetails(object)?.subscription),
    payment_intent_id: idOf(object.payment_intent),
    charge_id: idOf(object.charge),
    lines: (list(object.lines) ?? []).map(invoiceLine),
    lines_complete: at(object.lines, "has_more") !== true,
  };
}

/** What the invoice keeps of its subscription, frozen: since 2025-03-31 in its parent. */
function subscriptionDetails(object: JsonObject): JsonObject | null {
  return record(at(object, "parent", "subscription_details")) ??
    record(object.subscription_details);
}

/**
 * Before 2018-11-08 an invoice had flags for a status. A `closed` one could be reopened and paid:
 * it stays open, for void is final.
 */
function statusByFlags(object: JsonObject, type: string): InvoiceFact["status"] {
  const paid = type === "invoice.paid" || type === "invoice.payment_succeeded";
  if (paid || object.paid === true) return "paid";
  return object.forgiven === true ? "uncollectible" : "open";
}

function invoiceLine(line: JsonObject): InvoiceLine {
  return {
    price_id: idOf(line.price) ?? idOf(line.plan) ??
      idOf(at(line, "pricing", "price_details", "price")),
    period_start: time(at(line, "period", "start")),
    period_end: time(at(line, "period", "end")),
    proration: flag(line.proration) ??
      flag(at(line, "parent", "subscription_item_details", "proration")) ??
      flag(at(line, "parent", "invoice_item_details", "proration")) ??
      false,
  };
}
