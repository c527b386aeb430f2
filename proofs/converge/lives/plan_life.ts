/** Random subscriptions: every change of the status, and the invoices of every change. */

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { at } from "../stripe/clock.ts";
import type { Fields, StripeEvent } from "../stripe/event.ts";
import { type Line, oneTime, period } from "../stripe/line.ts";
import { type Item, type Plan, plan, type Snapshot } from "../stripe/plan.ts";
import { lineItems } from "../stripe/prices.ts";
import { ONE_TIME, rendering } from "./bill_life.ts";
import { invoiceEvents, invoiceLife, isOwed } from "./invoice_life.ts";
import { metadataOf, name, ownName, rareName, user } from "./names.ts";
import { CHANGES, MOVES } from "./plan_changes.ts";
import { rarely } from "./rarely.ts";

const bill = fc.record({
  invoice: invoiceLife,
  /** A one-time line beside the others. */
  extra: rarely(4, fc.constantFrom(...ONE_TIME)),
  /** Whether a discount makes its periods free. One-time lines beside them are not discounted. */
  isGift: fc.constantFrom(false, false, false, false, false, true),
  /** The buyer in its own metadata. */
  name: rareName,
});

/** Changes that bill the present price once more. */
const ALIKE = ["again", "seats"];

const step = fc.record({
  move: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...Object.keys(CHANGES), "renew", "renew", ...ALIKE) },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(MOVES), "fetch", "recover") },
  ),
  sameSecond: fc.boolean(),
  hasPrevious: fc.boolean(),
  bill,
  style: fc.record({
    namesItem: fc.boolean(),
    keepsItem: fc.boolean(),
    isProrated: fc.boolean(),
    isAdded: fc.boolean(),
    credits: fc.constantFrom(600, 600, 3000),
  }),
});

/** A subscription. */
export const planLife = fc.record({
  user,
  price: fc.constantFrom("price_alpha", "price_alpha", "price_beta", "price_bundle"),
  /** A second item, billed by the year. */
  yearly: fc.constantFrom(null, null, null, "price_alpha_yearly", "price_beta_yearly"),
  length: fc.constantFrom(30, 30, 30, 7),
  begins: fc.constantFrom("incomplete", "trialing", "active", "active", "active"),
  day: fc.constantFrom(0, 0, 2),
  rendering,
  name: ownName,
  sendsInvoices: fc.constantFrom(false, false, false, true),
  first: bill,
  steps: fc.array(step, { maxLength: 4, size: "max" }),
  /** No invoice after the first is paid, so a subscription may be past due for several periods. */
  stopsPaying: fc.constantFrom(false, false, false, true),
  session: fc.record({
    seen: fc.constantFrom(
      "not",
      "not",
      "plainly",
      "with its list",
      "in two",
      "unpaid",
      "for nothing",
    ),
    name,
    email: fc.constantFrom(null, "ada", "eve"),
    extra: fc.constantFrom(...ONE_TIME),
    module: fc.constantFrom(null, null, null, "gamma"),
  }),
  /** Whether some of its items are not in the lists of its snapshots. */
  hasMoreItems: fc.constantFrom(false, false, false, false, false, true),
});

export type PlanLife = typeof planLife extends fc.Arbitrary<infer Life> ? Life : never;
type PlanStep = PlanLife["steps"][number];

/** All events of it. */
export function planEvents(life: PlanLife, name: string): StripeEvent[] {
  const { user, session, day, rendering } = life;
  const module = session.module === null ? {} : { module_id: session.module };
  const it = plan(name, {
    user,
    rendering,
    created: day,
    metadata: metadataOf(life.name, user),
    email: session.email,
    sessionMetadata: { ...metadataOf(session.name, user), ...module },
  });
  return [...timeline(it, life), ...sessionEvents(it, life)];
}

/** The present state of a subscription. */
interface State {
  snapshot: Snapshot & { status: string; items: Item[] };
  day: number;
}

function timeline(it: Plan, life: PlanLife): StripeEvent[] {
  const { begins, day, first } = life;
  const items = itemsOf(life);
  const lines = items.map(({ which, price, from, to }) =>
    period(price, from, to, { item: it.item(which), ...begins === "trialing" ? { amount: 0 } : {} })
  );
  const extra = extraLines(first, day);
  let now: State = { snapshot: beginning(life, items, it.bill(1).id), day };
  const events = [
    it.sub("created", day, now.snapshot),
    ...billed(it, life, 1, first, [...lines, ...extra], day),
  ];
  for (const [index, step] of life.steps.entries()) {
    const result = move(it, now, step) ?? change(it, life, now, step, index + 2);
    if (result === null) continue;
    events.push(...result.events);
    now = result.next;
  }
  return events;
}

function itemsOf({ price, yearly, length, day }: PlanLife): Item[] {
  const first = { price, from: day, to: day + length };
  const second = { which: ".y", price: yearly ?? "", from: day, to: day + 365 };
  return yearly === null ? [first] : [first, second];
}

function beginning(life: PlanLife, items: Item[], latest_invoice: string): State["snapshot"] {
  const { begins, sendsInvoices, hasMoreItems, length, day } = life;
  return {
    status: begins,
    items,
    hasMoreItems,
    latest_invoice,
    collection_method: sendsInvoices ? "send_invoice" : "charge_automatically",
    ...begins === "trialing" ? { trial_end: at(day + length) } : {},
  };
}

/** The events of a step, and the state after it. */
interface StepResult {
  events: StripeEvent[];
  next: State;
}

/** Changes the status; null: this status cannot change that way, or the step is not a status change. */
function move(it: Plan, now: State, step: PlanStep): StepResult | null {
  const { from, to, type = "updated" } = step.move === "fetch"
    ? { from: [now.snapshot.status], to: {}, type: "fetched" }
    : MOVES[step.move] ?? { from: [], to: {} };
  if (!from.includes(now.snapshot.status)) return null;
  const snapshot = { ...now.snapshot, ...to } as State["snapshot"];
  const day = now.day + (step.sameSecond ? 0 : 4);
  return { events: [said(it, type, day, snapshot, now, step)], next: { snapshot, day } };
}

/** Changes and bills the items. An unpaid invoice makes the subscription past due. */
function change(
  it: Plan,
  life: PlanLife,
  now: State,
  step: PlanStep,
  n: number,
): StepResult | null {
  const make = CHANGES[step.move] ?? CHANGES["renew"];
  const { status, items } = now.snapshot;
  if (make === undefined || !["active", "trialing", "past_due"].includes(status)) return null;
  const { style } = step;
  const bill = life.stopsPaying ? unpaid(step.bill) : step.bill;
  const naming = ({ which }: Item) => style.namesItem ? { item: it.item(which) } : {};
  const changed = make(items, now.day + (step.sameSecond ? 1 : 4), style, naming);
  const lines = changed.lines.length === 0
    ? []
    : [...changed.lines, ...extraLines(bill, changed.day)];
  const fails = lines.length > 0 && isOwed(bill.invoice) && status !== "past_due";
  const hasBegun = status === "trialing" && changed.day >= Math.min(...items.map(({ to }) => to));
  const snapshot = {
    ...now.snapshot,
    items: changed.items,
    ...hasBegun ? { status: "active" } : {},
    ...fails ? { status: "past_due" } : {},
    ...lines.length > 0 ? { latest_invoice: it.bill(n).id } : {},
  };
  const events = lines.length === 0 ? [] : billed(it, life, n, bill, lines, changed.day);
  return {
    events: [said(it, "updated", changed.day, snapshot, now, step), ...events],
    next: { snapshot, day: changed.day },
  };
}

function said(
  it: Plan,
  type: string,
  day: number,
  snapshot: Snapshot,
  before: State,
  { hasPrevious }: PlanStep,
): StripeEvent {
  const previous = differences(it.snapshotOf(snapshot), it.snapshotOf(before.snapshot));
  return it.sub(type, day, snapshot, hasPrevious && type === "updated" ? { previous } : {});
}

/** The `previous_attributes`: the former values of the fields that changed. */
function differences(now: Fields, before: Fields): Fields {
  return Object.fromEntries(
    Object.entries(before).filter(([field, was]) => !isDeepStrictEqual(now[field], was)),
  );
}

function unpaid(bill: PlanLife["first"]): PlanLife["first"] {
  return { ...bill, invoice: { ...bill.invoice, outcome: "open" } };
}

function extraLines({ extra }: PlanLife["first"], day: number): Line[] {
  return extra === null ? [] : [oneTime(extra, day)];
}

function billed(
  it: Plan,
  { user, sendsInvoices }: PlanLife,
  n: number,
  { invoice, isGift, name }: PlanLife["first"],
  lines: Line[],
  day: number,
): StripeEvent[] {
  const bill = it.bill(n, {
    lines: isGift ? lines.map(gift) : lines,
    created: day,
    metadata: metadataOf(name, user),
    ...sendsInvoices ? { due: day + 7 } : {},
    ...invoice.money.isShared ? { payment: `${user}.shared` } : {},
  });
  return invoiceEvents(bill, invoice, day);
}

function gift(line: Line): Line {
  return line.isAdded === true ? line : { ...line, off: Math.max(0, line.amount ?? 1000) };
}

/** The session that sold it. */
function sessionEvents(it: Plan, { session, price, day }: PlanLife): StripeEvent[] {
  const list = lineItems([price, session.extra]);
  switch (session.seen) {
    case "not":
      return [];
    case "plainly":
      return [it.session(day)];
    case "with its list":
      return [it.session(day, list)];
    case "in two":
      return [it.session(day), it.session(day + 1, list, "fetched")];
    case "unpaid":
      return [it.session(day, { payment_status: "unpaid", ...list })];
    default:
      return [it.session(day, { payment_status: "no_payment_required", ...list })];
  }
}
