import assert from "node:assert/strict";
import type { MappedPrice } from "./rows.ts";
import { choosePrice } from "./choose_price.ts";
import type { Shop } from "./shop.ts";

function mapped(price: string): MappedPrice {
  return { price, modules: [], former_sessions: 0 };
}

/** A shop that sells these prices at these amounts. */
function shop(sold: Record<string, number>): Shop {
  return {
    readPrice: (id: string) => {
      const amount = sold[id];
      return Promise.resolve(
        amount === undefined ? null : {
          id,
          product: "prod_1",
          mode: "payment",
          isMetered: false,
          amount,
          currency: "eur",
          interval: null,
          interval_count: 1,
        },
      );
    },
  } as Partial<Shop> as Shop;
}

Deno.test("the only active price is chosen, whatever else is mapped", async () => {
  const { price, mapped: found } = await choosePrice(
    shop({ price_2: 900 }),
    ["price_1", "price_2"].map(mapped),
  );
  assert.deepEqual([price.id, found.price], ["price_2", "price_2"]);
});

Deno.test("given several active prices, choose_price lists them with everything that a page shows", async () => {
  const choosing = choosePrice(
    shop({ price_1: 2_900, price_2: 900 }),
    ["price_1", "price_2"].map(mapped),
  );
  const shared = {
    currency: "eur",
    interval: null,
    interval_count: 1,
    trial_days: null,
    max_quantity: 1,
    modules: [],
  };
  await assert.rejects(choosing, {
    code: "choose_price",
    more: {
      members: {
        prices: [
          { price: "price_1", amount: 2_900, ...shared },
          { price: "price_2", amount: 900, ...shared },
        ],
      },
    },
  });
});

Deno.test("without an active price the module is not_for_sale", async () => {
  await assert.rejects(choosePrice(shop({}), [mapped("price_1")]), { code: "not_for_sale" });
});
