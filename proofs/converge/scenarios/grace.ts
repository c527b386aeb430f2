/** Grace after a failed renewal starts once, on the first day that is not paid for (119-130, 185, 189-192, 218). */

import { check, closed, none, open, pays, scenario, type Step } from "../scenario.ts";
import { bill } from "../stripe/bill.ts";
import { HOUR, SECOND } from "../stripe/clock.ts";
import type { Rendering } from "../stripe/event.ts";
import { named } from "../stripe/ids.ts";
import { credit, oneTime, period, proration } from "../stripe/line.ts";
import { type Plan, plan } from "../stripe/plan.ts";

const WEEKS = [0, 7, 14, 21, 28, 35, 42];

/** A weekly subscription: the first week is paid, and the later weeks up to this one are not. */
function unpaidWeeks(upTo: number, rendering: Rendering = "basil"): { it: Plan; steps: Step[] } {
  const it = plan("1", { starts: WEEKS, rendering });
  const weeks = Array.from({ length: upTo - 1 }, (_, index) => index + 2);
  const steps = [
    pays(it.sub("created", 0)),
    ...it.bill(1).settled(0),
    pays(it.sub("updated", 7, { period: 2 })),
    ...weeks.flatMap((n) => [
      it.invoice("payment_failed", 7 * (n - 1) + HOUR, n),
      pays(it.sub("updated", 7 * (n - 1) + HOUR, { status: "past_due", period: n })),
    ]),
  ];
  return { it, steps };
}

/** A paid month, and then another invoice that is not paid. */
function pastDue(it: Plan, day: number, snapshot: Record<string, unknown> = {}): Step[] {
  return [
    pays(it.sub("created", 0)),
    ...it.bill(1).settled(0),
    pays(it.sub("updated", day, { status: "past_due", ...snapshot })),
  ];
}

export const GRACE = [
  // AI-Shipping-Labs/website#1413; HamedMP/matrix-os#1301; unkeyed/unkey#5991.
  scenario(119, "a weekly plan stays past due: later weeks do not start a new grace", () => {
    const { steps } = unpaidWeeks(6);
    return [
      ...steps,
      check(13, { alpha: open("subscription", 14) }),
      check(40, { alpha: closed("past_due_expired", 14) }),
    ];
  }),

  scenario(120, "the same, in acacia format", () => {
    const { steps } = unpaidWeeks(4, "acacia");
    return [...steps, check(27, { alpha: closed("past_due_expired", 14) })];
  }),

  scenario(121, "a void invoice is no longer owed; the next one is", () => {
    const { it, steps } = unpaidWeeks(3);
    return [
      ...steps,
      it.invoice("voided", 15, 2),
      check(16, { alpha: open("subscription", 21) }),
      it.invoice("marked_uncollectible", 16, 3),
      check(17, { alpha: open("subscription", 21) }),
    ];
  }),

  scenario(122, "an older week is paid late: the grace moves to the next unpaid one", () => {
    const { it, steps } = unpaidWeeks(3);
    return [
      ...steps,
      ...it.bill(2).settled(15),
      check(16, { alpha: open("subscription", 21) }),
      ...it.bill(3).settled(16),
      pays(it.sub("updated", 16, { period: 3 }, { previous: { status: "past_due" } })),
      check(17, { alpha: open("subscription", 24) }),
    ];
  }),

  scenario(123, "an invoice that is sent is owed from the day it is due", () => {
    const it = plan();
    const sending = { collection_method: "send_invoice", period: 2 };
    return [
      pays(it.sub("created", 0, { collection_method: "send_invoice" })),
      ...it.bill(1).settled(0),
      it.bill(2, { due: 37 }).invoice("finalized", 30),
      pays(it.sub("updated", 37 + SECOND, { ...sending, status: "past_due" })),
      check(38, { alpha: open("subscription", 44) }),
    ];
  }),

  scenario(124, "an unpaid upgrade gains no time", () => {
    const it = plan();
    const item = it.item();
    const lines = [
      credit("price_alpha", 10, 30, { item, amount: -600 }),
      proration("price_beta", 10, 30, { item }),
    ];
    return [
      ...pastDue(it, 10, { price: "price_beta" }),
      it.bill("up", { lines, created: 10 }).invoice("payment_failed", 10),
      check(11, { alpha: none("none"), beta: open("subscription", 17) }),
    ];
  }),

  scenario(125, "a paid period stays open to its end, although another invoice failed", () => {
    const it = plan();
    const seats = { lines: [proration("price_alpha", 10, 30)], created: 10 };
    return [
      ...pastDue(it, 10),
      it.bill("seats", seats).invoice("payment_failed", 10),
      check(29, { alpha: open("subscription", 33) }),
    ];
  }),

  scenario(126, "a trial is paid for; its first month is not", () => {
    const it = plan("1", { starts: [0, 14, 44] });
    const free = { lines: [period("price_alpha", 0, 14, { amount: 0, item: it.item() })] };
    return [
      pays(it.sub("created", 0, { status: "trialing" })),
      it.bill(1, free).invoice("paid", 0),
      it.invoice("payment_failed", 14 + HOUR, 2),
      pays(it.sub("updated", 14 + HOUR, { status: "past_due", period: 2 })),
      check(15, { alpha: open("subscription", 21) }),
    ];
  }),

  scenario(127, "a switch while past due gains no time", () => {
    const it = plan();
    const switched = { status: "past_due", period: 2, price: "price_beta" };
    const lines = [proration("price_beta", 35, 60, { item: it.item() })];
    return [
      ...pastDue(it, 30 + HOUR, { period: 2 }),
      it.invoice("payment_failed", 30 + HOUR, 2),
      pays(it.sub("updated", 35, switched)),
      it.bill("switch", { lines, created: 35 }).invoice("payment_failed", 35),
      check(36, { alpha: none("none"), beta: open("subscription", 37) }),
    ];
  }),

  scenario(128, "paid time that a later credit took back counts up to the credit's start", () => {
    const it = plan();
    const item = it.item();
    const lines = [
      credit("price_alpha", 10, 30, { item, amount: -600 }),
      period("price_alpha_yearly", 10, 375, { item, amount: 9600 }),
    ];
    const back = { price: "price_alpha", from: 10, to: 40 };
    return [
      ...pastDue(it, 12, { items: [back] }),
      ...it.bill("year", { lines, created: 10 }).settled(10),
      it.bill("year", { lines, created: 10 }).refund("created", 11),
      it.bill("back", { lines: [period("price_alpha", 10, 40, { item })], created: 12 })
        .invoice("payment_failed", 12),
      check(13, { alpha: open("subscription", 17) }),
    ];
  }),

  scenario(129, "a refunded month is not paid for", () => {
    const it = plan();
    const seats = { lines: [proration("price_alpha", 40, 60)], created: 40 };
    return [
      ...pastDue(it, 60 + HOUR, { period: 3 }),
      ...it.bill(2).settled(30),
      it.bill("seats", seats).invoice("payment_failed", 40),
      it.bill(2).refund("created", 50),
      it.invoice("payment_failed", 60 + HOUR, 3),
      check(61, { alpha: closed("past_due_expired", 47) }),
    ];
  }),

  scenario(
    130,
    "no invoice is known: the grace does not start with the period",
    () => [
      pays(plan().sub("updated", 30 + HOUR, { status: "past_due", period: 2 })),
      check(31, { alpha: open("subscription", 37) }),
    ],
  ),

  scenario(185, "of two drafts the later one shows what is owed", () => {
    const it = plan();
    const lines = [proration("price_alpha", 20, 60), period("price_alpha", 30, 60)];
    return [
      pays(it.sub("updated", 30 + HOUR, { status: "past_due", period: 2 })),
      it.bill(2, { lines }).invoice("created", 30),
      check(31, { alpha: closed("past_due_expired", 27) }),
      it.bill(2).invoice("updated", 30 + HOUR, { status: "draft" }),
      check(31, { alpha: open("subscription", 37) }),
    ];
  }),

  scenario(189, "an uncollectible invoice is still owed", () => {
    const { it, steps } = unpaidWeeks(4);
    return [
      ...steps,
      it.invoice("voided", 15, 2),
      it.invoice("marked_uncollectible", 22, 3),
      check(23, { alpha: closed("past_due_expired", 21) }),
    ];
  }),

  scenario(190, "usage is billed when its period is over, and owed from then on", () => {
    const it = plan();
    const metered = { which: ".metered", price: "price_beta", from: 30, to: 60 };
    const lines = [
      period("price_alpha", 30, 60, { item: it.item() }),
      period("price_beta", 0, 30, { item: it.item(".metered") }),
    ];
    return [
      ...pastDue(it, 30 + HOUR, {
        period: 2,
        items: [{ price: "price_alpha", from: 30, to: 60 }, metered],
      }),
      it.bill(2, { lines }).invoice("payment_failed", 30 + HOUR),
      check(31, { alpha: open("subscription", 37), beta: open("subscription", 37) }),
    ];
  }),

  scenario(191, "a credit takes back no time that its own invoice charges again", () => {
    const it = plan();
    const item = it.item();
    const seats = it.bill("seats", {
      lines: [
        credit("price_alpha", 10, 30, { item, amount: -600 }),
        proration("price_alpha", 10, 30, { item, amount: 1800 }),
      ],
      created: 10,
    });
    const more = it.bill("more", { lines: [proration("price_alpha", 12, 30)], created: 12 });
    return [
      ...pastDue(it, 12),
      ...seats.settled(10),
      seats.refund("created", 11),
      more.invoice("payment_failed", 12),
      check(13, { alpha: open("subscription", 30) }),
    ];
  }),

  scenario(192, "an amount owed for paid time starts no grace", () => {
    const it = plan();
    const seats = { lines: [proration("price_alpha", 10, 30)], created: 10 };
    return [
      ...pastDue(it, 37 + SECOND, { period: 2, collection_method: "send_invoice" }),
      it.bill("seats", seats).invoice("finalized", 10),
      it.bill(2, { due: 37 }).invoice("finalized", 30),
      check(38, { alpha: open("subscription", 44) }),
    ];
  }),

  scenario(218, "a credit on an invoice of its own takes paid time back", () => {
    const it = plan();
    const item = it.item();
    const back = { isAdded: true, subscription: it.id, item, amount: -600 };
    const lines = [credit("price_alpha", 10, 30, back), oneTime("price_gamma_once", 10)];
    return [
      ...pastDue(it, 12, { items: [{ price: "price_alpha", from: 10, to: 40 }] }),
      pays(bill("own", { lines, created: 10, metadata: named("ada") }).invoice("paid", 10)),
      it.bill("new", { lines: [period("price_alpha", 10, 40, { item })], created: 12 })
        .invoice("payment_failed", 12),
      check(13, { alpha: open("subscription", 17), gamma: open("purchase") }),
    ];
  }),
];
