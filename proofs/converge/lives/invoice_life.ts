/** Random invoices: paid at once, late or never, with complete or partial lists of lines. */

import fc from "fast-check";
import type { Bill } from "../stripe/bill.ts";
import { SECOND } from "../stripe/clock.ts";
import type { Fields, StripeEvent } from "../stripe/event.ts";
import { moneyEvents, moneyLife } from "./money_life.ts";

export const OUTCOMES = ["paid", "open", "later", "void", "uncollectible", "draft"] as const;
export type Outcome = typeof OUTCOMES[number];

export const invoiceLife = fc.record({
  outcome: fc.constantFrom<Outcome>("paid", "paid", "paid", "paid", "open", ...OUTCOMES),
  /** Whether there is an event for its finalization too. */
  begins: fc.boolean(),
  /** Whether there are events of its draft, which had other lines than the final invoice. */
  drafts: fc.constantFrom(false, false, false, true),
  /** What its snapshots lack: nothing; lines that a fetch has; lines that never arrive. */
  lacks: fc.constantFrom("nothing", "nothing", "nothing", "nothing", "some", "some for ever"),
  money: moneyLife,
});

export type InvoiceLife = typeof invoiceLife extends fc.Arbitrary<infer Life> ? Life : never;

/** Whether it is unpaid at first. */
export function isOwed({ outcome }: InvoiceLife): boolean {
  return outcome !== "paid" && outcome !== "void";
}

/** All events of it from this day on. */
export function invoiceEvents(it: Bill, life: InvoiceLife, day: number): StripeEvent[] {
  return [...drafted(it, life, day), ...outcomeEvents(it, life, day)];
}

/** Two drafts. The later one has a line less. */
function drafted(it: Bill, { drafts }: InvoiceLife, day: number): StripeEvent[] {
  if (!drafts) return [];
  const { data } = it.invoiceOf("draft", day).lines as { data: Fields[] };
  const before = { lines: { object: "list", has_more: false, data: [...data, ...data] } };
  const after = { lines: { object: "list", has_more: false, data: data.slice(1) } };
  return [
    it.invoice("created", day - 2, before),
    it.invoice("updated", day - 1, { ...after, status: "draft" }),
  ];
}

function outcomeEvents(it: Bill, life: InvoiceLife, day: number): StripeEvent[] {
  const { outcome, begins, lacks, money } = life;
  const begun = begins || outcome === "open" || outcome === "later";
  const finalized = begun ? [it.invoice("finalized", day, listOf(it, lacks, day))] : [];
  switch (outcome) {
    case "paid":
    case "later": {
      const paid = outcome === "paid" ? day + SECOND : day + 6;
      const read = lacks === "some" ? [it.read(paid + 1, "paid", paid)] : [];
      const said = it.invoice("paid", paid, listOf(it, lacks, paid));
      return [...finalized, said, ...read, ...moneyEvents(it, money, paid)];
    }
    case "open":
      return finalized;
    case "void":
      return [...finalized, it.invoice("voided", day + 1)];
    case "uncollectible":
      return [...finalized, it.invoice("marked_uncollectible", day + 1)];
    case "draft":
      return life.drafts ? [] : [it.invoice("created", day)];
  }
}

/** Only the first line, in a list that has more. */
function listOf(it: Bill, lacks: InvoiceLife["lacks"], day: number): Fields {
  if (lacks === "nothing") return {};
  const { data } = it.invoiceOf("paid", day).lines as { data: Fields[] };
  return { lines: { object: "list", has_more: true, data: data.slice(0, 1) } };
}
