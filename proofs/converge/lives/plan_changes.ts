/** Changes of a subscription: of its status, and of its items with their invoices. */

import { at } from "../stripe/clock.ts";
import { credit, type Line, oneTime, period, proration } from "../stripe/line.ts";
import type { Item, Snapshot } from "../stripe/plan.ts";

/** Changes of the status alone: from which statuses, and to which fields. */
export const MOVES: Record<string, { from: string[]; to: Snapshot; type?: string }> = {
  start: { from: ["incomplete"], to: { status: "active" } },
  giveUp: { from: ["incomplete"], to: { status: "incomplete_expired" } },
  convert: { from: ["trialing"], to: { status: "active" } },
  trialEnds: { from: ["trialing"], to: { status: "paused" }, type: "paused" },
  warn: { from: ["trialing"], to: {}, type: "trial_will_end" },
  fallDue: { from: ["active", "trialing"], to: { status: "past_due" } },
  recover: { from: ["past_due", "unpaid"], to: { status: "active" } },
  exhaust: { from: ["past_due"], to: { status: "unpaid" } },
  pause: { from: ["active"], to: { status: "paused" }, type: "paused" },
  resume: { from: ["paused"], to: { status: "active" }, type: "resumed" },
  leave: { from: ["active", "trialing", "past_due"], to: { cancel_at_period_end: true } },
  stay: { from: ["active", "trialing"], to: { cancel_at_period_end: false } },
  leaveAt: { from: ["active"], to: { cancel_at: at(50) } },
  holdInvoices: { from: ["active"], to: { pause_collection: { behavior: "void" } } },
  note: { from: ["active", "past_due", "paused"], to: {} },
  cancel: {
    from: ["active", "past_due", "unpaid", "paused", "trialing"],
    to: { status: "canceled", ended_at: at(40) },
    type: "deleted",
  },
};

/** How a change of items is billed. */
export interface BillingStyle {
  /** Whether the lines name their item. */
  namesItem: boolean;
  /** Whether a changed item keeps its id. */
  keepsItem: boolean;
  isProrated: boolean;
  /** Whether prorations are invoice items and not subscription lines. */
  isAdded: boolean;
  /** In cents. If this is more than the change costs, the credits pay the invoice. */
  credits: number;
}

/** The items after a change on a day, and the lines that bill it. Without lines it is not billed. */
export interface Change {
  items: Item[];
  day: number;
  lines: Line[];
}

/** The id of an item, if the line names it. */
type Naming = (item: Item) => Partial<Line>;
type Make = (items: Item[], day: number, style: BillingStyle, naming: Naming) => Change;

/** Changes that are billed. */
export const CHANGES: Record<string, Make> = {
  renew,
  switch: switchPrice,
  interval: switchInterval,
  add: addItem,
  drop: dropItem,
  seats: changeSeats,
  again: (items, day, _, naming) => ({
    items,
    day,
    lines: items.map((item) => period(item.price, item.from, item.to, naming(item))),
  }),
  extra: (items, day) => ({ items, day, lines: [oneTime("price_gamma_once", day)] }),
};

/** The periods that end first begin anew, as long as before. */
function renew(items: Item[], _: number, __: BillingStyle, naming: Naming): Change {
  const day = Math.min(...items.map(({ to }) => to));
  const renewed = items.map((item) =>
    item.to === day ? { ...item, from: day, to: day + (item.to - item.from) } : item
  );
  const billed = renewed.filter(({ from }) => from === day);
  const lines = billed.map((item) => period(item.price, item.from, item.to, naming(item)));
  return { items: renewed, day, lines };
}

const OTHER: Record<string, string> = {
  price_alpha: "price_beta",
  price_beta: "price_bundle",
  price_bundle: "price_alpha",
  price_alpha_yearly: "price_beta_yearly",
  price_beta_yearly: "price_alpha_yearly",
};

const INTERVAL: Record<string, string> = {
  price_alpha: "price_alpha_yearly",
  price_beta: "price_beta_yearly",
  price_bundle: "price_beta_yearly",
  price_alpha_yearly: "price_alpha",
  price_beta_yearly: "price_beta",
};

/** To another price, in mid-cycle. */
function switchPrice(items: Item[], day: number, style: BillingStyle, naming: Naming): Change {
  const [first, ...rest] = items as [Item, ...Item[]];
  const next = moved(first, { price: OTHER[first.price] ?? first.price }, style, day);
  const lines = [
    credited(first, day, style, naming),
    proration(next.price, day, next.to, prorated(style, naming(next))),
  ];
  return { items: [next, ...rest], day, lines: style.isProrated ? lines : [] };
}

/** From month to year or back: the billing anchor is reset, and the whole new period is billed. */
function switchInterval(items: Item[], day: number, style: BillingStyle, naming: Naming): Change {
  const [first, ...rest] = items as [Item, ...Item[]];
  const price = INTERVAL[first.price] ?? first.price;
  const to = day + (price.endsWith("yearly") ? 365 : 30);
  const next = moved(first, { price, from: day, to }, style, day);
  const made = style.isAdded ? proration : period;
  const cost = { amount: 2000, ...style.isAdded ? prorated(style, naming(next)) : naming(next) };
  const lines = [made(price, day, to, cost)];
  const back = credited(first, day, style, naming);
  return { items: [next, ...rest], day, lines: style.isProrated ? [back, ...lines] : lines };
}

/** A second module, with the period of the first or its own. */
function addItem(items: Item[], day: number, style: BillingStyle, naming: Naming): Change {
  const [first] = items as [Item];
  const price = first.price.startsWith("price_beta") ? "price_alpha_yearly" : "price_beta";
  const own = { from: day, to: day + (price.endsWith("yearly") ? 365 : 30) };
  const item = {
    which: `.${day}`,
    price,
    ...style.keepsItem ? own : { from: first.from, to: first.to },
  };
  const line = style.keepsItem
    ? period(price, own.from, own.to, naming(item))
    : proration(price, day, first.to, prorated(style, naming(item)));
  return { items: [...items.slice(0, 1), item], day, lines: [line] };
}

function dropItem(items: Item[], day: number, style: BillingStyle, naming: Naming): Change {
  const [first, second] = items as [Item, Item?];
  if (second === undefined) return { items, day, lines: [] };
  const back = credited(second, day, style, naming);
  return { items: [first], day, lines: style.isProrated ? [back] : [] };
}

/** More seats in mid-cycle, or as many less. */
function changeSeats(items: Item[], day: number, style: BillingStyle, naming: Naming): Change {
  const [first, ...rest] = items as [Item, ...Item[]];
  const quantity = style.keepsItem ? 3 : 1;
  const amount = style.keepsItem ? 1000 : -400;
  const line = proration(first.price, day, first.to, { amount, ...prorated(style, naming(first)) });
  return { items: [{ ...first, quantity }, ...rest], day, lines: style.isProrated ? [line] : [] };
}

/** The changed item: the same one, or another in its place. */
function moved(item: Item, changes: Partial<Item>, { keepsItem }: BillingStyle, day: number): Item {
  return { ...item, ...changes, ...keepsItem ? {} : { which: `.${day}` } };
}

/** What is left of the item's period. */
function credited(item: Item, day: number, style: BillingStyle, naming: Naming): Line {
  const words = { amount: -style.credits, ...prorated(style, naming(item)) };
  return credit(item.price, day, item.to, words);
}

/** Since basil, a proration that is an invoice item names no item. */
function prorated({ isAdded }: BillingStyle, naming: Partial<Line>): Partial<Line> {
  return { ...naming, isAdded };
}
