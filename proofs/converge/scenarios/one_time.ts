/** One-time purchases: card, free, delayed, captured by hand (1-10, 20, 40, 46, 51). */

import { check, closed, map, none, open, pays, scenario } from "../scenario.ts";
import { event, object } from "../stripe/event.ts";
import { HOUR, SECOND } from "../stripe/clock.ts";
import { ref } from "../stripe/ids.ts";
import { lineItems } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";

const LINES = lineItems(["price_alpha_once", "price_beta_once"]);

/** A card purchase with all of its events. Other scenarios begin with it. */
export function bought(buy = sale()) {
  return [
    pays(buy.session("completed", 0)),
    pays(buy.payment("succeeded", 0)),
    buy.charge("succeeded", 0),
  ];
}

function soldByPrice() {
  const buy = sale("1", { module: null });
  return [
    buy.session("completed", 0),
    pays(buy.session("fetched", 10 * SECOND, LINES)),
  ];
}

export const ONE_TIME = [
  scenario(1, "one-time card, duplicates", () => {
    const buy = sale();
    const [completed, succeeded] = [
      pays(buy.session("completed", 0)),
      pays(buy.payment("succeeded", 0)),
    ];
    return [
      completed,
      completed,
      pays(buy.session("completed", 0)), // Stripe may also send two events for one change
      succeeded,
      succeeded,
      buy.charge("succeeded", 0),
      check(HOUR, { alpha: open("purchase") }),
    ];
  }),

  scenario(2, "a payment without metadata, and nothing else", () => [
    sale().payment("succeeded", 0),
    check(HOUR, { alpha: none("unlinked") }),
  ]),

  scenario(3, "free order, 100% coupon", () => [
    pays(
      sale("1", { free: true }).session("completed", 0, {
        payment_status: "no_payment_required",
        amount_total: 0,
      }),
    ),
    check(HOUR, { alpha: open("purchase") }),
  ]),

  scenario(4, "setup mode", () => [
    sale("1", { free: true }).session("completed", 0, {
      mode: "setup",
      payment_status: "no_payment_required",
      setup_intent: ref("seti", "1"),
    }),
    event(
      "setup_intent.succeeded",
      0,
      object("setup_intent", ref("seti", "1"), {
        status: "succeeded",
      }),
    ),
    check(HOUR, { alpha: none("none") }),
  ]),

  scenario(5, "session abandoned", () => [
    sale().session("expired", 1, { status: "expired", payment_status: "unpaid" }),
    sale().payment("canceled", 1),
    check(1, { alpha: none("none") }),
  ]),

  scenario(6, "async debit pending", () => [
    sale().session("completed", 0, { payment_status: "unpaid" }),
    sale().payment("processing", 0),
    check(1, { alpha: closed("pending_payment") }),
  ]),

  scenario(7, "async debit succeeds, success first", () => [
    pays(sale().session("async_payment_succeeded", 4)),
    pays(sale().payment("succeeded", 4)),
    sale().session("completed", 0, { payment_status: "unpaid" }),
    check(5, { alpha: open("purchase") }),
  ]),

  scenario(8, "async debit fails", () => [
    sale().session("completed", 0, { payment_status: "unpaid" }),
    sale().payment("payment_failed", 4, { status: "requires_payment_method" }),
    sale().session("async_payment_failed", 4, { payment_status: "unpaid" }),
    check(5, { alpha: closed("payment_failed") }),
  ]),

  scenario(9, "card declined then paid, same payment intent", () => [
    sale().payment("payment_failed", 0, { status: "requires_payment_method" }),
    pays(sale().payment("succeeded", 0)),
    pays(sale().session("completed", 0)),
    check(HOUR, { alpha: open("purchase") }),
  ]),

  scenario(10, "manual capture", () => [
    sale().session("completed", 0, { payment_status: "unpaid" }),
    sale().payment("amount_capturable_updated", 0, { status: "requires_capture" }),
    check(1, { alpha: closed("pending_payment") }),
    pays(sale().payment("succeeded", 1)),
    check(2, { alpha: open("purchase") }),
  ]),

  scenario(20, "two line items, two modules (price map)", () => [
    ...soldByPrice(),
    check(HOUR, { alpha: open("purchase"), beta: open("purchase") }),
  ]),

  scenario(40, "wrong mode, and another account", () => [
    sale("test").session("completed", 0, {}, { livemode: false }),
    sale("theirs").session("completed", 0, {}, { account: ref("acct", "theirs") }),
    check(HOUR, { alpha: none("none") }),
  ]),

  scenario(46, "price and product archived after the sale", () => [
    ...soldByPrice(),
    event("price.updated", 3, object("price", "price_alpha_once", { active: false }), {
      previous: { active: true },
    }),
    event("product.deleted", 3, object("product", ref("prod", "1"), { deleted: true })),
    check(9, { alpha: open("purchase"), beta: open("purchase") }),
  ]),

  // Beyond the fifty: the catalogue may change after the sale.
  scenario(51, "price mapped after the sale; mapped after the refund opens nothing", () => {
    const price = ref("price", "late");
    const lines = lineItems([price]);
    const buy = sale("1", { module: null });
    return [
      pays(buy.session("completed", 0, lines)),
      map(price, "gamma"),
      check(1, { gamma: open("purchase") }),
      buy.refund("A", "created", 2),
      check(3, { gamma: closed("refunded") }),
    ];
  }),
];
