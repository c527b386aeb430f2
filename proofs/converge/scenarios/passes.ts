/** Passes stack: bought time adds up, by its roots, and only what is kept counts (154-163, 221). */

import { check, closed, open, pays, scenario, type Step } from "../scenario.ts";
import { bill } from "../stripe/bill.ts";
import { HOUR } from "../stripe/clock.ts";
import { named } from "../stripe/ids.ts";
import { oneTime, period } from "../stripe/line.ts";
import { plan } from "../stripe/plan.ts";
import { lineItems } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";
import { OPEN1 } from "./subscriptions.ts";

/** A pass that is bought on that day. */
function pass(name: string, day: number, price = "price_week"): Step {
  const buy = sale(name, { module: null, created: day });
  return pays(buy.session("completed", day, lineItems([price])));
}

export const PASSES = [
  scenario(154, "two weeks, the second bought before the first is over", () => [
    pass("A", 0),
    pass("B", 3),
    check(13, { alpha: open("purchase", 14) }),
    check(15, { alpha: closed("expired", 14) }),
  ]),

  scenario(155, "weeks with a pause between them do not add up", () => [
    pass("A", 0),
    pass("B", 3),
    pass("C", 20),
    check(21, { alpha: open("purchase", 27) }),
  ]),

  scenario(156, "a pass in the middle is refunded: the later one moves up", () => [
    pass("A", 0),
    pass("B", 1, "price_fortnight"),
    pass("C", 2),
    check(3, { alpha: open("purchase", 28) }),
    sale("B").refund("1", "created", 4),
    check(5, { alpha: open("purchase", 14) }),
    sale("B").refund("1", "failed", 6, { status: "failed" }),
    check(7, { alpha: open("purchase", 28) }),
  ]),

  scenario(157, "a dispute in the middle, won", () => [
    pass("A", 0),
    pass("B", 1),
    pass("C", 10),
    check(11, { alpha: open("purchase", 21) }),
    sale("B").dispute("created", 11, "needs_response"),
    check(12, { alpha: open("purchase", 17) }),
    sale("B").dispute("closed", 60, "won"),
    check(12, { alpha: open("purchase", 21) }),
  ]),

  scenario(158, "all of them are refunded", () => [
    pass("A", 0),
    pass("B", 1),
    sale("A").refund("1", "created", 2),
    sale("B").refund("1", "created", 2),
    check(3, { alpha: closed("refunded") }),
  ]),

  scenario(159, "one payment is one pass, though session, payment and invoice show it", () => {
    const it = bill("A", { lines: [oneTime("price_week", 0)], metadata: named("ada") });
    const buy = sale("A", { module: null });
    return [
      pays(buy.session("completed", 0, { ...lineItems(["price_week"]), invoice: it.id })),
      ...it.settled(0).map(pays),
      pass("B", 1),
      check(2, { alpha: open("purchase", 14) }),
    ];
  }),

  scenario(160, "weeks of two modules or of two users do not stack", () => [
    pass("A", 0),
    pass("B", 1, "price_week_beta"),
    pays(
      sale("C", { user: "eve", module: null }).session("completed", 2, lineItems(["price_week"])),
    ),
    check(3, { alpha: open("purchase", 7), beta: open("purchase", 8) }),
    check(3, { alpha: open("purchase", 9) }, "eve"),
  ]),

  scenario(161, "weeks billed with a subscription stack with weeks that are bought", () => {
    const it = plan("1", { price: "price_beta" });
    const item = it.item();
    const lines = [period("price_beta", 0, 30, { item }), oneTime("price_week", 0)];
    return [
      pays(it.sub("created", 0)),
      ...it.bill(1, { lines }).settled(HOUR).map(pays),
      pass("B", 3),
      check(4, { alpha: open("purchase", 14 + HOUR), beta: open("subscription", OPEN1) }),
      it.bill(1, { lines }).refund("created", 5),
      check(6, { alpha: open("purchase", 10), beta: closed("refunded") }),
    ];
  }),

  scenario(162, "one payment for two passes of one module sells only the longer one", () => {
    const buy = sale("A", { module: null });
    const list = lineItems(["price_week", "price_fortnight"]);
    return [pays(buy.session("completed", 0, list)), check(1, { alpha: open("purchase", 14) })];
  }),

  scenario(163, "a purchase without end beside passes", () => [
    pass("A", 0),
    pass("B", 1, "price_alpha_once"),
    check(2, { alpha: open("purchase") }),
    sale("B").refund("1", "created", 3),
    check(4, { alpha: open("purchase", 7) }),
  ]),

  scenario(221, "one payment for two invoices sells only the longer pass", () => {
    const invoice = (name: string, price: string) =>
      bill(name, { lines: [oneTime(price, 0)], metadata: named("ada"), payment: "both" });
    const [week, fortnight] = [invoice("A", "price_week"), invoice("B", "price_fortnight")];
    return [
      week.payment("succeeded", 0, { amount: 2000 }),
      ...[week, fortnight].flatMap((it) => [
        it.invoicePayment("paid", 0),
        pays(it.invoice("paid", 0)),
      ]),
      pass("C", 3),
      check(4, { alpha: open("purchase", 21) }),
    ];
  }),
];
