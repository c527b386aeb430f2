/** 5.2 (d): which invoice paid for the current period of an item, and whether it is still paid. */

import type { Known } from "./known.ts";
import { blockOfLines, linesOfPeriod, type Opening } from "./item_lines.ts";
import { costOf } from "./lines.ts";
import { isOlder } from "./given_back.ts";
import type { Block } from "./money.ts";

export interface PaidPeriod {
  /** Why the newest invoice no longer counts. */
  block: Block;
  /** The end of the time that older invoices pay if the newest no longer counts; null: they do not. */
  until: number | null;
  /** Some invoice pays for the period, even if the line was free. */
  isPaid: boolean;
}

export function paidPeriod(known: Known, opening: Opening): PaidPeriod {
  const byInvoice = Map.groupBy(linesOfPeriod(known, opening), ({ invoice }) => invoice);
  const bills = [...byInvoice].map(([invoice, entries]) => {
    const lines = entries.map(({ line }) => line);
    return { invoice, lines, block: blockOfLines(known, opening, invoice, lines) };
  }).sort((one, other) => isOlder(one.invoice, other.invoice) ? 1 : -1);

  const kept = bills.filter(({ block }) => block === null);
  const ends = kept.flatMap(({ lines }) => lines).filter((line) => costOf(line) > 0)
    .flatMap(({ period_end }) => period_end ?? []);
  const block = bills[0]?.block ?? null;
  return {
    block,
    until: block === null || ends.length === 0 ? null : Math.max(...ends),
    isPaid: kept.length > 0,
  };
}
