/** translate() and envelope() are total: for any JSON they return facts that can be stored. */

import assert from "node:assert/strict";
import { envelope } from "./envelope.ts";
import { translate } from "./translate.ts";
import { unknownValues } from "./unknown_values.ts";

/** A field, and at most one word as its value. */
const UNKNOWN = /^[a-z_]+(\.[a-z_]+)+(=[a-z_]{1,40})?$/;

const EVENTS = [
  {
    id: "evt_1",
    type: "checkout.session.completed",
    created: 1_700_000_000,
    data: {
      object: {
        id: "cs_1",
        mode: "payment",
        payment_status: "paid",
        metadata: { user_id: "ada", module_id: "intro" },
        line_items: { data: [{ price: { id: "price_a" } }], has_more: false },
        payment_intent: {
          id: "pi_1",
          status: "succeeded",
          amount_received: 2900,
          charges: {
            data: [{ id: "ch_1", amount_captured: 2900, refunds: { data: [{ id: "re_1" }] } }],
          },
        },
      },
    },
  },
  {
    id: "evt_2",
    type: "invoice.paid",
    data: {
      object: {
        id: "in_1",
        status: "paid",
        parent: { subscription_details: { subscription: "sub_1" } },
        lines: {
          data: [{
            period: { start: 1_700_000_000, end: 1_702_592_000 },
            pricing: { price_details: { price: "price_a" } },
            parent: { subscription_item_details: { proration: true } },
          }],
        },
      },
    },
  },
  {
    id: "evt_3",
    type: "customer.subscription.updated",
    data: {
      object: {
        id: "sub_1",
        status: "active",
        cancel_at: 1_702_592_000,
        current_period_end: 1_702_592_000,
        items: { data: [{ price: { id: "price_a" }, quantity: 2 }, { plan: { id: "plan_b" } }] },
      },
      previous_attributes: {
        status: "past_due",
        items: { data: [{ id: "si_1", price: { id: "price_c" } }] },
        metadata: { user_id: null },
      },
    },
  },
  {
    id: "evt_4",
    type: "refund.failed",
    data: { object: { id: "re_1", charge: { id: "ch_1" }, amount: 400, status: "succeeded" } },
  },
  {
    id: "evt_5",
    type: "charge.dispute.updated",
    data: {
      object: { id: "dp_1", charge: { id: "ch_1" }, amount: 2900, status: "under_review" },
      previous_attributes: { status: "needs_response", evidence: { text: null } },
    },
  },
  {
    id: "evt_6",
    type: "invoice_payment.fetched",
    data: {
      object: {
        object: "list",
        data: [{
          id: "inpay_1",
          invoice: "in_1",
          amount_paid: 2900,
          status: "paid",
          payment: { type: "payment_intent", payment_intent: { id: "pi_1" } },
        }],
      },
    },
  },
  {
    id: "evt_7",
    type: "customer.updated",
    data: {
      object: { id: "cus_ada", email: "ada@example.com", metadata: { user_id: "ada" } },
      previous_attributes: { email: null, metadata: { user_id: null } },
    },
  },
  {
    id: "evt_8",
    type: "price.fetched",
    data: {
      object: {
        id: "price_a",
        active: true,
        unit_amount: 2900,
        currency: "eur",
        recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
        product: { id: "prod_a", active: true, name: "Intro", images: ["https://a.example/x"] },
      },
      previous_attributes: { active: false, recurring: { interval: "week" } },
    },
  },
];

const ODD_VALUES: unknown[] = [
  null,
  true,
  "",
  "2900",
  -1,
  0.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  "x".repeat(256),
  [],
  {},
  [[null]],
  "a\u0000\ud800b",
  { id: "\u0000" },
  { id: { id: { id: "x" } } },
  { data: [null, 1, "x", { id: "x\udfff" }] },
  { data: { data: [] } },
  JSON.parse('{"__proto__": {"id": "x"}, "constructor": 1, "toString": null}'),
];

/** A seeded random source (mulberry32), so that a failure can be repeated. */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A copy in which about one value in ten is malformed, and one field in twenty is missing. */
function mutated(value: unknown, random: () => number): unknown {
  if (random() < 0.1) return ODD_VALUES[Math.floor(random() * ODD_VALUES.length)];
  if (Array.isArray(value)) return value.map((member) => mutated(member, random));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(() => random() >= 0.05);
  return Object.fromEntries(kept.map(([field, inner]) => [field, mutated(inner, random)]));
}

const IDS = /^(id|.*_ids?)$/;
const TIMES = /^(created|cancel_at|ended_at|trial_end|(current_)?period_(start|end))$/;
const END_OF_TIME = Date.UTC(10_000, 0, 1) / 1_000;

/** Only values that jsonb, the columns and their indexes accept: none is out of range or too long. */
function assertStorable(value: unknown, field = ""): void {
  if (typeof value === "string") {
    assert.ok(value.isWellFormed() && !value.includes("\0"));
    if (IDS.test(field)) assert.ok(value.length <= 255, field);
  } else if (typeof value === "number") {
    assert.ok(Number.isSafeInteger(value) && value >= 0);
    if (TIMES.test(field)) assert.ok(value < END_OF_TIME, field);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      assertStorable(inner, Array.isArray(value) ? field : key);
    }
  } else assert.ok(typeof value === "boolean" || value === null);
}

Deno.test("translate() returns storable facts for any mutation of an event", () => {
  const random = randomFrom(20_140_101);
  let telling = 0;
  for (let round = 0; round < 20_000; round++) {
    const { type, data } = EVENTS[round % EVENTS.length]!;
    const fields = Object.entries(data).map(([field, value]) => [field, mutated(value, random)]);
    const mutation = { type, data: Object.fromEntries(fields) };
    const before = JSON.stringify(mutation);
    const answer = translate(mutation);

    answer.forEach((fact) => assertStorable(fact));
    unknownValues(mutation).forEach((field) => assert.match(field, UNKNOWN));
    assert.equal(JSON.stringify(mutation), before);
    if (answer.length > 0) telling++;
  }
  assert.ok(telling > 12_000, "most mutations still give facts");
});

Deno.test("envelope() returns a result for any mutation of an event", () => {
  const random = randomFrom(20_260_930);
  for (let round = 0; round < 5_000; round++) {
    assertStorable(envelope(mutated(EVENTS[round % EVENTS.length], random)));
  }
});

Deno.test("an object nested ten thousand deep is read like any other", () => {
  const deep = JSON.parse('{"id":'.repeat(10_000) + '"x"' + "}".repeat(10_000));
  assert.deepEqual(translate({ type: "charge.failed", data: { object: deep } }), []);
  const object = { id: "ch_1", payment_intent: deep, refunds: { data: [deep] } };
  assert.equal(translate({ type: "charge.failed", data: { object } }).length, 1);
  const data = { object: { ...deep, id: "cus_ada", metadata: deep }, previous_attributes: deep };
  assert.equal(translate({ type: "customer.updated", data }).length, 1);
});
