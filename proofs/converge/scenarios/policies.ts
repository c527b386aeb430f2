/** Each policy of the settings, away from its default (164-175, 206, 240). */

import { check, closed, none, open, pays, scenario, verify } from "../scenario.ts";
import { bill } from "../stripe/bill.ts";
import { at } from "../stripe/clock.ts";
import { named } from "../stripe/ids.ts";
import { oneTime } from "../stripe/line.ts";
import { plan } from "../stripe/plan.ts";
import { lineItems } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";
import { bought } from "./one_time.ts";
import { CPE1, OPEN1 } from "./subscriptions.ts";

const DAYS = 86_400;

/** A subscription with invoices that are sent. */
function sending() {
  const it = plan();
  const sent = { collection_method: "send_invoice" };
  return { it, steps: [it.sub("created", 0, sent), it.bill(1).invoice("finalized", 0)] };
}

export const POLICIES = [
  scenario(164, "an invoice that is sent opens before it is paid", () => {
    const { it, steps } = sending();
    return [
      ...steps.map(pays),
      check(1, { alpha: open("subscription", OPEN1) }),
      ...it.bill(1).settled(5),
      check(6, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(165, "an invoice that is sent opens once it is paid", () => {
    const { it, steps } = sending();
    const [paid, ...rest] = it.bill(1).settled(5);
    return [
      ...steps,
      check(1, { alpha: closed("unpaid") }),
      ...paid === undefined ? [] : [pays(paid)],
      ...rest,
      check(6, { alpha: open("subscription", OPEN1) }),
      it.bill(1).refund("created", 7),
      check(8, { alpha: closed("refunded") }),
    ];
  }, { send_invoice_opens_unpaid: false }),

  scenario(240, "the same, and of its invoice only the payment is known", () => {
    const { it, steps: [made] } = sending();
    return [
      ...made === undefined ? [] : [made],
      check(1, { alpha: closed("unpaid") }),
      pays(it.bill(1).invoice("paid", 5)),
      check(6, { alpha: open("subscription", OPEN1) }),
    ];
  }, { send_invoice_opens_unpaid: false }),

  scenario(166, "an open partial dispute counts as a refund", () => [
    ...bought(),
    sale().dispute("created", 1, "needs_response"),
    check(2, { alpha: closed("disputed") }),
    sale().dispute("closed", 60, "won"),
    check(61, { alpha: open("purchase") }),
  ], { partial_dispute_closes: false }),

  scenario(167, "half of it disputed, the other half refunded", () => {
    const it = bill("1", { lines: [oneTime("price_gamma_once", 0)], metadata: named("ada") });
    return [
      ...it.settled(0).map(pays),
      it.dispute("created", 1, "needs_response", { amount: 500 }),
      check(2, { gamma: open("purchase") }),
      it.refund("created", 3, { amount: 500 }),
      check(4, { gamma: closed("disputed") }),
    ];
  }, { partial_dispute_closes: false }),

  scenario(168, "without stacking each pass ends on its own day", () => [
    pays(sale("A", { module: null }).session("completed", 0, lineItems(["price_week"]))),
    pays(sale("B", { module: null }).session("completed", 3, lineItems(["price_week"]))),
    check(4, { alpha: open("purchase", 10) }),
  ], { passes_stack: false }),

  scenario(169, "a refund of half of the money closes", () => [
    ...bought(),
    sale().refund("A", "created", 1, { amount: 499 }),
    check(2, { alpha: open("purchase") }),
    sale().refund("B", "created", 3, { amount: 1 }),
    check(4, { alpha: closed("refunded") }),
  ], { refund_closes_from_percent: 50 }),

  scenario(170, "a refund of half of a period's money closes the period", () => {
    const it = plan();
    return [
      pays(it.sub("created", 0)),
      ...it.bill(1).settled(0),
      it.bill(1).refund("created", 5, { amount: 500 }),
      check(6, { alpha: closed("refunded") }),
    ];
  }, { refund_closes_from_percent: 50 }),

  scenario(171, "no refund closes", () => [
    ...bought(),
    sale().refund("A", "created", 1),
    check(2, { alpha: open("purchase") }),
    sale().dispute("created", 3, "needs_response"),
    check(4, { alpha: closed("disputed") }),
  ], { full_refund_closes: false }),

  scenario(172, "no dispute closes, and no refunded period closes", () => {
    const it = plan("1", { price: "price_beta" });
    return [
      ...bought(),
      sale().dispute("created", 3, "needs_response"),
      pays(it.sub("created", 0)),
      ...it.bill(1).settled(0),
      it.bill(1).refund("created", 4),
      check(5, { alpha: open("purchase"), beta: open("subscription", OPEN1) }),
    ];
  }, { dispute_closes: false, refunded_period_closes: false }),

  scenario(173, "an inquiry closes, and so does a pause of the collection", () => {
    const it = plan("1", { price: "price_beta" });
    const held = { pause_collection: { behavior: "void" } };
    return [
      ...bought(),
      sale().dispute("created", 3, "warning_needs_response"),
      pays(it.sub("created", 0)),
      it.sub("updated", 5, held, { previous: { pause_collection: null } }),
      check(6, { alpha: closed("disputed"), beta: closed("paused") }),
      sale().dispute("closed", 7, "warning_closed"),
      check(8, { alpha: open("purchase"), beta: closed("paused") }),
    ];
  }, { inquiry_closes: true, pause_collection_closes: true }),

  scenario(174, "other graces", () => {
    const it = plan();
    return [
      pays(it.sub("created", 0)),
      check(1, { alpha: open("subscription", CPE1 + 1) }),
      ...it.bill(1).settled(0),
      it.invoice("payment_failed", 30, 2),
      pays(it.sub("updated", 30, { status: "past_due", period: 2 })),
      check(31, { alpha: open("subscription", CPE1 + 14) }),
    ];
  }, { renewal_grace: 1 * DAYS, past_due_grace: 14 * DAYS }),

  scenario(175, "the reference in the URL names the buyer, before the customer does", () => [
    pays(sale("A", { user: "eve", module: "gamma" }).session("completed", 0)),
    pays(
      sale("B", { user: "eve", named: false, created: 1 }).session("completed", 1, {
        client_reference_id: "00000000-0000-4000-8000-@ada@",
        created: at(1),
      }),
    ),
    check(2, { alpha: open("purchase") }),
    check(2, { gamma: open("purchase") }, "eve"),
  ], { client_reference_id_names_buyer: true }),

  scenario(206, "a verified address claims nothing", () => [
    verify("ada"),
    sale("1", { named: false, email: "ada" }).session("completed", 0),
    check(1, { alpha: none("unlinked") }),
  ], { verified_email_claims: false }),
];
