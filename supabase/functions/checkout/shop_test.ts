import assert from "node:assert/strict";
import { missing, withStripe } from "../_shared/stripe/testing_stripe.ts";
import { type Shop, shopAt } from "./shop.ts";

function shop(base: URL): Shop {
  return shopAt({ key: "sk_test_1", base }, false);
}

/** Stripe's answer to an invalid request. */
function refused(status: number, error: Record<string, unknown>): Response {
  const body = { error: { type: "invalid_request_error", message: "ada@example.com", ...error } };
  return Response.json(body, { status });
}

const SESSION = { mode: "payment", metadata: { user_id: "ada" } } as const;

Deno.test("a price is read with everything that a page shows", async () => {
  const recurring = { interval: "month", interval_count: 3, usage_type: "metered" };
  const product = "prod_1";
  const price = {
    id: "price_1",
    product,
    active: true,
    unit_amount: 900,
    currency: "eur",
    recurring,
  };
  await withStripe(() => Response.json(price), async (base) => {
    assert.deepEqual(await shop(base).readPrice("price_1"), {
      id: "price_1",
      product: "prod_1",
      mode: "subscription",
      isMetered: true,
      amount: 900,
      currency: "eur",
      interval: "month",
      interval_count: 3,
    });
  });
});

Deno.test("a price that is archived or missing is not sold", async () => {
  await withStripe(() => Response.json({ id: "price_1", active: false }), async (base) => {
    assert.equal(await shop(base).readPrice("price_1"), null);
  });
  await withStripe(missing, async (base) => {
    assert.equal(await shop(base).readPrice("price_1"), null);
  });
});

Deno.test("a new session gives a fact with its lines and its sum, so it is not read again", async () => {
  const line_items = { object: "list", data: [{ id: "li_1", price: { id: "price_1" } }] };
  const object = { id: "cs_1", status: "open", amount_subtotal: 2_900, line_items };
  await withStripe(() => Response.json(object), async (base) => {
    const made = await shop(base).makeSession(SESSION, 0);
    const [fact] = typeof made === "string" ? [] : made.event.facts;
    assert.ok(fact?.kind === "checkout_session");
    assert.deepEqual(
      [fact.status, fact.price_ids, fact.amount_subtotal, fact.has_optional_items],
      ["open", ["price_1"], 2_900, false],
    );
  });
});

Deno.test("a session comes with its event, and its idempotency key follows from the parameters", async () => {
  const keys: (string | null)[] = [];
  const object = {
    id: "cs_1",
    object: "checkout.session",
    url: "https://pay",
    metadata: SESSION.metadata,
  };
  await withStripe((_, nth) => {
    const headers: Record<string, string> = nth > 1 ? { "idempotent-replayed": "true" } : {};
    return Response.json(object, { headers });
  }, async (base, asked) => {
    for (const former of [0, 0, 1]) {
      const made = await shop(base).makeSession(SESSION, former);
      assert.ok(typeof made !== "string");
      const { id, url, isReplayed, event } = made;
      assert.deepEqual([id, url, isReplayed], ["cs_1", "https://pay", asked.length > 1]);
      assert.deepEqual([event.type, event.livemode, event.object_id], [
        "checkout.session.fetched",
        false,
        "cs_1",
      ]);
      const [fact] = event.facts;
      assert.ok(fact?.kind === "checkout_session" && fact.user_ref === "ada");
      keys.push(asked.at(-1)?.headers.get("idempotency-key") ?? null);
    }
  });
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[0], keys[2]);
});

Deno.test("a missing customer gets another error than any other missing object", async () => {
  const gone = { code: "resource_missing", param: "customer" };
  await withStripe(() => refused(400, gone), async (base) => {
    assert.equal(await shop(base).makeSession(SESSION, 0), "no_customer");
    assert.equal(await shop(base).openPortal("cus_1", new URL("https://site")), "no_customer");
  });
  const other = { code: "resource_missing", param: "discounts[0][coupon]" };
  await withStripe(() => refused(400, other), async (base) => {
    await assert.rejects(shop(base).makeSession(SESSION, 0), {
      code: "internal",
      more: { reason: "Stripe: resource_missing discounts[0][coupon]" },
    });
  });
});

Deno.test("an address that Stripe refuses is left out, and the member can buy", async () => {
  const answers = [
    () => refused(400, { code: "email_invalid", param: "email" }),
    () => Response.json({ id: "cus_1", object: "customer", metadata: {} }),
  ];
  await withStripe((_, nth) => answers[nth - 1]!(), async (base, asked) => {
    const params = { email: "añil@example.com", metadata: { user_id: "ada" } };
    assert.equal((await shop(base).makeCustomer(params, 0)).id, "cus_1");
    assert.equal(asked.length, 2);
  });
  await withStripe(() => refused(400, { param: "name" }), async (base) => {
    await assert.rejects(shop(base).makeCustomer({}, 0), { code: "internal" });
  });
});

Deno.test("a price whose product is archived is not for sale, though it is active itself", async () => {
  await withStripe(() => refused(400, { param: "line_items[0][price]" }), async (base) => {
    await assert.rejects(shop(base).makeSession(SESSION, 0), {
      code: "not_for_sale",
      more: { reason: "Stripe: StripeInvalidRequestError line_items[0][price]" },
    });
  });
});

Deno.test("a code that Stripe refuses when the session is made is answered as code_refused", async () => {
  const withCode = { ...SESSION, discounts: [{ promotion_code: "promo_1" }] };
  for (
    const error of [
      { param: "discounts[0][promotion_code]" },
      { message: "This promotion code cannot be redeemed because the associated customer has …" },
      { message: "Coupon expired: LAUNCH" },
    ]
  ) {
    await withStripe(() => refused(400, error), async (base) => {
      await assert.rejects(shop(base).makeSession(withCode, 0), { code: "code_refused" });
    });
  }
  await withStripe(() => refused(400, { param: "automatic_tax" }), async (base) => {
    await assert.rejects(shop(base).makeSession(withCode, 0), {
      code: "internal",
      more: { reason: "Stripe: StripeInvalidRequestError automatic_tax" },
    });
  });
});

const CODE = {
  id: "promo_1",
  active: true,
  customer: null,
  promotion: {
    type: "coupon",
    coupon: { id: "c_1", valid: true, amount_off: null, currency: null },
  },
};

/** What `readPromotionCode` finds for cus_ada among these codes of Stripe. */
async function found(...codes: object[]) {
  const page = { object: "list", has_more: false, data: codes };
  let result: unknown;
  await withStripe(() => Response.json(page), async (base, asked) => {
    result = await shop(base).readPromotionCode("launch20", "cus_ada");
    assert.match(
      asked[0]!.path,
      /^\/v1\/promotion_codes\?code=launch20&customer=cus_ada&active=true/,
    );
  });
  return result;
}

function withCoupon(fields: object) {
  const { promotion } = CODE;
  return { ...CODE, promotion: { ...promotion, coupon: { ...promotion.coupon, ...fields } } };
}

Deno.test("a promotion code is read with the products and currencies of its coupon", async () => {
  assert.deepEqual(await found(CODE), { id: "promo_1", products: null, currencies: null });
  const limited = withCoupon({
    amount_off: 500,
    currency: "eur",
    currency_options: { eur: { amount_off: 500 }, usd: { amount_off: 600 } },
    applies_to: { products: ["prod_1"] },
  });
  assert.deepEqual(await found(limited), {
    id: "promo_1",
    products: ["prod_1"],
    currencies: ["eur", "eur", "usd"],
  });
});

Deno.test("a code of another customer is as unknown as a code that is over", async () => {
  const ofBob = { ...CODE, customer: "cus_bob" };
  assert.equal(await found(), null);
  assert.equal(await found(ofBob), null);
  assert.equal(await found({ ...CODE, active: false }), null);
  assert.equal(await found(withCoupon({ valid: false })), null);
  const ofAda = { ...CODE, id: "promo_ada", customer: "cus_ada" };
  assert.deepEqual(await found(ofBob, ofAda), {
    id: "promo_ada",
    products: null,
    currencies: null,
  });
});

Deno.test("an embedded session comes with its secret, and without an address", async () => {
  const object = {
    id: "cs_1",
    object: "checkout.session",
    url: null,
    client_secret: "cs_1_secret",
  };
  await withStripe(() => Response.json(object), async (base) => {
    const made = await shop(base).makeSession({ ...SESSION, ui_mode: "embedded_page" }, 0);
    assert.ok(typeof made !== "string");
    assert.deepEqual([made.url, made.clientSecret], ["", "cs_1_secret"]);
    assert.doesNotMatch(JSON.stringify(made.event), /secret/);
  });
});

Deno.test("a subscription in another currency is answered as other_currency", async () => {
  const message = "You cannot combine currencies on a single customer. This customer has …";
  await withStripe(() => refused(400, { message }), async (base) => {
    assert.equal(await shop(base).makeSession(SESSION, 0), "other_currency");
  });
});

Deno.test("given a failure that Stripe repeats for its key, a new key is tried", async () => {
  const failed = (headers: Record<string, string>) =>
    Response.json({ error: { type: "api_error" } }, {
      status: 500,
      headers: { "stripe-should-retry": "false", ...headers },
    });
  await withStripe((_, nth) => {
    if (nth === 1) return failed({});
    if (nth === 2) return failed({ "idempotent-replayed": "true" });
    return Response.json({ id: "cs_1", object: "checkout.session", metadata: {} });
  }, async (base, asked) => {
    await assert.rejects(shop(base).makeSession(SESSION, 0), { code: "unavailable" });
    const made = await shop(base).makeSession(SESSION, 0);
    assert.ok(typeof made !== "string" && made.id === "cs_1");
    const [first, again, other] = asked.map(({ headers }) => headers.get("idempotency-key"));
    assert.equal(again, first);
    assert.match(other ?? "", new RegExp(`^${first}-\\d+$`));
  });
});

Deno.test("a session that is over cannot be expired", async () => {
  await withStripe(() => refused(400, {}), async (base) => {
    assert.equal(await shop(base).expireSession("cs_1"), false);
  });
  await withStripe(() => Response.json({ id: "cs_1" }), async (base) => {
    assert.equal(await shop(base).expireSession("cs_1"), true);
  });
});

Deno.test("an error of Stripe that may pass gives unavailable, without Stripe's message", async () => {
  for (const status of [401, 429, 500]) {
    const answer = () => Response.json({ error: { message: "ada@example.com" } }, { status });
    await withStripe(answer, async (base) => {
      await assert.rejects(shop(base).makeCustomer({}, 0), {
        code: "unavailable",
        more: { reason: `HTTP ${status}`, headers: { "retry-after": "5" } },
      });
    });
  }
});
