import assert from "node:assert/strict";
import { subscription } from "./subscription.ts";

const UPDATED = "customer.subscription.updated";
const PERIOD = { current_period_start: 1_700_000_000, current_period_end: 1_702_592_000 };
const NEXT = { current_period_start: 1_702_592_000, current_period_end: 1_705_270_400 };

function itemsOf(object: Record<string, unknown>) {
  return subscription.read("sub_1", object, UPDATED, null).items;
}

Deno.test("subscription() reads the whole snapshot", () => {
  const object = {
    status: "active",
    created: 1_700_000_000,
    customer: "cus_ada",
    latest_invoice: { id: "in_1" },
    collection_method: "send_invoice",
    cancel_at: 1_702_592_000,
    cancel_at_period_end: true,
    ended_at: null,
    trial_end: null,
    metadata: { user_id: "ada" },
    items: { data: [{ id: "si_1", price: { id: "price_a" }, quantity: 2, ...PERIOD }] },
  };
  assert.deepEqual(subscription.read("sub_1", object, UPDATED, null), {
    kind: "subscription",
    id: "sub_1",
    status: "active",
    is_paused: false,
    type_rank: 2,
    changed_from: {},
    created: 1_700_000_000,
    customer_id: "cus_ada",
    latest_invoice_id: "in_1",
    collection_method: "send_invoice",
    cancel_at: 1_702_592_000,
    cancel_at_period_end: true,
    ended_at: null,
    trial_end: null,
    user_ref: "ada",
    module_ref: null,
    items: [{ id: "si_1", price_id: "price_a", quantity: 2, ...PERIOD }],
    items_complete: true,
  });
});

Deno.test("up to 2025-02-24 all items share the period of the subscription", () => {
  const object = { items: { data: [{ price: { id: "price_a" } }] }, ...PERIOD };
  assert.deepEqual(itemsOf(object), [{ id: null, price_id: "price_a", quantity: 1, ...PERIOD }]);
});

Deno.test("if both item and subscription have a period, the item's own counts", () => {
  const object = { items: { data: [{ price: { id: "price_a" }, ...NEXT }] }, ...PERIOD };
  assert.deepEqual(itemsOf(object), [{ id: null, price_id: "price_a", quantity: 1, ...NEXT }]);
});

Deno.test("items with mixed intervals keep their own periods", () => {
  const data = [{ price: { id: "price_a" }, ...PERIOD }, { price: { id: "price_b" }, ...NEXT }];
  const ends = itemsOf({ items: { data } }).map((item) => item.current_period_end);
  assert.deepEqual(ends, [PERIOD.current_period_end, NEXT.current_period_end]);
});

Deno.test("the price of an item is an object, an id, or an old plan", () => {
  const data = [{ price: { id: "price_a" } }, { price: "price_b" }, { plan: { id: "plan_c" } }, {}];
  const prices = itemsOf({ items: { data } }).map((item) => item.price_id);
  assert.deepEqual(prices, ["price_a", "price_b", "plan_c"]);
});

Deno.test("a subscription from before 2016 counts as its own only item", () => {
  const object = { plan: { id: "plan_a" }, quantity: 3, ...PERIOD };
  assert.deepEqual(itemsOf(object), [{ id: null, price_id: "plan_a", quantity: 3, ...PERIOD }]);
});

Deno.test("an update that waits for its payment is not in the items", () => {
  const object = {
    items: { data: [{ price: { id: "price_a" } }] },
    pending_update: { subscription_items: [{ price: { id: "price_b" } }] },
  };
  assert.deepEqual(itemsOf(object).map((item) => item.price_id), ["price_a"]);
});

Deno.test("every status Stripe has is kept as it is", () => {
  const statuses = [
    "incomplete",
    "trialing",
    "active",
    "past_due",
    "unpaid",
    "paused",
    "canceled",
    "incomplete_expired",
  ];
  for (const status of statuses) {
    assert.equal(subscription.read("sub_1", { status }, UPDATED, null).status, status);
  }
});

Deno.test("an unexpected status is read as unknown", () => {
  for (const status of ["hibernating", null, undefined, 1]) {
    assert.equal(subscription.read("sub_1", { status }, UPDATED, null).status, "unknown");
  }
});

Deno.test("a deleted subscription is canceled, whatever the status field says", () => {
  const fact = subscription.read(
    "sub_1",
    { status: "active" },
    "customer.subscription.deleted",
    null,
  );
  assert.equal(fact.status, "canceled");
});

Deno.test("a subscription that Stripe no longer has is canceled", () => {
  const fact = subscription.read("sub_1", { deleted: true }, "customer.subscription.fetched", null);
  assert.equal(fact.status, "canceled");
});

Deno.test("pause_collection does not change the status to paused", () => {
  const pause_collection = { behavior: "void", resumes_at: null };
  const fact = subscription.read("sub_1", { status: "active", pause_collection }, UPDATED, null);
  assert.deepEqual([fact.status, fact.is_paused], ["active", true]);
  const resumed = { status: "active", pause_collection: null };
  assert.equal(subscription.read("sub_1", resumed, UPDATED, null).is_paused, false);
});

Deno.test("a list with more items at Stripe is not complete", () => {
  const data = [{ price: { id: "price_a" } }];
  for (const [has_more, complete] of [[true, false], [false, true], [undefined, true]]) {
    const fact = subscription.read("sub_1", { items: { data, has_more } }, UPDATED, null);
    assert.equal(fact.items_complete, complete);
  }
});

Deno.test("changed_from has the former values, translated", () => {
  const data = [{ id: "si_1", price: { id: "price_b" }, quantity: 1, ...NEXT }];
  const object = { status: "active", latest_invoice: "in_2", items: { data }, metadata: {} };
  const former = {
    status: "past_due",
    latest_invoice: "in_1",
    items: { data: [{ id: "si_1", price: { id: "price_a" }, quantity: 1, ...PERIOD }] },
    description: "nothing of ours",
  };
  assert.deepEqual(subscription.read("sub_1", object, UPDATED, former).changed_from, {
    status: "past_due",
    latest_invoice_id: "in_1",
    items: [{ id: "si_1", price_id: "price_a", quantity: 1, ...PERIOD }],
  });
});

Deno.test("up to 2025-02-24 a changed period of the subscription is a change of every item", () => {
  const object = { items: { data: [{ price: { id: "price_a" } }] }, ...NEXT };
  assert.deepEqual(subscription.read("sub_1", object, UPDATED, PERIOD).changed_from, {
    items: [{ id: null, price_id: "price_a", quantity: 1, ...PERIOD }],
  });
});

Deno.test("in one second, the type of the event orders the snapshots", () => {
  const ranks = {
    created: 0,
    trial_will_end: 1,
    pending_update_applied: 1,
    pending_update_expired: 1,
    updated: 2,
    paused: 2,
    resumed: 2,
    fetched: 2,
    deleted: 3,
  };
  for (const [verb, rank] of Object.entries(ranks)) {
    assert.equal(
      subscription.read("sub_1", {}, `customer.subscription.${verb}`, null).type_rank,
      rank,
      verb,
    );
  }
});

Deno.test("invoices are charged unless the subscription says that they are sent", () => {
  const methodOf = (object: Record<string, unknown>) =>
    subscription.read("sub_1", object, UPDATED, null).collection_method;
  assert.equal(methodOf({}), "charge_automatically");
  assert.equal(methodOf({ collection_method: "charge_automatically" }), "charge_automatically");
  assert.equal(
    methodOf({ billing: "send_invoice" }),
    "send_invoice",
    "as it was called up to 2019",
  );
});
