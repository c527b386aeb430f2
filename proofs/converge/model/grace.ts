/** 5.3: the grace of a subscription that is past due starts once, on the first day not paid for. */

import { isMappedTo } from "./catalogue.ts";
import { isOlder } from "./given_back.ts";
import {
  blockOfLines,
  chargesOf,
  type Entry,
  isOfItem,
  isOfNoItem,
  type Opening,
} from "./item_lines.ts";
import type { Known } from "./known.ts";
import { isAlike, isCredit, overlaps, spanOf } from "./lines.ts";
import { smallest } from "./merge.ts";

const OWED = ["draft", "open", "uncollectible"];

/** Since when it is unpaid; null: no line says so. */
export function graceEnd(known: Known, opening: Opening): number | null {
  const charges = chargesOf(known, opening);
  const atTheModule = charges.filter((entry) => isAtTheModule(known, opening, entry));
  const ofTheItem = charges.filter((entry) =>
    atTheModule.includes(entry) || isOfItem(opening, entry.line)
  );
  // Twice, so that neither an unpaid upgrade nor a switch of the price gains time.
  const since = smallest(
    [atTheModule, ofTheItem].map((entries) => unpaidSince(known, opening, entries)),
  );
  return since === null ? null : since + known.settings.past_due_grace;
}

/** Lines of this item, or of no item, at a price of the module. */
function isAtTheModule(known: Known, opening: Opening, { line }: Entry): boolean {
  const { item, module, isByMetadata } = opening;
  if (!isOfItem(opening, line) && !isOfNoItem(opening, line)) return false;
  if (isByMetadata) return line.price_id === item.price_id;
  return isMappedTo(known.catalogue, line.price_id, module);
}

/** The later of the end of the paid time and the start of the owed time. */
function unpaidSince(known: Known, opening: Opening, entries: Entry[]): number | null {
  const paid = paidUntil(known, opening, entries);
  const owed = owedSince(entries, paid) ?? opening.item.current_period_start;
  if (paid === null || owed === null) return paid ?? owed;
  return Math.max(paid, owed);
}

/** (a) The latest end of a period that is paid and not given back. */
function paidUntil(known: Known, opening: Opening, entries: Entry[]): number | null {
  const ends = entries
    .filter(({ invoice, line }) =>
      invoice.status === "paid" && blockOfLines(known, opening, invoice, [line]) === null
    )
    .flatMap((entry) => entry.line.period_end === null ? [] : creditedEnd(known, entry));
  return ends.length === 0 ? null : Math.max(...ends);
}

/** A period that a later paid invoice credited and did not charge again counts only to the credit's start. */
function creditedEnd(known: Known, { invoice, line }: Entry): number {
  const later = [...known.invoices.values()]
    .filter((other) => other.status === "paid" && isOlder(invoice, other));
  const credits = later.flatMap(({ lines }) =>
    (lines ?? []).filter((credit) =>
      isCredit(credit) && credit.subscription_id === line.subscription_id &&
      isAlike(credit, line) && overlaps(credit, spanOf(line)) &&
      !(lines ?? []).some((again) => !isCredit(again) && isAlike(again, line))
    )
  );
  return Math.min(
    ...[line, ...credits].flatMap((one, place) =>
      (place === 0 ? one.period_end : one.period_start) ?? []
    ),
  );
}

/** (b) The earliest day from which anything after `paid` is owed. */
function owedSince(entries: Entry[], paid: number | null): number | null {
  const owed = entries.filter(({ invoice, line }) =>
    OWED.includes(invoice.status) &&
    (paid === null || line.period_end !== null && line.period_end > paid)
  );
  return smallest(owed.map(owedFrom));
}

/** The due date; otherwise the start of the period, or the invoice date for usage billed afterwards. */
function owedFrom({ invoice, line }: Entry): number | null {
  const { dueAt, createdAt } = invoice;
  if (dueAt !== null) return dueAt;
  const isOver = createdAt !== null && line.period_end !== null && line.period_end <= createdAt;
  return isOver ? createdAt : line.period_start;
}
