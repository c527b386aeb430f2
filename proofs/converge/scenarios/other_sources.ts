/** Invoices of their own, grants by hand, who the buyer is, several sources at once (42, 47, 54-61). */

import {
  check,
  closed,
  deny,
  grant,
  none,
  open,
  pays,
  revoke,
  scenario,
  verify,
} from "../scenario.ts";
import { bill } from "../stripe/bill.ts";
import { HOUR } from "../stripe/clock.ts";
import { named, userRef } from "../stripe/ids.ts";
import { oneTime } from "../stripe/line.ts";
import { customer } from "../stripe/plan.ts";
import { lineItems } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";
import { refundedInTwo } from "./money_back.ts";
import { bought } from "./one_time.ts";
import { OPEN1, subscribed } from "./subscriptions.ts";

/** An invoice sent by hand, for one price. */
function sent(name: string) {
  return bill(name, { lines: [oneTime("price_alpha_once", 0)], metadata: named("ada") });
}

export const OTHER_SOURCES = [
  scenario(42, "manual grant and refund, then the grant revoked", () => [
    ...bought(),
    ...refundedInTwo(),
    grant("alpha", 30),
    check(5, { alpha: open("manual", 30) }),
    check(31, { alpha: closed("refunded", 30) }),
    revoke("alpha"),
    check(6, { alpha: closed("refunded") }),
  ]),

  scenario(47, "one-off invoice paid out of band, another one voided", () => [
    sent("1").invoice("finalized", 0),
    pays(sent("1").invoice("paid", 5)),
    sent("2").invoice("voided", 6),
    check(9, { alpha: open("purchase") }),
  ]),

  // Beyond the fifty.
  scenario(54, "a denial closes what was paid, until it is lifted", () => [
    ...bought(),
    deny("alpha"),
    check(1, { alpha: closed("denied") }),
    grant("alpha", 30), // lifts it
    revoke("alpha"),
    check(2, { alpha: open("purchase") }),
  ]),

  scenario(55, "metadata edited in the Dashboard moves no sale", () => [
    pays(sale().session("completed", 0)),
    pays(
      sale().session("fetched", 3, { metadata: { user_id: userRef("eve"), module_id: "beta" } }),
    ),
    check(4, { alpha: open("purchase") }),
    check(4, { alpha: none("unlinked"), beta: none("unlinked") }, "eve"),
  ]),

  scenario(56, "buyer known by the Stripe customer alone", () => [
    customer("created", 0),
    customer("updated", HOUR, "ada", { metadata: { user_id: userRef("ada") } }, {
      previous: { metadata: { user_id: null } },
    }),
    pays(sale("1", { named: false }).session("completed", 0)),
    check(1, { alpha: open("purchase") }),
  ]),

  scenario(57, "the term of a purchase runs from its payment", () => [
    pays(
      sale("1", { module: null }).session("completed", 0, lineItems(["price_week"])),
    ),
    pays(sale("1", { module: null }).payment("succeeded", HOUR)),
    check(6, { alpha: open("purchase", 7) }),
    check(8, { alpha: closed("expired", 7) }),
  ]),

  scenario(58, "a payment that names its module itself, declined once", () => {
    const buy = sale("1", { tagged: true });
    return [
      buy.payment("payment_failed", 0, { status: "requires_payment_method" }),
      check(HOUR, { alpha: none("none") }),
      pays(buy.payment("succeeded", HOUR)),
      check(1, { alpha: open("purchase") }),
    ];
  }),

  scenario(59, "bought and subscribed: the longer source counts", () => [
    ...subscribed(),
    ...bought(sale("A", { module: "alpha" })),
    check(31, { alpha: open("purchase") }),
    sale("A").refund("1", "created", 32),
    check(32, { alpha: open("subscription", OPEN1) }),
  ]),

  scenario(60, "a guest gets an account at any time", () => [
    ...bought(sale("1", { named: false, email: "ada" })),
    verify("eve"),
    check(1, { alpha: none("unlinked") }),
    check(1, {}, "eve"),
    verify("ada"),
    check(1, { alpha: open("purchase") }),
    sale("1").refund("1", "created", 2),
    check(2, { alpha: closed("refunded") }),
    check(2, {}, "eve"),
  ]),

  scenario(61, "a name counts for more than an address", () => [
    verify("eve"),
    ...bought(sale("1", { named: false, email: "eve" })),
    pays(sale("1", { email: "eve" }).session("fetched", HOUR)),
    check(1, { alpha: open("purchase") }),
    check(1, {}, "eve"),
  ]),
];
