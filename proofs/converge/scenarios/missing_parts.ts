/** Sales with a part that never arrives or is not known yet (176-181). */

import { check, closed, none, open, pays, scenario } from "../scenario.ts";
import { HOUR } from "../stripe/clock.ts";
import { oneTime, period } from "../stripe/line.ts";
import { plan } from "../stripe/plan.ts";
import { lineItems } from "../stripe/prices.ts";
import { OPEN1 } from "./subscriptions.ts";

/** Checkout of a subscription that is paid by a bank debit, still on its way. */
function debit() {
  const it = plan();
  const invoice = it.bill(1);
  return [
    it.sub("created", 0, { status: "incomplete" }),
    invoice.invoice("finalized", 0),
    it.session(0, { payment_status: "unpaid" }),
    invoice.payment("processing", 0),
  ];
}

export const MISSING_PARTS = [
  // fleetdm/fleet#14348.
  scenario(176, "no event of the subscription arrives, so it is read from Stripe", () => [
    plan().session(0),
    ...plan().bill(1).settled(0),
    check(HOUR, { alpha: none("none") }),
    pays(plan().sub("fetched", 2 * HOUR)),
    check(1, { alpha: open("subscription", OPEN1) }),
  ]),

  scenario(177, "the same, with a one-time line on its first invoice", () => {
    const it = plan("1", { sessionMetadata: {}, metadata: {} });
    const lines = [
      period("price_alpha", 0, 30, { item: it.item() }),
      oneTime("price_week_beta", 0),
    ];
    return [
      pays(plan().session(0)),
      ...plan().bill(1, { lines }).settled(0).map(pays),
      check(1, { alpha: none("none"), beta: open("purchase", 7) }),
    ];
  }),

  scenario(178, "the session's list is known, but neither subscription nor invoice", () => [
    plan().session(0, { payment_status: "unpaid" }),
    check(HOUR, { beta: none("none") }),
    pays(
      plan().session(1, lineItems(["price_alpha", "price_week_beta"]), "async_payment_succeeded"),
    ),
    check(2, { alpha: none("none"), beta: open("purchase", 8) }),
  ]),

  // Stripe's documentation: a subscription is incomplete while its payment is processing.
  scenario(179, "a debit for a subscription is processing", () => [
    ...debit(),
    check(2, { alpha: closed("pending_payment") }),
  ]),

  scenario(180, "the debit succeeds", () => [
    ...debit(),
    ...plan().bill(1).settled(4),
    plan().session(4, {}, "async_payment_succeeded"),
    pays(plan().sub("updated", 4, {}, { previous: { status: "incomplete" } })),
    check(5, { alpha: open("subscription", OPEN1) }),
  ]),

  scenario(181, "the debit fails, and the subscription expires", () => [
    ...debit(),
    plan().session(4, { payment_status: "unpaid" }, "async_payment_failed"),
    plan().bill(1).payment("requires_payment_method", 4),
    plan().sub("updated", 5, { status: "incomplete_expired" }, {
      previous: { status: "incomplete" },
    }),
    check(6, { alpha: closed("canceled") }),
  ]),
];
