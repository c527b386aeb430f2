/** Refunds and disputes of one-time purchases (11-19, 43, 45, 52, 53, 252, 253). */

import { check, closed, open, pays, scenario } from "../scenario.ts";
import { event, object } from "../stripe/event.ts";
import { HOUR } from "../stripe/clock.ts";
import { ref } from "../stripe/ids.ts";
import { sale } from "../stripe/sale.ts";
import { bought } from "./one_time.ts";

/** 40 % and then the rest. */
export function refundedInTwo(buy = sale()) {
  return [
    buy.refund("A", "created", 1, { amount: 400 }),
    buy.charge("refunded", 1, 400),
    buy.refund("B", "created", 1.5, { amount: 600 }),
    buy.charge("refunded", 1.5, 1000),
  ];
}

export const MONEY_BACK = [
  scenario(11, "partial refund", () => [
    ...bought(),
    sale().refund("A", "created", 1, { amount: 400 }),
    sale().charge("refunded", 1, 400),
    check(2, { alpha: open("purchase") }),
  ]),

  scenario(12, "two partial refunds make a full one", () => [
    ...bought(),
    ...refundedInTwo(),
    check(2, { alpha: closed("refunded") }),
  ]),

  scenario(13, "full refund arrives before the session", () => [
    sale().refund("A", "created", HOUR / 2),
    sale().charge("refunded", HOUR / 2, 1000),
    pays(sale().session("completed", 0)),
    check(HOUR, { alpha: closed("refunded") }),
  ]),

  scenario(14, "refund succeeded, then failed", () => [
    ...bought(),
    sale().refund("A", "created", 1),
    sale().charge("refunded", 1, 1000),
    check(2, { alpha: closed("refunded") }),
    // The field may lag behind the type: this one still says succeeded.
    sale().refund("A", "failed", 15, { status: "succeeded", failure_reason: "declined" }),
    sale().refund("A", "updated", 15, { status: "failed", failure_reason: "declined" }),
    sale().charge("updated", 15, 0),
    check(20, { alpha: open("purchase") }),
  ]),

  scenario(15, "dispute opened, then won", () => [
    ...bought(),
    sale().dispute("created", 10, "needs_response"),
    sale().dispute("funds_withdrawn", 10, "needs_response"),
    sale().dispute("updated", 12, "under_review", { previous: { status: "needs_response" } }),
    check(13, { alpha: closed("disputed") }),
    sale().dispute("closed", 60, "won", { previous: { status: "under_review" } }),
    sale().dispute("funds_reinstated", 60, "won"),
    check(70, { alpha: open("purchase") }),
  ]),

  scenario(16, "dispute lost", () => [
    ...bought(),
    sale().dispute("created", 10, "needs_response"),
    sale().dispute("closed", 60, "lost"),
    check(70, { alpha: closed("disputed") }),
  ]),

  scenario(17, "inquiry only", () => [
    ...bought(),
    sale().dispute("created", 10, "warning_needs_response"),
    check(11, { alpha: open("purchase") }),
    sale().dispute("closed", 80, "warning_closed"),
    check(90, { alpha: open("purchase") }),
  ]),

  scenario(18, "refund, then dispute, dispute won", () => [
    ...bought(),
    ...refundedInTwo(),
    sale().dispute("created", 10, "needs_response"),
    sale().dispute("closed", 60, "won"),
    check(90, { alpha: closed("refunded") }),
  ]),

  scenario(19, "two purchases, one refunded", () => [
    ...bought(sale("A")),
    ...bought(sale("B")),
    sale("A").refund("1", "created", 1),
    sale("A").charge("refunded", 1, 1000),
    check(2, { alpha: open("purchase") }),
  ]),

  scenario(43, "appeal after a loss (endive)", () => [
    ...bought(),
    sale().dispute("created", 10, "needs_response"),
    sale().dispute("closed", 60, "lost"),
    sale().dispute("updated", 70, "appeal_needs_response", { previous: { status: "lost" } }),
    sale().dispute("updated", 80, "appeal_under_review", {
      previous: { status: "appeal_needs_response" },
    }),
    check(90, { alpha: closed("disputed") }),
    sale().dispute("closed", 110, "won", { previous: { status: "appeal_under_review" } }),
    check(120, { alpha: open("purchase") }),
  ]),

  scenario(45, "warnings only", () => [
    ...bought(),
    event("radar.early_fraud_warning.created", 3, warning("radar.early_fraud_warning", "issfr")),
    event("review.opened", 3, { ...warning("review", "prv"), open: true }),
    event("review.closed", 4, { ...warning("review", "prv"), open: false, reason: "approved" }),
    event(
      "credit_note.created",
      5,
      object("credit_note", ref("cn", "1"), {
        status: "issued",
        refunds: [],
      }),
    ),
    check(9, { alpha: open("purchase") }),
  ]),

  // Beyond the fifty: what a charge says beside the refunds known.
  scenario(52, "partly known refund: the charge says all went back", () => [
    ...bought(),
    sale().refund("A", "created", 1, { amount: 400 }),
    sale().charge("refunded", 2, 1000),
    check(3, { alpha: closed("refunded") }),
  ]),

  scenario(53, "a failed refund explains the charge's earlier refunded amount", () => [
    ...bought(),
    sale().refund("A", "created", 1, { amount: 700 }),
    sale().charge("refunded", 1, 700),
    sale().refund("A", "failed", 5, { amount: 700, status: "failed" }),
    sale().refund("B", "created", 6, { amount: 400 }),
    check(7, { alpha: open("purchase") }),
  ]),

  scenario(252, "only session and refunded charge are known", () => [
    pays(sale().session("completed", 0)),
    sale().charge("refunded", 1, 1000),
    check(2, { alpha: closed("refunded") }),
  ]),

  scenario(253, "only payment and refunded charge are known", () => [
    pays(sale("1", { tagged: true }).payment("succeeded", 0)),
    sale().charge("refunded", 1, 1000),
    check(2, { alpha: closed("refunded") }),
  ]),
];

function warning(kind: string, prefix: string) {
  const links = { charge: ref("ch", "1"), payment_intent: ref("pi", "1") };
  return object(kind, ref(prefix, "1"), links);
}
