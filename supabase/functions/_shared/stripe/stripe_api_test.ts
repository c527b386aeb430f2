import assert from "node:assert/strict";
import { delay } from "../delay.ts";
import type { Ask } from "./ask.ts";
import { stripeApi } from "./stripe_api.ts";
import { missing, withStripe } from "./testing_stripe.ts";

const PATH = "/v1/customers/cus_ada";

/** A second of Stripe's clock, which differs from ours. */
const DATE = 1_700_000_000;
const DATED = { date: new Date(1_000 * DATE).toUTCString() };

function api(base: URL, timeLimit?: number): Ask {
  return stripeApi({ key: "sk_test_1", base }, timeLimit);
}

function customer(headers: Record<string, string> = {}): Response {
  return Response.json({ id: "cus_ada" }, { headers });
}

function failing(status: number, headers: Record<string, string> = {}): Response {
  const error = { type: "api_error", message: "ada@example.com" };
  return Response.json({ error }, { status, headers });
}

/** The fields of an error. */
function reasoned(reason: string) {
  return { reason, headers: { "retry-after": "5" } };
}

Deno.test("an object is read with the key, for our own account or for another", async () => {
  await withStripe(() => customer(), async (base, asked) => {
    const ask = api(base);
    assert.deepEqual((await ask(`${PATH}?expand[]=tax`, null)).object, { id: "cus_ada" });
    await ask(PATH, "acct_1");
    assert.deepEqual(asked.map(({ method, path }) => [method, path]), [
      ["GET", `${PATH}?expand[]=tax`],
      ["GET", PATH],
    ]);
    for (const { headers } of asked) assert.equal(headers.get("authorization"), "Bearer sk_test_1");
    assert.deepEqual(asked.map(({ headers }) => headers.get("stripe-context")), [null, "acct_1"]);
  });
});

Deno.test("the stamp is the second at which the request started, by Stripe's clock", async () => {
  const stamps = [[0, DATE - 1], [1_050, DATE - 2]] as const;
  for (const [milliseconds, stamp] of stamps) {
    await withStripe(async () => {
      await delay(milliseconds);
      return customer(DATED);
    }, async (base) => {
      // Stripe writes whole seconds, and a stamp may be too old but never too new.
      assert.equal((await api(base)(PATH, null)).stamp, stamp);
    });
  }
});

Deno.test("an attempt that failed does not make the stamp of the next one older", async () => {
  await withStripe(async (_path, nth) => {
    if (nth > 1) return customer(DATED);
    await delay(600);
    return failing(500);
  }, async (base, asked) => {
    assert.equal((await api(base)(PATH, null)).stamp, DATE - 1);
    assert.equal(asked.length, 2);
  });
});

Deno.test("an object that Stripe does not have is null, with its stamp", async () => {
  await withStripe(missing, async (base, asked) => {
    const { object, stamp } = await api(base)(PATH, null);
    assert.equal(object, null);
    assert(Math.abs(stamp - Date.now() / 1_000) < 3);
    assert.equal(asked.length, 1);
  });
});

Deno.test("a 404 that is not about the object is an error", async () => {
  await withStripe(() => failing(404), async (base) => {
    await assert.rejects(api(base)(PATH, null), { more: reasoned("HTTP 404") });
  });
  await withStripe(() => new Response("<html>", { status: 404 }), async (base) => {
    await assert.rejects(api(base)(PATH, null), { code: "unavailable" });
  });
});

Deno.test("JSON that is not Stripe's is an error, and not an object", async () => {
  const message = "no route";
  await withStripe(() => Response.json({ message }, { status: 404 }), async (base, asked) => {
    await assert.rejects(api(base)(PATH, null), { more: reasoned("HTTP 404") });
    assert.equal(asked.length, 1);
  });
});

Deno.test("a request that got 429 is tried again after the requested time", async () => {
  const busy = () => failing(429, { "retry-after": "1" });
  await withStripe((_path, nth) => nth === 1 ? busy() : customer(), async (base, asked) => {
    const started = performance.now();
    assert.deepEqual((await api(base)(PATH, null)).object, { id: "cus_ada" });
    assert(performance.now() - started >= 1_000);
    assert.equal(asked.length, 2);
  });
});

Deno.test("a request that got 500 is tried three times, or only once if Stripe says so", async () => {
  await withStripe(() => failing(500), async (base, asked) => {
    await assert.rejects(api(base)(PATH, null), {
      code: "unavailable",
      message: "unavailable",
      more: reasoned("HTTP 500"),
    });
    assert.equal(asked.length, 3);
  });
  const final = () => failing(500, { "stripe-should-retry": "false" });
  await withStripe(final, async (base, asked) => {
    await assert.rejects(api(base)(PATH, null), { more: reasoned("HTTP 500") });
    assert.equal(asked.length, 1);
  });
});

Deno.test("a wrong key is an error, and is not tried again", async () => {
  await withStripe(() => failing(401), async (base, asked) => {
    await assert.rejects(api(base)(PATH, null), { more: reasoned("HTTP 401") });
    assert.equal(asked.length, 1);
  });
});

Deno.test("a request to a Stripe that hangs times out", async () => {
  let release = () => {};
  const hanging = new Promise<void>((resolve) => release = resolve);
  await withStripe(() => hanging.then(() => customer()), async (base) => {
    const started = performance.now();
    await assert.rejects(api(base, 50)(PATH, null), { more: reasoned("StripeConnectionError") });
    assert(performance.now() - started < 4_000);
    release();
  });
});

Deno.test("a Stripe that is down gives an error", async () => {
  let closed = new URL("http://localhost");
  await withStripe(() => customer(), (base) => Promise.resolve(void (closed = base)));
  await assert.rejects(api(closed)(PATH, null), { more: reasoned("StripeConnectionError") });
});

Deno.test("a redirect is not followed with the key", async () => {
  const away = () => new Response(null, { status: 307, headers: { location: "/elsewhere" } });
  await withStripe(away, async (base, asked) => {
    await assert.rejects(api(base)(PATH, null), { code: "unavailable" });
    assert(asked.every(({ path }) => path === PATH));
  });
});

Deno.test("no more than four requests are in flight at once", async () => {
  let [running, most] = [0, 0];
  await withStripe(async () => {
    most = Math.max(most, ++running);
    await delay(20);
    running--;
    return customer();
  }, async (base, asked) => {
    const ask = api(base);
    await Promise.all(Array.from({ length: 12 }, () => ask(PATH, null)));
    assert.deepEqual([asked.length, most], [12, 4]);
  });
});
