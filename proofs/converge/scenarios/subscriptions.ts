/** Subscriptions: first payment, trial, renewal, dunning, pause (21-28, 32, 33, 44, 50). */

import { check, closed, open, pays, scenario } from "../scenario.ts";
import { at, HOUR, SECOND } from "../stripe/clock.ts";
import { named } from "../stripe/ids.ts";
import { period } from "../stripe/line.ts";
import { plan } from "../stripe/plan.ts";

const RENEWAL_GRACE = 3;
const PAST_DUE_GRACE = 7;
/** When each period of 30 days ends, and when a subscription without renewal would close. */
export const CPE1 = 30;
export const [OPEN1, OPEN2, OPEN3] = [33, 63, 93];

/** A subscription in its first period, as Checkout starts it. */
export function subscribed(it = plan()) {
  return [
    it.sub("created", 0, { status: "incomplete" }),
    pays(it.sub("updated", 0, {}, { previous: { status: "incomplete" } })),
    it.invoice("paid", 0),
  ];
}

/** … and renewed, but the money for the second period does not come. */
function dunned() {
  return [
    ...subscribed(),
    pays(plan().sub("updated", 30, { period: 2 })),
    plan().invoice("payment_failed", 30 + SECOND, 2),
    pays(
      plan().sub("updated", 30 + SECOND, { status: "past_due", period: 2 }, {
        previous: { status: "active" },
      }),
    ),
  ];
}

const TRIAL = { starts: [0, 14, 44] };
const trialing = { status: "trialing", trial_end: at(14) };

export const SUBSCRIPTIONS = [
  scenario(21, "subscription via checkout, all in one second", () => [
    ...subscribed(),
    plan().payment("succeeded", 0),
    plan().session(0),
    check(HOUR, { alpha: open("subscription", OPEN1) }),
  ]),

  scenario(22, "renewal events before creation", () => [
    pays(plan().sub("updated", 30, { period: 2 })),
    plan().invoice("paid", 30, 2),
    plan().sub("created", 0, { status: "incomplete" }),
    plan().invoice("paid", 0, 1),
    plan().session(0),
    check(31, { alpha: open("subscription", OPEN2) }),
  ]),

  scenario(23, "first payment never made", () => [
    plan().sub("created", 0, { status: "incomplete" }),
    plan().invoice("payment_failed", 0),
    check(HOUR, { alpha: closed("pending_payment") }),
    plan().sub("updated", 1, { status: "incomplete_expired" }, {
      previous: { status: "incomplete" },
    }),
    plan().invoice("voided", 1),
    check(2, { alpha: closed("canceled") }),
  ]),

  scenario(24, "trial converts", () => {
    const it = plan("1", TRIAL);
    const metadata = { ...named("ada"), seen: "yes" };
    const free = period("price_alpha", 0, 14, { amount: 0, item: it.item() });
    return [
      pays(it.sub("created", 0, trialing)),
      it.bill(1, { lines: [free] }).invoice("paid", 0),
      pays(it.sub("trial_will_end", 11, trialing)),
      pays(
        it.sub("updated", 11, { ...trialing, metadata }, {
          previous: { metadata: { seen: null } },
        }),
      ),
      check(12, { alpha: open("subscription", 14 + RENEWAL_GRACE) }),
      pays(it.sub("updated", 14, { period: 2, trial_end: at(14), metadata }, {
        previous: { status: "trialing" },
      })),
      it.invoice("paid", 14, 2),
      check(15, { alpha: open("subscription", 44 + RENEWAL_GRACE) }),
    ];
  }),

  scenario(25, "trial ends without card", () => {
    const it = plan("1", TRIAL);
    const paused = { status: "paused", trial_end: at(14) };
    return [
      pays(it.sub("created", 0, trialing)),
      it.sub("paused", 14, paused),
      it.sub("updated", 14, paused, { previous: { status: "trialing" } }),
      check(15, { alpha: closed("paused") }),
    ];
  }),

  scenario(26, "past due inside grace, recovered", () => [
    ...dunned(),
    check(33, { alpha: open("subscription", CPE1 + PAST_DUE_GRACE) }),
    plan().invoice("paid", 35, 2),
    pays(plan().sub("updated", 35, { period: 2 }, { previous: { status: "past_due" } })),
    check(36, { alpha: open("subscription", OPEN2) }),
  ]),

  scenario(27, "past due beyond grace", () => [
    ...dunned(),
    check(38, { alpha: closed("past_due_expired", CPE1 + PAST_DUE_GRACE) }),
  ]),

  scenario(28, "retries exhausted: unpaid, later paid", () => [
    ...dunned(),
    plan().sub("updated", 45, { status: "unpaid", period: 2 }, {
      previous: { status: "past_due" },
    }),
    check(46, { alpha: closed("unpaid") }),
    plan().invoice("paid", 60, 2),
    pays(plan().sub("updated", 60, { period: 3 }, { previous: { status: "unpaid" } })),
    check(61, { alpha: open("subscription", OPEN3) }),
  ]),

  scenario(32, "pause_collection on and off", () => [
    ...subscribed(),
    pays(
      plan().sub("updated", 5, { pause_collection: { behavior: "void", resumes_at: null } }, {
        previous: { pause_collection: null },
      }),
    ),
    check(6, { alpha: open("subscription", OPEN1) }),
    pays(plan().sub("updated", 8, {}, { previous: { pause_collection: { behavior: "void" } } })),
    check(10, { alpha: open("subscription", OPEN1) }),
  ]),

  scenario(33, "pause endpoint, resume (endive)", () => [
    ...subscribed(),
    plan().sub("paused", 5, {
      status: "paused",
      status_details: { paused: { subscription: { type: "pause_requested" } } },
    }),
    check(6, { alpha: closed("paused") }),
    pays(plan().sub("resumed", 8)),
    check(10, { alpha: open("subscription", OPEN1) }),
  ]),

  scenario(44, "same-second tie that nothing resolves", () => [
    pays(plan().sub("updated", 30, { period: 2 })),
    pays(plan().sub("updated", 30, { status: "past_due", period: 2 })),
    // The later status wins for now: the same in every order, and marked to be read again.
    check(31, { alpha: open("subscription", CPE1 + PAST_DUE_GRACE) }),
    pays(plan().sub("fetched", 30, { period: 2 })),
    check(31, { alpha: open("subscription", OPEN2) }),
  ]),

  scenario(50, "metadata edit and recovery in one second", () => {
    const metadata = { ...named("ada"), note: "called" };
    const past_due = { status: "past_due", period: 2 };
    return [
      pays(plan().sub("updated", 30, past_due)),
      pays(
        plan().sub("updated", 35, { ...past_due, metadata }, {
          previous: { metadata: { note: null } },
        }),
      ),
      pays(
        plan().sub("updated", 35, { period: 2, metadata }, { previous: { status: "past_due" } }),
      ),
      check(36, { alpha: open("subscription", OPEN2) }),
    ];
  }),
];
