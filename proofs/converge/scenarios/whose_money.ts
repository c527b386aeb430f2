/**
 * Which money paid for a period: a refund closes no other period (63-94, 182, 183, 186-188, 219, 220, 229, 237-239, 241-246, 248).
 */

import { check, closed, none, open, pays, scenario, type Step } from "../scenario.ts";
import type { Bill } from "../stripe/bill.ts";
import { HOUR } from "../stripe/clock.ts";
import type { Rendering, StripeEvent } from "../stripe/event.ts";
import { credit, oneTime, period, proration } from "../stripe/line.ts";
import { type Item, type Plan, plan } from "../stripe/plan.ts";
import { lineItems } from "../stripe/prices.ts";
import { OPEN1, OPEN2, OPEN3 } from "./subscriptions.ts";

/** A subscription with a paid first period, and with these items from that day on. */
function paidThen(it: Plan, day: number, items: Item[], bill: Bill): Step[] {
  return [
    pays(it.sub("created", 0)),
    ...it.bill(1).settled(0),
    pays(it.sub("updated", day, { items, latest_invoice: bill.id })),
    ...bill.settled(day),
  ];
}

/** A full refund, with the events of refund and charge. */
function givenBack(bill: Bill, day: number): StripeEvent[] {
  return [bill.refund("created", day), bill.charge("refunded", day, bill.received)];
}

const YEAR: Item = { price: "price_alpha_yearly", from: 10, to: 375 };
/** The day on which a year bought on day 10 closes without renewal; the year of a swap begins on day 0. */
const [OPEN_YEAR, OPEN_SWAP] = [378, 368];

/** From month to year on day 10, without proration: the year is billed as a period of its own. */
function changedToYear(rendering: Rendering = "basil", keepsItem = false) {
  const it = plan("1", { rendering });
  const item = keepsItem ? YEAR : { ...YEAR, which: ".2" };
  const named = keepsItem ? { item: it.item() } : {};
  const lines = [period("price_alpha_yearly", 10, 375, named)];
  const year = it.bill("year", { lines, created: 10 });
  return { it, month: it.bill(1), year, steps: paidThen(it, 10, [item], year) };
}

/** A swap within the hour: the invoice has prorations only, the month's credit and the year. */
function swapped(rendering: Rendering = "basil", keepsItem = false) {
  const it = plan("1", { rendering });
  const item = it.item();
  const lines = [
    credit("price_alpha", HOUR, 30, { item }),
    proration("price_alpha_yearly", HOUR, 365, { amount: 10_000, item: keepsItem ? item : null }),
  ];
  const year = it.bill("swap", { lines, created: HOUR });
  const which = keepsItem ? {} : { which: ".2" };
  const items = [{ ...which, price: "price_alpha_yearly", from: HOUR, to: 365 }];
  return { month: it.bill(1), year, steps: paidThen(it, HOUR, items, year) };
}

/** Beta is added on day 10; its invoice has one proration, added to it by itself. */
function addedBeta(more: Partial<Parameters<typeof proration>[3]> = { isAdded: true }) {
  const it = plan();
  const addOn = it.bill("add", { lines: [proration("price_beta", 10, 30, more)], created: 10 });
  const items = [
    { price: "price_alpha", from: 0, to: 30 },
    { which: ".2", price: "price_beta", from: 0, to: 30 },
  ];
  return { it, base: it.bill(1), addOn, steps: paidThen(it, 10, items, addOn) };
}

/** From alpha to beta on day 10, the anchor kept, beta charged for the rest of the month. */
function upgraded(rendering: Rendering = "basil", keepsItem = false) {
  const it = plan("1", { rendering });
  const more = keepsItem ? { item: it.item() } : { isAdded: true };
  const lines = [proration("price_beta", 10, 30, more)];
  const upgrade = it.bill("upgrade", { lines, created: 10 });
  const which = keepsItem ? {} : { which: ".2" };
  const items = [{ ...which, price: "price_beta", from: 0, to: 30 }];
  return { month: it.bill(1), upgrade, steps: paidThen(it, 10, items, upgrade) };
}

/** Alpha by the month and beta by the year, three months long; the first invoice has both. */
function mixedIntervals(rendering: Rendering = "basil") {
  const it = plan("1", { rendering });
  const yearly = { which: ".2", price: "price_beta_yearly", from: 0, to: 365 };
  const alpha = (n: number): Item => ({ price: "price_alpha", from: 30 * (n - 1), to: 30 * n });
  const both = [
    period("price_alpha", 0, 30, { item: it.item() }),
    period("price_beta_yearly", 0, 365, { amount: 9000, item: it.item(".2") }),
  ];
  const first = it.bill(1, { lines: both });
  const steps = [
    pays(it.sub("created", 0, { items: [alpha(1), yearly] })),
    ...first.settled(0),
    ...[2, 3].flatMap((n) => [
      pays(it.sub("updated", 30 * (n - 1), { period: n, items: [alpha(n), yearly] })),
      ...it.bill(n).settled(30 * (n - 1) + HOUR),
    ]),
  ];
  return { first, third: it.bill(3), steps };
}

/** An add-on with a period of its own. Its line names no item. */
function addedWithOwnPeriod() {
  const it = plan();
  const addOn = it.bill("add", { lines: [period("price_beta", 10, 40)], created: 10 });
  const items = [
    { price: "price_alpha", from: 0, to: 30 },
    { which: ".2", price: "price_beta", from: 10, to: 40 },
  ];
  return { base: it.bill(1), addOn, steps: paidThen(it, 10, items, addOn) };
}

/** The month is billed a second time, on day 2. */
function billedTwice() {
  const it = plan();
  const again = it.bill("again", { created: 2 });
  const steps = [
    pays(it.sub("created", 0)),
    ...it.bill(1).settled(0),
    again.invoice("finalized", 2),
    ...again.settled(3),
    pays(it.sub("updated", 3, { latest_invoice: again.id })),
  ];
  return { first: it.bill(1), again, steps };
}

/** A free first month, and a one-time price beside it on the same invoice. */
function freeMonth() {
  const it = plan();
  const lines = [
    period("price_alpha", 0, 30, { item: it.item(), off: 1000 }),
    oneTime("price_gamma_once", 0),
  ];
  const bill = it.bill(1, { lines });
  const [paid, ...rest] = bill.settled(0);
  return { bill, steps: [pays(it.sub("created", 0)), pays(paid as StripeEvent), ...rest] };
}

/** From a paid year to a month of beta. The credit of the year pays the month. */
function paidByCredit() {
  const it = plan("1", { price: "price_alpha_yearly", starts: [0, 365] });
  const year = it.bill(1, {
    lines: [period("price_alpha_yearly", 0, 365, { amount: 12_000, item: it.item() })],
  });
  const lines = [
    credit("price_alpha_yearly", 10, 365, { amount: -11_000, item: it.item() }),
    period("price_beta", 10, 40, { item: it.item() }),
  ];
  const month = it.bill("down", { lines, created: 10 });
  const steps = [
    pays(it.sub("created", 0)),
    ...year.settled(0),
    pays(it.sub("updated", 10, { items: [{ price: "price_beta", from: 10, to: 40 }] })),
    ...month.settled(10),
  ];
  return { year, steps };
}

export const WHOSE_MONEY = [
  // As in polarsource/polar#10445 and restrictcontentpro/restrict-content-pro#195.
  scenario(63, "monthly to yearly with a new anchor, the month refunded", () => {
    const { steps, month } = changedToYear();
    return [
      ...steps,
      ...givenBack(month, 11),
      check(12, { alpha: open("subscription", OPEN_YEAR) }),
    ];
  }),

  scenario(64, "the same, in acacia format", () => {
    const { steps, month } = changedToYear("acacia");
    return [
      ...steps,
      ...givenBack(month, 11),
      check(12, { alpha: open("subscription", OPEN_YEAR) }),
    ];
  }),

  scenario(65, "the same, with the same item id and the month refunded in two parts", () => {
    const { steps, month } = changedToYear("basil", true);
    return [
      ...steps,
      month.refund("created", 11, { amount: 400 }),
      month.charge("refunded", 11, 400),
      month.charge("refunded", 12, 1000),
      check(13, { alpha: open("subscription", OPEN_YEAR) }),
    ];
  }),

  scenario(66, "monthly to yearly, the month disputed", () => {
    const { steps, month } = changedToYear();
    return [
      ...steps,
      month.dispute("created", 11, "needs_response"),
      check(12, { alpha: open("subscription", OPEN_YEAR) }),
    ];
  }),

  scenario(67, "the same, lost, in late acacia format", () => {
    const { steps, month } = changedToYear("late acacia");
    return [
      ...steps,
      month.dispute("created", 11, "needs_response"),
      month.dispute("closed", 20, "lost"),
      check(21, { alpha: open("subscription", OPEN_YEAR) }),
    ];
  }),

  scenario(68, "the month disputed, and the year refunded", () => {
    const { steps, month, year } = changedToYear();
    return [
      ...steps,
      month.dispute("created", 11, "needs_response"),
      ...givenBack(year, 12),
      check(13, { alpha: closed("refunded") }),
    ];
  }),

  // A recorded swap of pay-rails/pay (2025-10-29.clover); useautumn/autumn#3252.
  scenario(69, "swapped to yearly by prorations, the credited month refunded", () => {
    const { steps, month } = swapped();
    return [
      ...steps,
      ...givenBack(month, 1),
      check(2, { alpha: open("subscription", OPEN_SWAP) }),
    ];
  }),

  scenario(70, "the same, where the item keeps its id", () => {
    const { steps, month } = swapped("late acacia", true);
    return [
      ...steps,
      ...givenBack(month, 1),
      check(2, { alpha: open("subscription", OPEN_SWAP) }),
    ];
  }),

  scenario(71, "the month refunded, and half of the year", () => {
    const { steps, month, year } = swapped();
    return [
      ...steps,
      ...givenBack(month, 1),
      year.refund("created", 2, { amount: 4500 }),
      check(3, { alpha: open("subscription", OPEN_SWAP) }),
    ];
  }),

  scenario(72, "swapped to yearly by prorations, the year refunded", () => {
    const { steps, year } = swapped();
    return [...steps, ...givenBack(year, 1), check(2, { alpha: closed("refunded") })];
  }),

  scenario(73, "the same, disputed, where the item keeps its id", () => {
    const { steps, year } = swapped("basil", true);
    return [
      ...steps,
      year.dispute("created", 1, "needs_response"),
      check(2, { alpha: closed("disputed") }),
      year.dispute("closed", 60, "won"),
      check(61, { alpha: open("subscription", OPEN_SWAP) }),
    ];
  }),

  scenario(74, "the same, refunded, in acacia format", () => {
    const { steps, year } = swapped("acacia");
    return [...steps, ...givenBack(year, 1), check(2, { alpha: closed("refunded") })];
  }),

  // Ours: a module added in mid-cycle, its proration charged back.
  scenario(75, "an add-on is disputed and lost", () => {
    const { steps, addOn } = addedBeta();
    return [
      ...steps,
      addOn.dispute("created", 11, "needs_response"),
      addOn.dispute("closed", 20, "lost"),
      check(25, { alpha: open("subscription", OPEN1), beta: closed("disputed") }),
    ];
  }),

  scenario(76, "an add-on is refunded; its line names its item", () => {
    const { steps, addOn } = addedBeta({ item: plan().item(".2") });
    return [
      ...steps,
      ...givenBack(addOn, 11),
      check(12, { alpha: open("subscription", OPEN1), beta: closed("refunded") }),
    ];
  }),

  scenario(77, "the base is refunded, the add-on is kept; then its dispute is won", () => {
    const { steps, base, addOn } = addedBeta();
    return [
      ...steps,
      ...givenBack(base, 11),
      addOn.dispute("created", 12, "needs_response"),
      addOn.dispute("closed", 20, "won"),
      check(25, { alpha: closed("refunded"), beta: open("subscription", OPEN1) }),
    ];
  }),

  // useautumn/autumn#3252: the upgrade is charged in full, and the old month given back.
  scenario(78, "upgraded in mid-cycle, the old month refunded", () => {
    const { steps, month } = upgraded();
    return [
      ...steps,
      ...givenBack(month, 11),
      check(12, { alpha: none("none"), beta: open("subscription", OPEN1) }),
    ];
  }),

  scenario(79, "the same, where the item keeps its id, in acacia format", () => {
    const { steps, month } = upgraded("acacia", true);
    return [
      ...steps,
      ...givenBack(month, 11),
      check(12, { alpha: none("none"), beta: open("subscription", OPEN1) }),
    ];
  }),

  scenario(80, "the upgrade is refunded: the old month does not pay for the new price", () => {
    const { steps, upgrade } = upgraded("basil", true);
    return [
      ...steps,
      ...givenBack(upgrade, 11),
      check(12, { alpha: none("none"), beta: closed("refunded") }),
    ];
  }),

  // docs.stripe.com, mixed intervals; stripe/stripe-dotnet#3089; Cap-go/capgo.app#2201.
  scenario(81, "a month and a year on one invoice, refunded in the third month", () => {
    const { steps, first } = mixedIntervals();
    return [
      ...steps,
      ...givenBack(first, 64),
      check(65, { alpha: open("subscription", OPEN3), beta: closed("refunded") }),
    ];
  }),

  scenario(82, "the same, disputed, in late acacia format", () => {
    const { steps, first } = mixedIntervals("late acacia");
    return [
      ...steps,
      first.dispute("created", 64, "needs_response"),
      check(65, { alpha: open("subscription", OPEN3), beta: closed("disputed") }),
    ];
  }),

  scenario(83, "the third month is refunded, the year is kept", () => {
    const { steps, third } = mixedIntervals();
    return [
      ...steps,
      ...givenBack(third, 64),
      check(65, { alpha: closed("refunded"), beta: open("subscription", OPEN_SWAP) }),
    ];
  }),

  // Ours: two items with overlapping, different periods.
  scenario(84, "the base is refunded, an add-on with its own period is paid", () => {
    const { steps, base } = addedWithOwnPeriod();
    return [
      ...steps,
      ...givenBack(base, 11),
      check(12, { alpha: closed("refunded"), beta: open("subscription", 43) }),
    ];
  }),

  scenario(85, "the add-on is refunded, the base is paid", () => {
    const { steps, addOn } = addedWithOwnPeriod();
    return [
      ...steps,
      ...givenBack(addOn, 11),
      check(12, { alpha: open("subscription", OPEN1), beta: closed("refunded") }),
    ];
  }),

  scenario(86, "more seats in mid-cycle are refunded: the month itself is paid", () => {
    const it = plan();
    const seats = it.bill("seats", { lines: [proration("price_alpha", 10, 30)], created: 10 });
    const items = [{ price: "price_alpha", from: 0, to: 30, quantity: 3 }];
    return [
      ...paidThen(it, 10, items, seats),
      ...givenBack(seats, 11),
      check(12, { alpha: open("subscription", 30) }),
      check(31, { alpha: closed("refunded", 30) }),
    ];
  }),

  // adcontextprotocol/adcp#5863; useautumn/autumn#3469.
  scenario(87, "an invoice is refunded and issued again for the same month", () => {
    const { steps, first } = billedTwice();
    return [
      ...steps,
      ...givenBack(first, 2),
      check(5, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(88, "a month billed twice: the second invoice is refunded", () => {
    const { steps, again } = billedTwice();
    return [
      ...steps,
      ...givenBack(again, 4),
      check(5, { alpha: open("subscription", 30) }),
    ];
  }),

  scenario(89, "both are refunded, and the next month is paid", () => {
    const { steps, first, again } = billedTwice();
    return [
      ...steps,
      ...givenBack(first, 2),
      again.dispute("created", 4, "needs_response"),
      check(5, { alpha: closed("disputed") }),
      pays(plan().sub("updated", 30, { period: 2 })),
      ...plan().bill(2).settled(30),
      check(31, { alpha: open("subscription", OPEN2) }),
    ];
  }),

  scenario(90, "a refund closes the paid line, not the free one", () => {
    const { steps, bill } = freeMonth();
    return [
      ...steps,
      ...givenBack(bill, 5),
      check(6, { alpha: open("subscription", OPEN1), gamma: closed("refunded") }),
    ];
  }),

  scenario(91, "a dispute closes the free line too", () => {
    const { steps, bill } = freeMonth();
    return [
      ...steps,
      bill.dispute("created", 5, "needs_response"),
      check(6, { alpha: closed("disputed"), gamma: closed("disputed") }),
    ];
  }),

  scenario(92, "a month paid by a year's credit is open while the year is paid", () => {
    const { steps, year } = paidByCredit();
    return [
      ...steps,
      check(12, { alpha: none("none"), beta: open("subscription", 43) }),
      ...givenBack(year, 13),
      check(14, { alpha: none("none"), beta: closed("refunded") }),
    ];
  }),

  scenario(93, "an incomplete list of lines closes nothing until it is read", () => {
    const it = plan();
    const bill = it.bill(1);
    const some = {
      lines: { ...bill.invoiceOf("paid", 0).lines as Record<string, unknown>, has_more: true },
    };
    return [
      pays(it.sub("created", 0)),
      bill.invoice("paid", 0, some),
      bill.invoicePayment("paid", 0),
      ...givenBack(bill, 5),
      check(6, { alpha: open("subscription", OPEN1) }),
      bill.read(6, "paid", 0),
      check(7, { alpha: closed("refunded") }),
    ];
  }),

  scenario(182, "a switch without an invoice: the month paid before pays for the new price", () => {
    const it = plan();
    return [
      pays(it.sub("created", 0)),
      ...it.bill(1).settled(0),
      pays(it.sub("updated", 10, { price: "price_beta" })),
      check(11, { alpha: none("none"), beta: open("subscription", OPEN1) }),
      ...givenBack(it.bill(1), 12),
      check(13, { alpha: none("none"), beta: closed("refunded") }),
    ];
  }),

  scenario(183, "the same, with another item in its place: by module", () => {
    const it = plan();
    const items = [{ which: ".2", price: "price_bundle", from: 0, to: 30 }];
    return [
      pays(it.sub("created", 0)),
      ...it.bill(1).settled(0),
      pays(it.sub("updated", 10, { items })),
      ...givenBack(it.bill(1), 12),
      check(13, { alpha: closed("refunded"), beta: open("subscription", OPEN1) }),
    ];
  }),

  scenario(94, "a line removed from a draft pays for nothing", () => {
    const it = plan();
    const both = [period("price_alpha", 0, 30), period("price_beta", 0, 30)];
    const draft = it.bill(1, { lines: both });
    const items = [
      { price: "price_alpha", from: 0, to: 30 },
      { which: ".2", price: "price_beta", from: 0, to: 30 },
    ];
    return [
      pays(it.sub("created", 0, { items })),
      draft.invoice("created", 0),
      ...it.bill(1).settled(HOUR),
      ...givenBack(it.bill(1), 5),
      check(6, { alpha: closed("refunded"), beta: open("subscription", OPEN1) }),
    ];
  }),

  scenario(186, "a partial list of lines arrives after the complete list was read", () => {
    const it = plan();
    const bill = it.bill(1);
    const some = {
      lines: { ...bill.invoiceOf("paid", 0).lines as Record<string, unknown>, has_more: true },
    };
    return [
      pays(it.sub("created", 0)),
      bill.read(1, "paid", 0),
      bill.invoice("paid", 2, some),
      bill.invoicePayment("paid", 0),
      ...givenBack(bill, 5),
      check(6, { alpha: closed("refunded") }),
    ];
  }),

  scenario(187, "a refund of a one-time week closes no month", () => {
    const it = plan();
    const week = it.bill("week", { lines: [oneTime("price_week", 5)], created: 5 });
    return [
      pays(it.sub("created", 0)),
      ...week.settled(5).map(pays),
      week.refund("created", 6),
      check(7, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(188, "a credit for a month billed twice: both invoices must be refunded", () => {
    const it = plan();
    const item = it.item();
    const again = it.bill("again", { created: 2 });
    const lines = [
      credit("price_alpha", 10, 30, { item }),
      period("price_beta", 10, 40, { item }),
    ];
    return [
      ...paidThen(it, 2, [{ price: "price_alpha", from: 0, to: 30 }], again),
      pays(it.sub("updated", 10, { items: [{ price: "price_beta", from: 10, to: 40 }] })),
      ...it.bill("down", { lines, created: 10 }).settled(10),
      ...givenBack(it.bill(1), 11),
      check(12, { alpha: none("none"), beta: open("subscription", 43) }),
      ...givenBack(again, 13),
      check(14, { alpha: none("none"), beta: closed("refunded") }),
    ];
  }),

  scenario(219, "a month is billed by an invoice item of its price, and refunded", () => {
    const it = plan();
    const bill = it.bill(1, { lines: [period("price_alpha", 0, 30, { isAdded: true })] });
    return [
      pays(it.sub("created", 0)),
      ...bill.settled(0),
      ...givenBack(bill, 5),
      check(6, { alpha: closed("refunded") }),
    ];
  }),

  scenario(220, "a month is refunded, and the next invoice has not arrived", () => {
    const it = plan();
    return [
      pays(it.sub("created", 0)),
      ...it.bill(1).settled(0),
      ...givenBack(it.bill(1), 9),
      check(10, { alpha: closed("refunded") }),
      pays(it.sub("updated", 30, { period: 2 })),
      check(31, { alpha: open("subscription", OPEN2) }),
    ];
  }),

  scenario(229, "a credit beside a sale is refunded; it paid for nothing", () => {
    const it = plan();
    const lines = [
      credit("price_alpha", 10, 30, { item: it.item(), amount: -600 }),
      oneTime("price_gamma_once", 10, { amount: 1600 }),
    ];
    const bill = it.bill("less", { lines, created: 10 });
    return [
      pays(it.sub("created", 0)),
      ...it.bill(1).settled(0),
      ...bill.settled(10).map(pays),
      ...givenBack(bill, 11),
      check(12, { alpha: open("subscription", OPEN1), gamma: closed("refunded") }),
    ];
  }),

  scenario(237, "the item that hides behind another one is refunded, then paid again", () => {
    const it = plan();
    const items = [
      { price: "price_alpha_yearly", from: 0, to: 365 },
      { which: ".2", price: "price_alpha", from: 0, to: 30 },
    ];
    const lines = [period("price_alpha_yearly", 0, 365, { amount: 9000, item: it.item() })];
    const year = it.bill("year", { lines, rendering: "acacia" });
    return [
      pays(it.sub("created", 0, { items })),
      pays(year.invoice("paid", 0)),
      year.refund("created", 1),
      check(2, { alpha: open("subscription", OPEN1) }),
      pays(it.bill("again", { lines, created: 2 }).invoice("paid", 2)),
      check(3, { alpha: open("subscription", OPEN_SWAP) }),
    ];
  }),

  scenario(238, "a sale is paid by the credit for a month that was paid twice", () => {
    const it = plan();
    const month = it.bill(1, { rendering: "acacia" });
    const lines = [
      credit("price_alpha", 10, 30, { item: it.item(), amount: -600 }),
      oneTime("price_gamma_once", 10, { amount: 600 }),
    ];
    return [
      pays(month.invoice("paid", 0)),
      month.refund("created", 1),
      pays(it.bill("sale", { lines, created: 10 }).invoice("paid", 10)),
      check(11, { gamma: closed("refunded") }),
      pays(it.bill("again", { created: 2 }).invoice("paid", 11)),
      check(12, { gamma: open("purchase") }),
    ];
  }),

  scenario(239, "the next period is paid by the credit for a refunded month", () => {
    const it = plan();
    const month = it.bill(1, { rendering: "acacia" });
    const lines = [
      credit("price_alpha", 10, 30, { item: it.item(), amount: -600 }),
      proration("price_alpha_yearly", 30, 395, { item: it.item(), amount: 600 }),
    ];
    return [
      pays(it.sub("created", 0, { items: [{ price: "price_alpha_yearly", from: 30, to: 395 }] })),
      pays(month.invoice("paid", 0)),
      month.refund("created", 1),
      pays(it.bill("year", { lines, created: 10 }).invoice("paid", 10)),
      check(11, { alpha: closed("refunded") }),
    ];
  }),

  scenario(241, "a month is refunded, then paid again", () => {
    const it = plan();
    return [
      pays(it.sub("created", 0)),
      pays(it.bill(1, { rendering: "acacia" }).invoice("paid", 0)),
      it.refund("created", 1),
      check(2, { alpha: closed("refunded") }),
      pays(it.bill("again", { created: 2 }).invoice("paid", 2)),
      check(3, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(242, "a refund arrives before the invoice, which names its payment", () => {
    const month = plan().bill(1, { rendering: "acacia" });
    return [
      pays(plan().sub("created", 0)),
      month.refund("created", 1, { charge: null }),
      pays(month.invoice("paid", 0, { charge: null })),
      check(2, { alpha: closed("refunded") }),
    ];
  }),

  scenario(243, "a refund arrives before the invoice, which names its charge", () => {
    const month = plan().bill(1, { rendering: "acacia", payer: "charge" });
    return [
      pays(plan().sub("created", 0)),
      month.refund("created", 1),
      pays(month.invoice("paid", 0)),
      check(2, { alpha: closed("refunded") }),
    ];
  }),

  scenario(244, "the payment of a refunded month names its invoice", () => {
    const month = plan().bill(1, { rendering: "acacia" });
    return [
      pays(plan().sub("created", 0)),
      month.payment("succeeded", 0),
      month.refund("created", 1, { charge: null }),
      pays(month.invoice("paid", 0, { payment_intent: null, charge: null })),
      check(2, { alpha: closed("refunded") }),
    ];
  }),

  scenario(245, "the charge of a refunded month names its invoice", () => {
    const month = plan().bill(1, { rendering: "acacia", payer: "charge" });
    return [
      pays(plan().sub("created", 0)),
      month.charge("refunded", 1, 1000),
      pays(month.invoice("paid", 0, { charge: null })),
      check(2, { alpha: closed("refunded") }),
    ];
  }),

  scenario(246, "the session sells a week until its invoice does", () => {
    const it = plan();
    const lines = [
      period("price_alpha", 0, 30, { item: it.item() }),
      oneTime("price_week_beta", 0),
    ];
    return [
      pays(it.sub("created", 0)),
      pays(it.session(0, lineItems(["price_alpha", "price_week_beta"]))),
      pays(it.bill(1, { lines }).invoice("paid", 0)),
      check(1, { alpha: open("subscription", OPEN1), beta: open("purchase", 7) }),
    ];
  }),

  scenario(248, "a refunded month is paid again by an invoice of another subscription", () => {
    const it = plan("2");
    const lines = [period("price_alpha", 0, 30, { item: it.item(), subscription: it.id })];
    return [
      pays(it.sub("created", 0)),
      pays(it.bill(1, { rendering: "acacia" }).invoice("paid", 0)),
      it.refund("created", 1),
      check(2, { alpha: closed("refunded") }),
      pays(plan("1").bill("other", { lines, created: 2 }).invoice("paid", 2)),
      check(3, { alpha: open("subscription", OPEN1) }),
    ];
  }),
];
