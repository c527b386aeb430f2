/** Subscriptions that end, move, or are seen twice (29-31, 34-39, 41, 48, 49, 62). */

import { check, closed, none, open, pays, scenario } from "../scenario.ts";
import { at, HOUR, SECOND } from "../stripe/clock.ts";
import { thinEvent } from "../stripe/event.ts";
import { ref } from "../stripe/ids.ts";
import { credit, proration } from "../stripe/line.ts";
import { customer, plan } from "../stripe/plan.ts";
import { bought } from "./one_time.ts";
import { CPE1, OPEN1, OPEN2, subscribed } from "./subscriptions.ts";

const leaving = { cancel_at_period_end: true };
const ended = { status: "canceled", ended_at: at(10) };
/** The `previous_attributes` of items that had another price. */
const fromAlpha = { items: { data: [{ price: { id: "price_alpha" } }] } };

export const CHANGES = [
  scenario(29, "cancel at period end, undone, done again", () => [
    ...subscribed(),
    pays(plan().sub("updated", 5, leaving, { previous: { cancel_at_period_end: false } })),
    pays(plan().sub("updated", 6, {}, { previous: leaving })),
    pays(plan().sub("updated", 7, leaving, { previous: { cancel_at_period_end: false } })),
    check(29, { alpha: open("subscription", CPE1) }),
    plan().sub("deleted", 30, { ...leaving, status: "canceled", ended_at: at(30) }),
    check(31, { alpha: closed("canceled") }),
  ]),

  scenario(30, "cancel at period end, deleted event lost", () => [
    ...subscribed(),
    pays(plan().sub("updated", 5, leaving, { previous: { cancel_at_period_end: false } })),
    check(31, { alpha: closed("expired", CPE1) }),
  ]),

  scenario(31, "immediate cancel, stale update in its second", () => [
    ...subscribed(),
    plan().sub("deleted", 9, ended),
    pays(plan().sub("updated", 9)),
    check(10, { alpha: closed("canceled") }),
  ]),

  scenario(34, "upgrade with proration", () => {
    const it = plan();
    const item = it.item();
    const lines = [
      credit("price_alpha", 9, 30, { item }),
      proration("price_beta", 9, 30, { item }),
    ];
    return [
      ...subscribed(),
      pays(it.sub("updated", 9, { price: "price_beta" }, { previous: fromAlpha })),
      it.bill("upgrade", { lines, created: 9 }).invoice("paid", 9),
      check(10, { alpha: none("none"), beta: open("subscription", OPEN1) }),
    ];
  }),

  scenario(35, "pending update expires", () => {
    const pending_update = { expires_at: at(9), subscription_items: [{ price: "price_beta" }] };
    return [
      ...subscribed(),
      pays(plan().sub("updated", 8, { pending_update }, { previous: { pending_update: null } })),
      plan().invoice("payment_failed", 8, 2),
      pays(plan().sub("pending_update_expired", 9)),
      check(10, { alpha: open("subscription", OPEN1), beta: none("none") }),
    ];
  }),

  scenario(36, "subscription invoice fully refunded (basil: link by invoice_payment)", () => [
    ...subscribed(),
    plan().invoicePayment(0),
    plan().refund("created", 9),
    check(10, { alpha: closed("refunded") }),
    pays(plan().sub("updated", 30, { period: 2 })),
    plan().invoice("paid", 30, 2),
    check(31, { alpha: open("subscription", OPEN2) }),
  ]),

  scenario(37, "dispute on the renewal, subscription still active", () => [
    ...subscribed(),
    pays(plan().sub("updated", 30, { period: 2 })),
    plan().invoice("paid", 30, 2),
    plan().invoicePayment(30, 2),
    plan().dispute("created", 34, "needs_response", 2),
    check(35, { alpha: closed("disputed") }),
  ]),

  scenario(38, "customer deleted", () => [
    ...bought(),
    ...subscribed(plan("B", { price: "price_beta" })),
    customer("deleted", 9, "ada", { deleted: true }),
    plan("B", { price: "price_beta" }).sub("deleted", 9, ended),
    check(10, { alpha: open("purchase"), beta: closed("canceled") }),
  ]),

  scenario(39, "same sale seen on two API versions and two endpoints", () => {
    const it = plan();
    const acacia = plan("1", { rendering: "acacia" });
    return [
      acacia.invoice("paid", 0),
      it.invoice("paid", 0),
      pays(acacia.sub("updated", 0)),
      pays(it.sub("updated", 0)),
      check(HOUR, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(41, "thin twin", () => {
    const snapshot = plan().sub("updated", 0, {}, { previous: { status: "incomplete" } });
    return [
      thinEvent("v1.customer.subscription.updated", 0, plan().id, { snapshot_event: snapshot.id }),
      pays(plan().sub("fetched", 5 * SECOND)),
      pays(snapshot),
      check(HOUR, { alpha: open("subscription", OPEN1) }),
    ];
  }),

  scenario(48, "plan switched in trial, trial_will_end in the same second", () => {
    const trialing = { status: "trialing", trial_end: at(5) };
    const it = plan("1", { starts: [0, 5] });
    return [
      pays(it.sub("created", 0, trialing)),
      pays(it.sub("trial_will_end", 2, trialing)),
      pays(it.sub("updated", 2, { ...trialing, price: "price_beta" })),
      check(3, { alpha: none("none"), beta: open("subscription", 8) }),
    ];
  }),

  scenario(49, "stale snapshot stamped after the end", () => [
    pays(plan().sub("created", 0)),
    plan().sub("deleted", 9, ended),
    pays(plan().sub("updated", 9 + SECOND)),
    check(10, { alpha: closed("canceled") }),
  ]),

  // Beyond the fifty.
  scenario(62, "subscription invoice paid by a charge of its own, refunded", () => [
    ...subscribed(),
    plan().invoicePayment(0, 1, "charge"),
    plan().refund("created", 9, 1, { payment_intent: null, charge: ref("ch", "1.1") }),
    check(10, { alpha: closed("refunded") }),
  ]),
];
