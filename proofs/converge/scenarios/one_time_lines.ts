/** One-time lines are sales, whatever invoice they are on; other lines sell nothing (95-118, 193, 194, 207, 208, 216, 224, 225, 228, 255). */

import { check, closed, map, none, open, pays, scenario, type Step, verify } from "../scenario.ts";
import { type Bill, bill } from "../stripe/bill.ts";
import { HOUR, SECOND } from "../stripe/clock.ts";
import type { Rendering } from "../stripe/event.ts";
import { named, ref } from "../stripe/ids.ts";
import { credit, type Line, oneTime, period } from "../stripe/line.ts";
import { plan } from "../stripe/plan.ts";
import { archivedProduct, lineItems, priceEvent } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";
import { OPEN1, OPEN2 } from "./subscriptions.ts";

/** All events of the payment. The invoice itself is the evidence of the sale. */
function sold(it: Bill, day: number): Step[] {
  return it.settled(day).map((event) => event.type.startsWith("invoice.") ? pays(event) : event);
}

/** Checkout of a subscription to alpha, with a one-time line beside it. */
function withOneTime(line: Line, rendering: Rendering = "basil") {
  const it = plan("1", { rendering });
  const first = it.bill(1, { lines: [period("price_alpha", 0, 30, { item: it.item() }), line] });
  const steps = [
    it.sub("created", 0, { status: "incomplete" }),
    pays(it.sub("updated", 0, {}, { previous: { status: "incomplete" } })),
    ...sold(first, 0),
  ];
  return { it, first, steps };
}

/** An invoice of its own for ada, made on this day. */
function sent(name: string, day: number, lines: Line[], rendering: Rendering = "basil") {
  return bill(name, { lines, created: day, rendering, metadata: named("ada") });
}

/** A subscription that ended on day 10; its credit waits for the next invoice of the customer. */
function endedWithCredit(more: Partial<Line> = {}, rendering: Rendering = "basil") {
  const it = plan("1", { rendering });
  const own = { isAdded: true, subscription: it.id, ...more };
  const lines = [
    credit("price_alpha", 10, 30, { amount: -600, ...own }),
    oneTime("price_gamma_once", 40),
  ];
  return [
    pays(it.sub("created", 0)),
    ...it.bill(1).settled(0),
    it.sub("deleted", 10, { status: "canceled" }),
    ...sold(sent("later", 40, lines, rendering), 40),
  ];
}

export const ONE_TIME_LINES = [
  // invertase/stripe-firebase-extensions#41; stripe-samples/firebase-subscription-payments#5.
  scenario(95, "a one-time price beside a recurring one in one Checkout", () => {
    const { it, steps } = withOneTime(oneTime("price_beta_once", 0));
    return [
      ...steps,
      pays(it.session(0, lineItems(["price_alpha", "price_beta_once"]))),
      check(HOUR, { alpha: open("subscription", OPEN1), beta: open("purchase") }),
    ];
  }),

  scenario(96, "the same, with the session's list and without the invoice", () => [
    pays(plan().sub("created", 0)),
    plan().session(0),
    pays(plan().session(HOUR, lineItems(["price_alpha", "price_week_beta"]), "fetched")),
    check(1, { alpha: open("subscription", OPEN1), beta: open("purchase", 7) }),
  ]),

  scenario(
    97,
    "the first invoice is refunded: what was sold is gone, the next period is not",
    () => {
      const { it, first, steps } = withOneTime(oneTime("price_beta_once", 0));
      return [
        ...steps,
        first.refund("created", 9),
        check(10, { alpha: closed("refunded"), beta: closed("refunded") }),
        pays(it.sub("updated", 30, { period: 2 })),
        ...it.bill(2).settled(30),
        check(31, { alpha: open("subscription", OPEN2), beta: closed("refunded") }),
      ];
    },
  ),

  // useautumn/autumn#2512.
  scenario(98, "an optional item of Checkout, on the first invoice only", () => {
    const { it, steps } = withOneTime(oneTime("price_gamma_once", 0));
    return [
      ...steps,
      it.session(0, { amount_total: 2000, amount_subtotal: 1000 }),
      check(HOUR, { alpha: open("subscription", OPEN1), gamma: open("purchase") }),
    ];
  }),

  scenario(99, "the same, in acacia format, where the line has the whole month", () => {
    const line = { ...oneTime("price_gamma_once", 0), to: 30 };
    const { it, steps } = withOneTime(line, "acacia");
    return [
      ...steps,
      it.session(0),
      check(HOUR, { alpha: open("subscription", OPEN1), gamma: open("purchase") }),
    ];
  }),

  scenario(100, "a week billed with a renewal opens from its payment", () => {
    const it = plan();
    const item = it.item();
    const lines = [period("price_alpha", 30, 60, { item }), oneTime("price_week_beta", 30)];
    const renewal = it.bill(2, { lines, created: 30 });
    return [
      pays(it.sub("created", 0)),
      ...it.bill(1).settled(0),
      pays(it.sub("updated", 30, { period: 2 })),
      renewal.invoice("finalized", 30),
      ...sold(renewal, 32),
      check(33, { alpha: open("subscription", OPEN2), beta: open("purchase", 39) }),
      check(40, { alpha: open("subscription", OPEN2), beta: closed("expired", 39) }),
    ];
  }),

  // dylanhamersztein/micare#69.
  scenario(101, "the credit of an ended plan is on a later invoice", () => [
    ...endedWithCredit(),
    check(41, { alpha: closed("canceled"), gamma: open("purchase") }),
  ]),

  scenario(102, "the same, in acacia format, where the credit names its item", () => [
    ...endedWithCredit({ isAdded: false, item: plan().item() }, "acacia"),
    check(41, { alpha: closed("canceled"), gamma: open("purchase") }),
  ]),

  scenario(103, "the same, with a credit for the price of a sale", () => {
    const it = plan();
    const own = { isAdded: true, subscription: it.id };
    const lines = [credit("price_beta_once", 10, 30, own), oneTime("price_gamma_once", 40)];
    return [
      pays(it.sub("created", 0)),
      it.sub("deleted", 10, { status: "canceled" }),
      ...sold(sent("later", 40, [...lines, oneTime("price_fee", 40)]), 40),
      check(41, { alpha: closed("canceled"), beta: none("none"), gamma: open("purchase") }),
    ];
  }),

  // Ours: one module is exchanged for another on one invoice.
  scenario(104, "a negative line sells nothing", () => {
    const lines = [
      oneTime("price_beta_once", 1, { amount: -400 }),
      oneTime("price_gamma_once", 1),
    ];
    const it = sent("1", 1, lines);
    return [
      it.invoice("finalized", 1),
      ...sold(it, 1 + HOUR),
      check(3, { beta: none("none"), gamma: open("purchase") }),
    ];
  }),

  scenario(105, "a negative quantity is a credit too; its sale was refunded before", () => {
    const returned = oneTime("price_beta_once", 1, { amount: -400, quantity: -1 });
    const it = sent("swap", 1, [returned, oneTime("price_gamma_once", 1)], "late acacia");
    return [
      pays(sale("1", { module: "beta" }).session("completed", 0)),
      sale("1", { module: "beta" }).refund("1", "created", HOUR),
      ...sold(it, 1),
      check(3, { beta: closed("refunded"), gamma: open("purchase") }),
    ];
  }),

  scenario(106, "a free sale is a sale; a free proration is not", () => {
    const lines = [
      oneTime("price_gamma_once", 1, { off: 1000 }),
      oneTime("price_beta_once", 1, { amount: 0, isProration: true }),
    ];
    return [
      ...sold(sent("1", 1, lines), 1),
      check(2, { beta: none("none"), gamma: open("purchase") }),
    ];
  }),

  scenario(107, "an invoice paid by credit notes sells nothing", () => {
    const lines = [oneTime("price_gamma_once", 0)];
    return [
      bill("1", { lines, metadata: named("ada"), credited: 1000 }).invoice("paid", 0),
      check(1, { gamma: none("none") }),
    ];
  }),

  scenario(108, "an invoice paid from the customer's balance sells its lines", () => {
    const lines = [oneTime("price_gamma_once", 0)];
    return [
      pays(bill("1", { lines, metadata: named("ada"), paid: 0 }).invoice("paid", 0)),
      check(1, { gamma: open("purchase") }),
    ];
  }),

  scenario(109, "a recurring price on a one-off line opens nothing", () => [
    ...sent("1", 0, [oneTime("price_alpha", 0)], "acacia").settled(0),
    check(1, { alpha: none("none") }),
  ]),

  scenario(110, "an invoice item with a price that is not known yet sells at once", () => {
    const price = ref("price", "new");
    const it = sent("1", 0, [oneTime(price, 0)]);
    return [
      map(price, "gamma"),
      ...sold(it, 0),
      check(1, { gamma: open("purchase") }),
      priceEvent(price, 1, true),
      check(2, { gamma: none("none") }),
    ];
  }),

  scenario(111, "one payment sells a module once, however many objects show it", () => {
    const buy = sale("1", { module: null });
    const lines = [oneTime("price_week", 0)];
    const it = bill("1", { lines, payment: "1", metadata: named("ada") });
    return [
      pays(buy.session("completed", 0, { ...lineItems(["price_week"]), invoice: it.id })),
      pays(buy.payment("succeeded", 0)),
      ...sold(it, 0),
      check(1, { alpha: open("purchase", 7) }),
      check(8, { alpha: closed("expired", 7) }),
    ];
  }),

  scenario(112, "a session that needs no payment pays no one-time price", () => [
    pays(plan().sub("created", 0, { status: "trialing" })),
    plan().session(0, {
      payment_status: "no_payment_required",
      ...lineItems(["price_alpha", "price_beta_once"]),
    }),
    check(1, { alpha: open("subscription", OPEN1), beta: none("none") }),
  ]),

  // stripe/stripe-python#1472; useautumn/autumn#2512.
  scenario(113, "a cross-sell on Stripe's page: the list is read after the answer", () => {
    const buy = sale();
    return [
      pays(buy.session("completed", 0, { amount_total: 2000 })),
      pays(buy.payment("succeeded", 0)),
      check(HOUR, { alpha: open("purchase") }),
      pays(
        buy.session("fetched", HOUR, {
          amount_total: 2000,
          ...lineItems(["price_alpha_once", "price_beta_once"]),
        }),
      ),
      check(1, { alpha: open("purchase"), beta: open("purchase") }),
    ];
  }),

  scenario(114, "the list of the completed session counts, not the list of the open one", () => {
    const buy = sale("1", { module: null });
    const offered = { status: "open", payment_status: "unpaid", optional_items: [{}] };
    return [
      buy.session("fetched", 0, { ...offered, ...lineItems(["price_week", "price_gamma_once"]) }),
      pays(buy.session("completed", HOUR, lineItems(["price_week", "price_week_beta"]))),
      check(1, {
        alpha: open("purchase", 7 + HOUR),
        beta: open("purchase", 7 + HOUR),
        gamma: none("none"),
      }),
    ];
  }),

  scenario(115, "in one second a complete list beats an open one, and a fetch an event", () => {
    const buy = sale("1", { module: null });
    const unpaid = { status: "open", payment_status: "unpaid" };
    return [
      buy.session("fetched", 0, { ...unpaid, ...lineItems(["price_gamma_once"]) }),
      pays(buy.session("completed", 0, lineItems(["price_week_beta"]))),
      check(1, { beta: open("purchase", 7), gamma: none("none") }),
      pays(buy.session("fetched", 0, lineItems(["price_alpha_once"]))),
      check(1, { alpha: open("purchase"), beta: none("none"), gamma: none("none") }),
    ];
  }),

  // tabloy/keygate#21.
  scenario(116, "a basket of two, one of them mapped to nothing", () => [
    pays(
      sale("1", { module: null }).session(
        "completed",
        0,
        lineItems(["price_alpha_once", "price_unmapped"]),
      ),
    ),
    check(HOUR, { alpha: open("purchase"), beta: none("none") }),
  ]),

  scenario(117, "metadata names what the unmapped line sells", () => [
    pays(
      sale("1", { module: "beta" }).session(
        "completed",
        0,
        lineItems(["price_alpha_once", "price_unmapped"]),
      ),
    ),
    check(HOUR, { alpha: open("purchase"), beta: open("purchase") }),
  ]),

  scenario(
    118,
    "a fee opens nothing on purpose, and metadata opens nothing beyond the prices",
    () => [
      sale("1", { module: "beta" }).session("completed", 0, { payment_status: "unpaid" }),
      pays(
        sale("1", { module: "beta" }).session(
          "fetched",
          SECOND,
          lineItems(["price_week", "price_fee"]),
        ),
      ),
      check(HOUR, { alpha: open("purchase", 7 + SECOND), beta: none("none") }),
    ],
  ),

  scenario(
    193,
    "metadata of a subscription's invoice does not name the module of its lines",
    () => {
      const it = plan();
      const lines = [
        period("price_alpha", 0, 30, { item: it.item() }),
        oneTime("price_unmapped", 0),
      ];
      return [
        pays(it.sub("created", 0)),
        ...it.bill(1, { lines, metadata: { module_id: "gamma" } }).settled(0),
        check(1, { alpha: open("subscription", OPEN1), gamma: none("none") }),
      ];
    },
  ),

  scenario(194, "a recurring price in a payment-mode session opens nothing", () => [
    pays(
      sale("1", { module: null }).session(
        "completed",
        0,
        lineItems(["price_alpha", "price_week_beta"]),
      ),
    ),
    check(1, { alpha: none("none"), beta: open("purchase", 7) }),
  ]),

  scenario(224, "two tied lists of one second are united", () => {
    const buy = sale("1", { module: null });
    return [
      pays(buy.session("completed", 0, lineItems(["price_alpha_once"]))),
      pays(buy.session("async_payment_succeeded", 0, lineItems(["price_beta_once"]))),
      check(1, { alpha: open("purchase"), beta: open("purchase") }),
    ];
  }),

  scenario(225, "metadata names a module that a line sells: the terms of the line count", () => [
    pays(
      sale("1", { module: "alpha" }).session(
        "completed",
        0,
        lineItems(["price_week", "price_unmapped"]),
      ),
    ),
    check(1, { alpha: open("purchase", 7) }),
  ]),

  scenario(207, "a one-time sale on a renewal belongs to the subscriber, named by address", () => {
    const it = plan("1", { metadata: {}, email: "ada" });
    const lines = [
      period("price_alpha", 30, 60, { item: it.item() }),
      oneTime("price_gamma_once", 30),
    ];
    return [
      verify("ada"),
      it.session(0),
      pays(it.sub("updated", 30, { period: 2 })),
      ...sold(it.bill(2, { lines }), 30),
      check(31, { alpha: open("subscription", OPEN2), gamma: open("purchase") }),
    ];
  }),

  scenario(208, "a price in a payment-mode session turns out to recur", () => {
    const price = ref("price", "new");
    return [
      map(price, "gamma"),
      priceEvent(price, 0, false),
      pays(sale("1", { module: null }).session("completed", 0, lineItems([price]))),
      archivedProduct("new", 0.5),
      check(1, { gamma: open("purchase") }),
      priceEvent(price, 1, true),
      check(2, { gamma: none("none") }),
    ];
  }),

  scenario(216, "a session and its invoice are one sale", () => {
    const lines = [oneTime("price_gamma_once", 0)];
    const it = bill("A", { lines, metadata: named("ada") });
    return [
      pays(it.invoice("paid", 0)),
      pays(sale("A", { module: null }).session("completed", 0, { invoice: it.id })),
      sale("A").refund("1", "created", 1),
      check(2, { gamma: closed("refunded") }),
    ];
  }),

  scenario(228, "the list of a session decides what was sold, not its invoice", () => {
    const it = bill("A", { lines: [oneTime("price_gamma_once", 0)], metadata: named("ada") });
    const list = lineItems(["price_week_beta"]);
    return [
      pays(it.invoice("paid", 0)),
      pays(sale("A", { module: null }).session("completed", 0, { ...list, invoice: it.id })),
      check(1, { beta: open("purchase", 7), gamma: none("none") }),
    ];
  }),

  scenario(255, "a sale with an invoice and no payment, of which the invoice comes first", () => {
    const it = bill("A", { lines: [oneTime("price_gamma_once", 0)], metadata: named("ada") });
    const free = sale("A", { module: null, free: true, named: false });
    return [
      pays(it.invoice("paid", 0)),
      pays(free.session("completed", 0, { invoice: it.id })),
      check(1, { gamma: open("purchase") }),
    ];
  }),
];
