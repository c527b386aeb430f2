/**
 * How much an invoice received, and from which payments (142-153, 184, 198-200, 222, 223, 226, 227, 249-251).
 */

import { check, closed, none, open, pays, scenario, type Step } from "../scenario.ts";
import { type Bill, bill, type BillOptions } from "../stripe/bill.ts";
import { HOUR } from "../stripe/clock.ts";
import { named, ref } from "../stripe/ids.ts";
import { legacyCharge } from "../stripe/legacy_charge.ts";
import { oneTime } from "../stripe/line.ts";
import { plan } from "../stripe/plan.ts";
import { sale } from "../stripe/sale.ts";
import { OPEN1 } from "./subscriptions.ts";

/** An invoice for gamma, of its own. */
function invoiced(options: Partial<BillOptions> = {}): Bill {
  const lines = [oneTime("price_gamma_once", 0)];
  return bill("1", { lines, metadata: named("ada"), ...options });
}

/** An old invoice that does not name its payment. */
const UNLINKED = { payment_intent: null, charge: null };

const CARD = { amount: 300, which: ".card" };
const OTHER = { amount: 700, which: ".other" };

/** Paid by card in part, and for the rest outside Stripe. */
function partlyOutside(it: Bill): Step[] {
  return [
    it.invoice("finalized", 0),
    it.payment("succeeded", HOUR, CARD),
    it.charge("succeeded", HOUR, 0, CARD),
    it.invoicePayment("paid", HOUR, CARD),
    it.paymentRecord(HOUR, OTHER),
    pays(it.invoice("paid", 2 * HOUR)),
  ];
}

/** A payment was taken off the invoice again, and another one paid it. */
function detached(it: Bill): Step[] {
  return [
    it.invoice("finalized", 0),
    it.payment("succeeded", HOUR, CARD),
    it.invoicePayment("created", HOUR, CARD),
    it.invoicePayment("canceled", 2 * HOUR, CARD),
    it.payment("succeeded", 2 * HOUR),
    it.invoicePayment("paid", 2 * HOUR),
    pays(it.invoice("paid", 2 * HOUR)),
  ];
}

/** One payment for two invoices, of alpha and of gamma. */
function paidTogether() {
  const payment = "both";
  const alpha = bill("A", {
    lines: [oneTime("price_alpha_once", 0)],
    metadata: named("ada"),
    payment,
  });
  const gamma = invoiced({ payment });
  const steps = [
    alpha.payment("succeeded", 0, { amount: 2000 }),
    ...[alpha, gamma].flatMap((it) => [it.invoicePayment("paid", 0), pays(it.invoice("paid", 0))]),
  ];
  return { alpha, steps };
}

export const RECEIVED = [
  // docs.stripe.com: partial payments and payment records.
  scenario(142, "paid in part outside Stripe; the part paid by card is refunded", () => [
    ...partlyOutside(invoiced()),
    invoiced().refund("created", 1, { amount: 300 }, ".card"),
    invoiced().charge("refunded", 1, 300, CARD),
    check(5, { gamma: open("purchase") }),
  ]),

  scenario(184, "the same, on an invoice that counts only money through Stripe", () => {
    const it = invoiced();
    return [
      it.payment("succeeded", HOUR, CARD),
      it.invoicePayment("paid", HOUR, CARD),
      it.paymentRecord(HOUR, OTHER),
      pays(it.invoice("paid", HOUR, { amount_paid: 300 })),
      it.refund("created", 1, { amount: 300 }, ".card"),
      check(5, { gamma: open("purchase") }),
    ];
  }),

  scenario(143, "the same on the invoice of a subscription, disputed", () => {
    const it = plan();
    const first = it.bill(1);
    return [
      pays(it.sub("created", 0)),
      ...partlyOutside(first),
      first.refund("created", 1, { amount: 300 }, ".card"),
      check(2, { alpha: open("subscription", OPEN1) }),
      first.dispute("created", 3, "needs_response", { amount: 300 }, {}, ".card"),
      check(4, { alpha: closed("disputed") }),
    ];
  }),

  scenario(144, "paid by two cards, and both parts are refunded", () => {
    const it = invoiced();
    return [
      ...[CARD, OTHER].flatMap((share) => [
        it.payment("succeeded", HOUR, share),
        it.invoicePayment("paid", HOUR, share),
      ]),
      pays(it.invoice("paid", HOUR)),
      it.refund("created", 1, { amount: 300 }, ".card"),
      check(2, { gamma: open("purchase") }),
      it.refund("created", 2, { amount: 700 }, ".other"),
      check(3, { gamma: closed("refunded") }),
    ];
  }),

  // Ours: a payment that was canceled on the invoice does not count for it.
  scenario(145, "a detached payment is disputed", () => [
    ...detached(invoiced()),
    invoiced().dispute("created", 1, "needs_response", { amount: 300 }, {}, ".card"),
    check(5, { gamma: open("purchase") }),
  ]),

  scenario(146, "a detached payment is refunded, and then the payment that paid", () => [
    ...detached(invoiced()),
    invoiced().refund("created", 1, { amount: 300 }, ".card"),
    check(5, { gamma: open("purchase") }),
    invoiced().refund("created", 6),
    check(7, { gamma: closed("refunded") }),
  ]),

  scenario(147, "a canceled invoice payment overrides the old link", () => {
    const it = invoiced({ rendering: "late acacia" });
    return [
      pays(it.invoice("paid", HOUR)),
      it.invoicePayment("canceled", HOUR),
      it.payment("succeeded", HOUR, { which: ".other" }),
      it.invoicePayment("paid", HOUR, { which: ".other" }),
      it.dispute("created", 1, "needs_response"),
      check(5, { gamma: open("purchase") }),
    ];
  }),

  // Ours: the Charges API, as old sites use it.
  scenario(148, "a charge without payment intent sells what its metadata names", () => [
    pays(legacyCharge().charge("succeeded", 0)),
    check(HOUR, { alpha: open("purchase") }),
  ]),

  scenario(149, "such a charge, captured later, and refunded", () => {
    const held = { captured: false, amount_captured: 0 };
    return [
      legacyCharge().charge("succeeded", 0, held),
      check(HOUR, { alpha: none("none") }),
      pays(legacyCharge().charge("captured", 1)),
      check(2, { alpha: open("purchase") }),
      legacyCharge().charge("refunded", 3, { amount_refunded: 1000 }),
      check(4, { alpha: closed("refunded") }),
    ];
  }),

  scenario(150, "such a charge, disputed; one that names no module", () => [
    pays(legacyCharge().charge("succeeded", 0)),
    legacyCharge("2", { module: null }).charge("succeeded", 0),
    legacyCharge().dispute("created", 1, "needs_response"),
    check(2, { alpha: closed("disputed") }),
    legacyCharge().dispute("closed", 60, "won"),
    check(61, { alpha: open("purchase") }),
  ]),

  scenario(151, "one payment for two invoices: a refund of half closes neither", () => {
    const { alpha, steps } = paidTogether();
    return [
      ...steps,
      alpha.refund("created", 1, { amount: 1000 }),
      check(2, { alpha: open("purchase"), gamma: open("purchase") }),
      alpha.refund("updated", 3, { amount: 2000 }),
      check(4, { alpha: closed("refunded"), gamma: closed("refunded") }),
    ];
  }),

  scenario(152, "one payment for two invoices, disputed in part, then as a whole", () => {
    const { alpha, steps } = paidTogether();
    return [
      ...steps,
      alpha.dispute("created", 1, "needs_response", { amount: 1000 }),
      check(2, { alpha: open("purchase"), gamma: open("purchase") }),
      alpha.dispute("updated", 3, "under_review", { amount: 2000 }),
      check(4, { alpha: closed("disputed"), gamma: closed("disputed") }),
    ];
  }),

  scenario(153, "if nothing was received, a refund closes nothing", () => {
    const it = invoiced({ paid: 0 });
    return [
      pays(it.invoice("paid", 0)),
      it.payment("succeeded", 0, { amount: 0 }),
      it.invoicePayment("paid", 0, { amount: 0 }),
      it.charge("refunded", 1, 500),
      check(2, { gamma: open("purchase") }),
    ];
  }),

  scenario(226, "only the invoice names its payment", () => {
    const it = invoiced({ rendering: "acacia" });
    return [
      pays(it.invoice("paid", HOUR)),
      it.refund("created", 1, { charge: null }),
      check(2, { gamma: closed("refunded") }),
    ];
  }),

  scenario(198, "only the payment intent names its invoice", () => {
    const it = invoiced({ rendering: "acacia" });
    return [
      pays(it.invoice("paid", HOUR, UNLINKED)),
      it.payment("succeeded", HOUR),
      it.refund("created", 1),
      check(2, { gamma: closed("refunded") }),
    ];
  }),

  scenario(199, "only the charge names its invoice", () => {
    const it = invoiced({ rendering: "acacia" });
    return [
      pays(it.invoice("paid", HOUR, UNLINKED)),
      it.charge("succeeded", HOUR),
      it.refund("created", 1, { charge: null }),
      check(2, { gamma: closed("refunded") }),
    ];
  }),

  scenario(
    200,
    "the invoice names its charge, the charge its payment, the refund only that",
    () => {
      const it = invoiced();
      return [
        pays(it.invoice("paid", HOUR, { charge: ref("ch", "1") })),
        it.charge("succeeded", HOUR),
        it.refund("created", 1, { charge: null }),
        check(2, { gamma: closed("refunded") }),
      ];
    },
  ),

  scenario(
    222,
    "a payment with metadata pays an invoice: the invoice decides what was sold",
    () => {
      const it = invoiced({ rendering: "acacia", payment: "A" });
      return [
        pays(sale("A", { tagged: true }).payment("succeeded", 0)),
        check(1, { alpha: open("purchase") }),
        pays(it.invoice("paid", 0)),
        check(1, { alpha: none("none"), gamma: open("purchase") }),
      ];
    },
  ),

  scenario(223, "the same, paid by a charge without payment intent", () => {
    const it = invoiced({ rendering: "acacia", payment: "A", payer: "charge" });
    return [
      pays(legacyCharge("A").charge("succeeded", 0)),
      check(1, { alpha: open("purchase") }),
      pays(it.invoice("paid", 0)),
      check(1, { alpha: none("none"), gamma: open("purchase") }),
      legacyCharge("A").refund("created", 2),
      check(3, { alpha: none("none"), gamma: closed("refunded") }),
    ];
  }),

  scenario(227, "only a charge without payment intent names its invoice", () => {
    const it = invoiced({ rendering: "acacia", payer: "charge" });
    return [
      pays(it.invoice("paid", HOUR, UNLINKED)),
      it.charge("succeeded", HOUR),
      it.refund("created", 1),
      check(2, { gamma: closed("refunded") }),
    ];
  }),

  scenario(249, "the invoice names its payment, and only the charge was refunded", () => {
    const it = invoiced();
    return [
      pays(it.invoice("paid", HOUR, { payment_intent: ref("pi", "1") })),
      it.charge("refunded", 1, 1000),
      check(2, { gamma: closed("refunded") }),
    ];
  }),

  scenario(250, "an invoice payment names the payment, and only the charge was refunded", () => {
    const it = invoiced();
    return [
      pays(it.invoice("paid", HOUR)),
      it.invoicePayment("paid", HOUR),
      it.charge("refunded", 1, 1000),
      check(2, { gamma: closed("refunded") }),
    ];
  }),

  scenario(251, "an invoice payment names the refunded charge, and the charge its payment", () => {
    const it = invoiced({ payer: "charge" });
    return [
      pays(it.invoice("paid", HOUR)),
      it.invoicePayment("paid", HOUR),
      sale("1").charge("refunded", 1, 1000),
      check(2, { gamma: closed("refunded") }),
    ];
  }),
];
