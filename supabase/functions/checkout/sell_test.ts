import assert from "node:assert/strict";
import { inboxEvent } from "../_shared/testing.ts";
import type { CheckoutSessionFact } from "../_shared/facts/checkout_session.ts";
import type { PurchaseRequest } from "./purchase_request.ts";
import type { Offer } from "./rows.ts";
import { sell } from "./sell.ts";
import type { Made, Shop } from "./shop.ts";
import type { Deps } from "./deps.ts";

const ada = { id: "ada00000-0000-4000-8000-000000000001", email: null };
const page = new URL("https://example.com/");
const wanted: PurchaseRequest = {
  module: "whisper",
  price: null,
  page,
  promotionCode: null,
  quantity: 1,
  locale: null,
  uiMode: "hosted",
};

const SOLD: Offer = {
  reason: null,
  modules: [],
  prices: [{ price: "price_1", modules: [], former_sessions: 0 }],
  doubts: [],
  customer_id: "cus_ada",
  former_customers: 0,
};

function seen(id: string, status: CheckoutSessionFact["status"]) {
  const fact = {
    kind: "checkout_session",
    id,
    status,
    subscription_id: null,
  } as CheckoutSessionFact;
  return inboxEvent(`fetch_${id}`, { facts: [fact] });
}

function made(id: string, isReplayed = false): Made {
  const event = seen(id, "open");
  return { id, url: `https://pay/${id}`, clientSecret: `${id}_secret`, isReplayed, event };
}

/** Dependencies in which the database answers one offer after the other, and then repeats the last one. */
function depsOf(offers: Offer[], shop: Partial<Shop>, status: CheckoutSessionFact["status"]) {
  const stored: string[] = [];
  const deps = {
    livemode: false,
    call: () => Promise.resolve([offers.length > 1 ? offers.shift() : offers[0]]),
    applyEvents: (events) => Promise.resolve(void stored.push(...events.map(({ id }) => id))),
    stripeClient: () =>
      Promise.resolve({
        readFromStripe: (id) => Promise.resolve([seen(id, status)]),
        shop: {
          readPrice: (id) =>
            Promise.resolve({
              id,
              product: "prod_1",
              mode: "payment",
              isMetered: false,
              amount: 1,
              currency: "eur",
              interval: null,
              interval_count: 1,
            }),
          ...shop,
        } as Shop,
      }),
  } as Partial<Deps> as Deps;
  return { deps, stored };
}

Deno.test("a new session is stored before its address is answered", async () => {
  const { deps, stored } = depsOf([SOLD], {
    makeSession: () => Promise.resolve(made("cs_1")),
  }, "open");
  assert.deepEqual(await sell({ deps, member: ada, wanted }), { url: "https://pay/cs_1" });
  assert.deepEqual(stored, ["fetch_cs_1"]);
});

Deno.test("an embedded session is answered with its secret alone", async () => {
  const { deps } = depsOf([SOLD], { makeSession: () => Promise.resolve(made("cs_1")) }, "open");
  const embedded = { ...wanted, uiMode: "embedded" } as const;
  assert.deepEqual(await sell({ deps, member: ada, wanted: embedded }), {
    client_secret: "cs_1_secret",
  });
});

Deno.test("a larger quantity than the price allows is refused, with the maximum, before anything is made", async () => {
  const [price] = SOLD.prices;
  const { deps, stored } = depsOf([{ ...SOLD, prices: [{ ...price!, max_quantity: 3 }] }], {
    makeSession: () => Promise.resolve(made("cs_1")),
  }, "open");
  await assert.rejects(sell({ deps, member: ada, wanted: { ...wanted, quantity: 4 } }), {
    code: "invalid_request",
    more: {
      members: {
        detail: "quantity is more than this price allows; max_quantity says how many.",
        max_quantity: 3,
      },
    },
  });
  assert.deepEqual(stored, []);
  await sell({ deps, member: ada, wanted: { ...wanted, quantity: 3 } });
});

Deno.test("with release 0.2.0 of the database, which has no terms, one is sold without trial", async () => {
  const asked: unknown[] = [];
  const { deps } = depsOf([SOLD], {
    makeSession: (params) => {
      asked.push(params.line_items, params.subscription_data, params.allow_promotion_codes);
      return Promise.resolve(made("cs_1"));
    },
  }, "open");
  await sell({ deps, member: ada, wanted });
  assert.deepEqual(asked, [[{ price: "price_1", quantity: 1 }], undefined, undefined]);
  await assert.rejects(sell({ deps, member: ada, wanted: { ...wanted, quantity: 2 } }), {
    code: "invalid_request",
  });
});

Deno.test("a code that does not exist makes neither a customer nor a session", async () => {
  const { deps, stored } = depsOf([{ ...SOLD, customer_id: null }], {
    readPromotionCode: () => Promise.resolve(null),
  }, "open");
  const withCode = { ...wanted, promotionCode: "LAUNCH20" };
  await assert.rejects(sell({ deps, member: ada, wanted: withCode }), { code: "no_such_code" });
  assert.deepEqual(stored, []);
});

Deno.test("a replayed session that is paid by now is stored, and nothing is sold", async () => {
  const { deps, stored } = depsOf([SOLD, { ...SOLD, reason: "already_owned" }], {
    makeSession: () => Promise.resolve(made("cs_1", true)),
  }, "complete");
  await assert.rejects(sell({ deps, member: ada, wanted }), { code: "already_owned" });
  assert.deepEqual(stored, ["fetch_cs_1"]);
});

Deno.test("when a session is paid while another one is made, the buyer is not sent to the other", async () => {
  const withDoubts = { ...SOLD, doubts: ["cs_1"] };
  const { deps } = depsOf([withDoubts, withDoubts, { ...SOLD, reason: "already_owned" }], {
    makeSession: () => Promise.resolve(made("cs_2")),
    expireSession: () => Promise.resolve(false),
  }, "open");
  await assert.rejects(sell({ deps, member: ada, wanted }), { code: "already_owned" });
});

Deno.test("when no session stays open, the buyer gets unavailable after three attempts", async () => {
  let attempts = 0;
  const { deps } = depsOf([SOLD], {
    makeSession: () => Promise.resolve(made(`cs_${++attempts}`, true)),
  }, "expired");
  await assert.rejects(sell({ deps, member: ada, wanted }), {
    code: "unavailable",
    more: { reason: "restless_session", headers: { "retry-after": "5" } },
  });
  assert.equal(attempts, 3);
});
