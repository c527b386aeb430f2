/** What becomes of an invoice: paid at once, late or never, told in full or in parts. */

import fc from "fast-check";
import type { Bill } from "../stripe/bill.ts";
import { SECOND } from "../stripe/clock.ts";
import type { Fields, StripeEvent } from "../stripe/event.ts";
import { moneyEvents, moneyLife } from "./money_life.ts";

export const FATES = ["paid", "open", "later", "void", "uncollectible", "draft"] as const;
export type Fate = typeof FATES[number];

export const invoiceLife = fc.record({
  fate: fc.constantFrom<Fate>("paid", "paid", "paid", "paid", "open", ...FATES),
  /** Whether its beginning is told, too. */
  begins: fc.boolean(),
  /** Whether its draft is told, when it had other lines than in the end. */
  drafts: fc.constantFrom(false, false, false, true),
  /** What its snapshots lack: nothing; lines that a fetch brings; lines that nobody brings. */
  lacks: fc.constantFrom("nothing", "nothing", "nothing", "nothing", "some", "some for ever"),
  money: moneyLife,
});

export type InvoiceLife = typeof invoiceLife extends fc.Arbitrary<infer Life> ? Life : never;

/** Whether money is owed on it for now. */
export function isOwed({ fate }: InvoiceLife): boolean {
  return fate !== "paid" && fate !== "void";
}

/** All that Stripe says of it from this day on. */
export function invoiceEvents(it: Bill, life: InvoiceLife, day: number): StripeEvent[] {
  return [...drafted(it, life, day), ...eventsOfFate(it, life, day)];
}

/** Two drafts: from the later one, a line was taken off. */
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

function eventsOfFate(it: Bill, life: InvoiceLife, day: number): StripeEvent[] {
  const { fate, begins, lacks, money } = life;
  const begun = begins || fate === "open" || fate === "later";
  const finalized = begun ? [it.invoice("finalized", day, listOf(it, lacks, day))] : [];
  switch (fate) {
    case "paid":
    case "later": {
      const paid = fate === "paid" ? day + SECOND : day + 6;
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

/** The first line alone, where the list goes on elsewhere. */
function listOf(it: Bill, lacks: InvoiceLife["lacks"], day: number): Fields {
  if (lacks === "nothing") return {};
  const { data } = it.invoiceOf("paid", day).lines as { data: Fields[] };
  return { lines: { object: "list", has_more: true, data: data.slice(0, 1) } };
}
