import assert from "node:assert/strict";
import type { JsonObject } from "./json.ts";
import { priceListing } from "./price_listing.ts";
import { translate } from "./translate.ts";

const MONTHLY = {
  id: "price_1",
  object: "price",
  active: true,
  billing_scheme: "per_unit",
  currency: "eur",
  nickname: "Monthly",
  product: "prod_1",
  recurring: { interval: "month", interval_count: 3, usage_type: "licensed" },
  tax_behavior: "inclusive",
  type: "recurring",
  unit_amount: 900,
  unit_amount_decimal: "900",
};

function read(fields: JsonObject, type = "price.updated") {
  return priceListing.read("price_1", { ...MONTHLY, ...fields }, type, null);
}

Deno.test("priceListing.read() reads what a list of prices shows", () => {
  assert.deepEqual(read({}), {
    kind: "price_listing",
    id: "price_1",
    product_id: "prod_1",
    nickname: "Monthly",
    amount: 900,
    varies_by: null,
    currency: "eur",
    interval: "month",
    interval_count: 3,
    tax_behavior: "inclusive",
    is_active: true,
    is_deleted: false,
    type_rank: 2,
    changed_from: {},
  });
});

Deno.test("a one-time price has no interval, and a free one costs 0", () => {
  const { amount, interval, interval_count } = read({
    recurring: null,
    type: "one_time",
    unit_amount: 0,
  });
  assert.deepEqual([amount, interval, interval_count], [0, null, null]);
});

Deno.test("a price without a fixed amount says why, in Stripe's word", () => {
  const metered = { ...MONTHLY.recurring, usage_type: "metered" };
  const cases: [JsonObject, string][] = [
    [{ billing_scheme: "tiered", unit_amount: null, tiers_mode: "volume" }, "tiers"],
    [{ custom_unit_amount: { minimum: 500 }, unit_amount: null }, "custom_unit_amount"],
    [{ recurring: metered }, "metered"],
    [{ transform_quantity: { divide_by: 10, round: "up" } }, "transform_quantity"],
    [{ unit_amount: null, unit_amount_decimal: "0.5" }, "unit_amount_decimal"],
  ];
  for (const [fields, word] of cases) {
    const { amount, varies_by } = read(fields);
    assert.deepEqual([amount, varies_by], [null, word]);
  }
});

Deno.test("an archived, a deleted and a missing price are not active", () => {
  assert.equal(read({ active: false }).is_active, false);
  const deleted = read({}, "price.deleted");
  assert.deepEqual([deleted.is_active, deleted.is_deleted], [false, true]);
  const gone = priceListing.read(
    "price_1",
    { id: "price_1", deleted: true },
    "price.fetched",
    null,
  );
  assert.deepEqual([gone.is_active, gone.is_deleted], [false, false]);
});

Deno.test("an event of a price says too whether it recurs", () => {
  const event = { type: "price.created", data: { object: MONTHLY } };
  assert.deepEqual(translate(event).map(({ kind, id }) => [kind, id]), [
    ["price_listing", "price_1"],
    ["price", "price_1"],
  ]);
});

Deno.test("a price that was read brings its product", () => {
  const product = { id: "prod_1", object: "product", active: true, name: "Whisper" };
  const event = { type: "price.fetched", data: { object: { ...MONTHLY, product } } };
  const [listing, , bought] = translate(event);
  assert.ok(listing?.kind === "price_listing" && bought?.kind === "product");
  assert.deepEqual([listing.product_id, bought.id, bought.name], ["prod_1", "prod_1", "Whisper"]);
});

Deno.test("what changed in a price is in changed_from", () => {
  const former = { active: false, metadata: { tag: "a" } };
  const { changed_from } = priceListing.read("price_1", MONTHLY, "price.updated", former);
  assert.deepEqual(changed_from, { is_active: false });
});

Deno.test("a price inside a line or an item is no listing, because it may be an old copy", () => {
  const lines = { data: [{ id: "il_1", price: MONTHLY }] };
  const event = { type: "invoice.paid", data: { object: { id: "in_1", lines } } };
  const kinds = new Set<string>(translate(event).map(({ kind }) => kind));
  assert.deepEqual(kinds, new Set(["invoice", "price"]));
});
