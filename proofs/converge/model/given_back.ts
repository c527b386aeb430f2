/** 5.2 (c): whether an invoice that its own credits paid is given back. */

import type { InvoiceLine } from "../../../supabase/functions/_shared/facts/invoice.ts";
import type { Known } from "./known.ts";
import { isAlike, isCredit, overlaps, spanOf } from "./lines.ts";
import { paymentsOf } from "./links.ts";
import { type Block, blockOfInvoice, receivedFor } from "./money.ts";
import type { Invoice } from "./objects.ts";

/**
 * Whether the money behind an invoice was given back. If its own credits paid it, this is the money of
 * the older invoices whose periods they credit.
 *
 * @param subscriptionId whose credits count; null: those of any subscription
 */
export function blockOf(known: Known, invoice: Invoice, subscriptionId: string | null): Block {
  const block = blockOfInvoice(known, invoice);
  const credits = creditsOf(invoice, subscriptionId);
  if (block !== null || credits.length === 0 || !receivedNothing(known, invoice)) return block;

  const behind = [...known.invoices.values()].filter((older) =>
    older.status === "paid" && isOlder(older, invoice) &&
    credits.some((credit) => hasCharged(older, credit))
  );
  const blocks = behind.map((older) => blockOf(known, older, subscriptionId));
  if (blocks.length === 0 || blocks.includes(null)) return null;
  return blocks.includes("disputed") ? "disputed" : "refunded";
}

function creditsOf({ lines }: Invoice, subscriptionId: string | null): InvoiceLine[] {
  return (lines ?? []).filter((line) =>
    isCredit(line) && line.subscription_id !== null &&
    (subscriptionId === null || line.subscription_id === subscriptionId)
  );
}

function receivedNothing(known: Known, invoice: Invoice): boolean {
  return receivedFor(known, invoice) === 0 && paymentsOf(known, invoice.id).length === 0;
}

/** Whether it charged what this line credits. */
function hasCharged({ lines }: Invoice, credit: InvoiceLine): boolean {
  return (lines ?? []).some((line) =>
    !isCredit(line) && line.subscription_id === credit.subscription_id &&
    isAlike(line, credit) && overlaps(line, spanOf(credit))
  );
}

/** By `created`, then id. */
export function isOlder(one: Invoice, other: Invoice): boolean {
  const [first, second] = [one.createdAt ?? -Infinity, other.createdAt ?? -Infinity];
  return first === second ? one.id < other.id : first < second;
}
