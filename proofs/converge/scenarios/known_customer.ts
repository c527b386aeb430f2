/** Known customers, and names that are addresses (131-141, 195-197, 201-205, 209-215, 217, 230-236, 247, 254). */

import { check, closed, none, open, pays, scenario, verify } from "../scenario.ts";
import { bill } from "../stripe/bill.ts";
import { HOUR } from "../stripe/clock.ts";
import { addressed, emailRef, named, ref, spelled } from "../stripe/ids.ts";
import { legacyCharge } from "../stripe/legacy_charge.ts";
import { oneTime } from "../stripe/line.ts";
import { customer, plan, type PlanOptions } from "../stripe/plan.ts";
import { lineItems } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";
import { OPEN1 } from "./subscriptions.ts";

/** A subscription to beta, made in the Dashboard: neither session nor metadata. */
function inDashboard(created: number, options: PlanOptions = {}) {
  const starts = [created, created + 30];
  const it = plan("dash", { price: "price_beta", starts, created, metadata: {}, ...options });
  return [pays(it.sub("created", created)), ...it.bill(1).settled(created)];
}

export const KNOWN_CUSTOMER = [
  // better-auth/better-auth#1917.
  scenario(131, "a subscription by hand, for a customer who has bought before", () => [
    pays(sale().session("completed", 0)),
    pays(sale().payment("succeeded", 0)),
    ...inDashboard(HOUR),
    check(1, { alpha: open("purchase"), beta: open("subscription", OPEN1 + HOUR) }),
  ]),

  scenario(132, "a later name does not move an earlier purchase", () => [
    ...inDashboard(0),
    pays(sale("1", { created: 5 }).session("completed", 5)),
    check(6, { alpha: open("purchase"), beta: none("unlinked") }),
  ]),

  scenario(133, "given two users before the purchase, neither is the buyer", () => [
    pays(sale("A").session("completed", 0)),
    pays(legacyCharge("B", { module: "gamma", metadata: named("eve") }).charge("succeeded", 0)),
    ...inDashboard(1),
    check(2, { alpha: open("purchase"), beta: none("unlinked") }),
    check(2, { gamma: open("purchase") }, "eve"),
  ]),

  scenario(134, "a name added after the purchase, to an object made before it", () => {
    const buy = sale("1", { named: false, module: "gamma" });
    const first = sale("1", { module: "gamma" });
    return [
      buy.session("completed", 0),
      pays(first.session("fetched", 5)),
      ...inDashboard(3),
      check(6, { gamma: open("purchase"), beta: none("unlinked") }),
    ];
  }),

  scenario(135, "a one-off invoice without a name, for a customer who subscribed", () => {
    const it = bill("1", { lines: [oneTime("price_gamma_once", 2)], created: 2 });
    const [paid, ...rest] = it.settled(2);
    return [
      pays(plan().sub("created", 0)),
      ...paid === undefined ? [] : [pays(paid)],
      ...rest,
      check(3, { alpha: open("subscription", OPEN1), gamma: open("purchase") }),
    ];
  }),

  scenario(136, "an address counts if the customer names no one, and comes after a name", () => [
    verify("eve"),
    ...inDashboard(1, { sessionMetadata: {} }),
    plan("dash", { sessionMetadata: {}, email: "eve", created: 1 }).session(1),
    check(2, {}),
    check(2, { beta: open("subscription", OPEN1 + 1) }, "eve"),
    pays(sale().session("completed", 0)),
    check(2, { alpha: open("purchase"), beta: open("subscription", OPEN1 + 1) }),
    check(2, {}, "eve"),
  ]),

  scenario(137, "metadata.user_id is an address: the user who verifies it is the buyer", () => [
    pays(sale("1", { metadata: addressed("ada") }).session("completed", 0)),
    check(1, { alpha: none("unlinked") }),
    verify("ada"),
    check(1, { alpha: open("purchase") }),
  ]),

  scenario(138, "the key is spelled userId", () => [
    pays(sale("1", { metadata: spelled("ada") }).session("completed", 0)),
    ...inDashboard(1, { metadata: spelled("eve") }),
    check(2, { alpha: open("purchase") }),
    check(2, { beta: open("subscription", OPEN1 + 1) }, "eve"),
  ]),

  scenario(139, "after an unreadable name, no address counts", () => [
    verify("ada"),
    sale("1", { metadata: { user_id: "ada" }, email: "ada" }).session("completed", 0),
    check(1, { alpha: none("unlinked") }),
  ]),

  scenario(140, "an address on the charge, where the customer names another", () => {
    const it = legacyCharge("1", { metadata: addressed("eve") });
    return [
      pays(sale("A", { module: "gamma" }).session("completed", 0)),
      pays(it.charge("succeeded", 1)),
      verify("eve"),
      check(2, { gamma: open("purchase") }),
      check(2, { alpha: open("purchase") }, "eve"),
      it.refund("created", 3),
      check(4, { alpha: closed("refunded") }, "eve"),
    ];
  }),

  scenario(141, "a known address counts as a known customer's name", () => [
    verify("eve"),
    pays(sale("1", { metadata: addressed("eve") }).session("completed", 0)),
    ...inDashboard(1),
    check(2, {}),
    check(2, { alpha: open("purchase"), beta: open("subscription", OPEN1 + 1) }, "eve"),
  ]),

  scenario(195, "two known addresses are two names, whichever claimed first", () => [
    verify("ada"),
    verify("eve"),
    pays(sale("A", { metadata: addressed("eve") }).session("completed", 0)),
    pays(
      sale("B", { module: "gamma", metadata: addressed("ada"), created: 1 }).session(
        "completed",
        1,
      ),
    ),
    ...inDashboard(2),
    check(3, { gamma: open("purchase"), beta: none("unlinked") }),
    check(3, { alpha: open("purchase") }, "eve"),
  ]),

  scenario(196, "an id and an address are two names, whichever claimed first", () => [
    verify("ada"),
    pays(sale("A").session("completed", 0)),
    pays(
      sale("B", { module: "gamma", metadata: addressed("ada"), created: 1 }).session(
        "completed",
        1,
      ),
    ),
    ...inDashboard(2),
    check(3, { alpha: open("purchase"), gamma: open("purchase"), beta: none("unlinked") }),
  ]),

  scenario(197, "a known address beats the address typed at checkout", () => {
    const it = plan("dash", {
      ...{ price: "price_beta", starts: [2, 32], created: 2, email: "eve" },
      ...{ metadata: {}, sessionMetadata: {} },
    });
    return [
      verify("eve"),
      pays(it.sub("created", 2)),
      pays(it.session(2)),
      pays(
        sale("B", { module: "gamma", metadata: addressed("ada"), created: 1 }).session(
          "completed",
          1,
        ),
      ),
      verify("ada"),
      check(3, { gamma: open("purchase"), beta: open("subscription", 35) }),
      check(3, {}, "eve"),
    ];
  }),

  scenario(201, "a name counts from the beginning, even if its event arrives late", () => [
    pays(sale("1", { module: "gamma" }).session("fetched", 5)),
    ...inDashboard(3),
    check(6, { gamma: open("purchase"), beta: open("subscription", OPEN1 + 3) }),
  ]),

  scenario(202, "claimed by one address, and then named by another", () => [
    verify("eve"),
    pays(sale("1", { named: false, email: "eve" }).session("completed", 0)),
    pays(sale("1", { metadata: addressed("ada"), email: "eve" }).session("fetched", HOUR)),
    check(1, { alpha: none("unlinked") }),
    check(1, {}, "eve"),
    verify("ada"),
    check(1, { alpha: open("purchase") }),
    check(1, {}, "eve"),
  ]),

  scenario(203, "a purchase by address asks the member for no payment", () => {
    const it = plan("1", { email: "ada", metadata: {} });
    return [
      verify("ada"),
      it.session(0),
      pays(it.sub("created", 0)),
      ...it.bill(1).settled(0),
      it.invoice("payment_failed", 30, 2),
      pays(it.sub("updated", 30, { status: "past_due", period: 2 })),
      check(31, { alpha: open("subscription", 37) }),
      check(38, { alpha: closed("expired", 37) }),
      it.sub("updated", 45, { status: "unpaid", period: 2 }),
      check(46, { alpha: none("none") }),
    ];
  }),

  scenario(204, "metadata of a sale counts for more than its customer", () => [
    customer("updated", 0, "ada", { metadata: named("eve") }),
    pays(plan().sub("created", 0)),
    check(1, { alpha: open("subscription", OPEN1) }),
    check(1, {}, "eve"),
  ]),

  scenario(205, "only the first invoice names the buyer of a subscription", () => {
    const it = plan("1", { metadata: {} });
    return [
      pays(it.sub("created", 0)),
      ...it.bill(1, { frozen: named("ada") }).settled(0),
      check(1, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(209, "the customer names the buyer of every purchase without a name", () => [
    customer("updated", 0, "ada", { metadata: named("ada") }),
    pays(sale("A", { named: false }).session("completed", 0)),
    ...inDashboard(0),
    pays(bill("C", { lines: [oneTime("price_gamma_once", 0)] }).invoice("paid", 0)),
    check(1, {
      alpha: open("purchase"),
      beta: open("subscription", OPEN1),
      gamma: open("purchase"),
    }),
  ]),

  scenario(210, "the customer names the buyer of a payment, a charge and a subscription", () => [
    customer("updated", 0, "ada", { metadata: named("ada") }),
    pays(sale("A", { named: false, tagged: true }).payment("succeeded", 0)),
    pays(legacyCharge("B", { module: "gamma", metadata: {} }).charge("succeeded", 0)),
    pays(plan("C", { price: "price_beta", metadata: {} }).sub("created", 0)),
    check(1, {
      alpha: open("purchase"),
      beta: open("subscription", OPEN1),
      gamma: open("purchase"),
    }),
  ]),

  scenario(211, "a customer known by the metadata of a payment", () => [
    pays(sale("A", { tagged: true }).payment("succeeded", 0)),
    ...inDashboard(1),
    check(2, { alpha: open("purchase"), beta: open("subscription", OPEN1 + 1) }),
  ]),

  scenario(212, "a customer known by the metadata of a charge", () => [
    pays(legacyCharge().charge("succeeded", 0)),
    ...inDashboard(1),
    check(2, { alpha: open("purchase"), beta: open("subscription", OPEN1 + 1) }),
  ]),

  scenario(213, "a customer known by the metadata of an invoice", () => {
    const lines = [oneTime("price_gamma_once", 0)];
    return [
      pays(bill("A", { lines, metadata: named("ada") }).invoice("paid", 0)),
      ...inDashboard(1),
      check(2, { gamma: open("purchase"), beta: open("subscription", OPEN1 + 1) }),
    ];
  }),

  scenario(214, "a session, a payment and a charge without a name, for a known customer", () => {
    const later = { named: false, created: 1 };
    return [
      pays(plan("A", { price: "price_alpha" }).sub("created", 0)),
      pays(sale("B", { ...later, module: "beta" }).session("completed", 1)),
      pays(legacyCharge("C", { module: "gamma", metadata: {}, created: 1 }).charge("succeeded", 1)),
      check(2, {
        alpha: open("subscription", OPEN1),
        beta: open("purchase"),
        gamma: open("purchase"),
      }),
    ];
  }),

  scenario(215, "a payment without a name, for a known customer", () => [
    pays(plan("A", { price: "price_alpha" }).sub("created", 0)),
    pays(
      sale("B", { named: false, created: 1, module: "beta", tagged: true }).payment("succeeded", 1),
    ),
    check(2, { alpha: open("subscription", OPEN1), beta: open("purchase") }),
  ]),

  scenario(217, "a subscription and its session, which has only an address", () => {
    const it = plan("1", { metadata: {}, email: "ada" });
    return [
      verify("ada"),
      pays(it.sub("created", 0, { status: "trialing", latest_invoice: null })),
      it.session(0, { invoice: null, payment_status: "no_payment_required" }),
      check(1, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(230, "an invoice has another address than the one typed at checkout", () => {
    const it = plan("1", { metadata: {}, email: "ada" });
    return [
      verify("eve"),
      pays(it.sub("created", 0)),
      ...it.bill(2, { metadata: addressed("eve") }).settled(30),
      pays(it.session(0, lineItems(["price_alpha", "price_beta_once"]))),
      verify("ada"),
      check(1, { beta: open("purchase") }),
      check(1, { alpha: open("subscription", OPEN1) }, "eve"),
    ];
  }),

  scenario(231, "only the latest invoice, which has no lines, has an address", () => {
    const it = plan("1", { metadata: {} });
    return [
      verify("ada"),
      pays(it.sub("created", 0)),
      pays(it.bill(1, { lines: [] }).invoice("paid", 0, { customer_email: emailRef("ada") })),
      check(1, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(232, "the latest invoice of a subscription is that of another one", () => {
    const other = plan("2", { price: "price_beta", metadata: {} });
    const bill = other.bill(1);
    return [
      verify("ada"),
      pays(plan("1", { metadata: {} }).sub("created", 0, { latest_invoice: bill.id })),
      pays(other.sub("created", 0)),
      pays(bill.invoice("paid", 0, { customer_email: emailRef("ada") })),
      check(1, { beta: open("subscription", OPEN1) }),
    ];
  }),

  scenario(233, "a subscription gets its name later, and a purchase after that has none", () => {
    const it = plan("1", { metadata: {} });
    return [
      pays(it.sub("created", 0)),
      pays(it.sub("updated", 1, { metadata: named("ada") })),
      pays(sale("B", { named: false, module: "gamma", created: 2 }).session("completed", 2)),
      check(3, { alpha: open("subscription", OPEN1), gamma: open("purchase") }),
    ];
  }),

  scenario(234, "a purchase without a name, before its customer's subscription got one", () => {
    const it = plan("1", { metadata: {} });
    return [
      pays(it.sub("created", 0)),
      pays(sale("B", { named: false, module: "gamma", created: 1 }).session("completed", 1)),
      pays(it.sub("updated", 2, { metadata: named("ada") })),
      check(3, { alpha: open("subscription", OPEN1), gamma: none("unlinked") }),
    ];
  }),

  scenario(235, "a later name in the Dashboard does not move a subscription", () => {
    const it = plan();
    return [
      pays(it.sub("created", 0)),
      pays(it.sub("updated", 1, { metadata: named("eve") })),
      check(3, { alpha: open("subscription", OPEN1) }),
      check(3, {}, "eve"),
    ];
  }),

  scenario(236, "only the invoice that pays a subscription has an address", () => {
    const it = plan("1", { metadata: {} });
    return [
      verify("ada"),
      pays(it.sub("created", 0)),
      pays(it.bill(1).invoice("paid", 0, { customer_email: emailRef("ada") })),
      check(1, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(
    247,
    "only the invoice of a subscription names its user, and a later sale has none",
    () => {
      const it = plan("1", { metadata: {} });
      return [
        pays(it.sub("created", 0)),
        pays(sale("B", { named: false, module: "gamma", created: 2 }).session("completed", 2)),
        pays(it.bill(1, { metadata: named("ada") }).invoice("paid", 0)),
        check(3, { alpha: open("subscription", OPEN1), gamma: open("purchase") }),
      ];
    },
  ),

  scenario(254, "only a charge names the user, and a later sale has none", () => [
    legacyCharge("A", { module: null }).charge("succeeded", 0, { payment_intent: ref("pi", "A") }),
    pays(sale("B", { named: false, module: "gamma", created: 2 }).session("completed", 2)),
    check(3, { gamma: open("purchase") }),
  ]),
];
