import assert from "node:assert/strict";
import type { CheckoutSessionFact } from "../_shared/facts/checkout_session.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import { delay } from "../_shared/delay.ts";
import { allApplied } from "../_shared/testing.ts";
import { withStripe } from "../_shared/stripe/testing_stripe.ts";
import { delivery, eventBody, signatureOf } from "./testing.ts";

const NAMES = [
  "STRIPE_WEBHOOK_SECRET",
  "STRIPE_SECRET_KEY",
  "STRIPE_CONNECT_ACCOUNTS",
  "STRIPE_API_BASE",
  "SESAME_DB_URL",
  "SUPABASE_URL",
  "SUPABASE_SECRET_KEYS",
  "SUPABASE_SERVICE_ROLE_KEY",
];

type Entry = { default: { fetch: (request: Request) => Promise<Response> } };

/** Boots the function afresh with these variables and no others. */
async function boot(variables: Record<string, string>): Promise<Entry> {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  NAMES.forEach((name) => Deno.env.delete(name));
  Object.entries(variables).forEach(([name, value]) => Deno.env.set(name, value));
  try {
    return await import(`./index.ts?${crypto.randomUUID()}`);
  } finally {
    NAMES.forEach((name) => Deno.env.delete(name));
    before.forEach(([name, value]) => value !== undefined && Deno.env.set(name, value));
  }
}

Deno.test("without its variables the function does not boot, and names them all", async () => {
  await assert.rejects(
    boot({ STRIPE_CONNECT_ACCOUNTS: "hunter2", STRIPE_API_BASE: "hunter2" }),
    (error: Error) => {
      for (const name of NAMES.filter((name) => name !== "SESAME_DB_URL")) {
        assert.match(error.message, new RegExp(name));
      }
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    },
  );
});

/** A Data API that gives these answers to events, and records the figures it receives. */
function openApi(answer: (events: Record<string, unknown>[]) => unknown) {
  const figures: Figures[] = [];
  const server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const asked = await request.json();
    if (!request.url.endsWith("/rpc/sesame_record_figures")) {
      return Response.json(answer(asked.events));
    }
    figures.push(asked.figures);
    return Response.json(null); // not a 204: behind one, a server of the hosted Deno does not shut down
  });
  return {
    url: `http://localhost:${server.addr.port}`,
    figures,
    /** Ends the worker first, as the platform does. Then it writes its counts. */
    async shutdown() {
      dispatchEvent(new Event("beforeunload"));
      await until(() => figures.length > 0);
      await delay(20); // the worker receives the answer
      await server.shutdown();
    },
  };
}

interface Figures {
  latencies: Record<string, unknown>[];
  deliveries: { kind: string; cause: string; calls: number }[];
}

/** Applies everything. Its first call requests that `pending` is read again. */
function dataApi(calls: Record<string, unknown>[][], pending: string[] | null = null) {
  return openApi((events) => {
    const fetch = calls.push(events) === 1 ? pending : null;
    return allApplied(events as unknown as InboxEvent[]).map((row) => ({ ...row, fetch }));
  });
}

/** Boots the function between a Data API and a Stripe. */
async function bootBetween(api: { url: string }, stripe: URL) {
  const { default: { fetch } } = await boot({
    STRIPE_WEBHOOK_SECRET: "whsec_old,whsec_ada",
    STRIPE_SECRET_KEY: "sk_test_1",
    STRIPE_API_BASE: stripe.origin,
    SUPABASE_URL: api.url,
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
  });
  return fetch;
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert(holds());
}

Deno.test("the prices of a sale are read before the call, and go into it", async () => {
  const calls: Record<string, unknown>[][] = [];
  const api = dataApi(calls);
  const object = { id: "cs_1", mode: "payment", status: "complete", payment_status: "paid" };
  const line_items = { object: "list", data: [{ id: "li_1", price: { id: "price_a" } }] };
  await withStripe(() => Response.json({ ...object, line_items }), async (base, asked) => {
    const fetch = await bootBetween(api, base);
    const body = eventBody({ type: "checkout.session.completed", data: { object } });
    assert.equal((await fetch(await delivery(body))).status, 200);
    assert.deepEqual(asked.map(({ path }) => path), [
      "/v1/checkout/sessions/cs_1?expand[]=line_items",
    ]);
  });
  const [[event, fetched] = []] = calls;
  assert.deepEqual([calls.length, event?.id], [1, "evt_1"]);
  assert.match(String(fetched?.id), /^fetch_cs_1_\d{10}_/);
  const [fact] = fetched?.facts as { price_ids: string[] }[];
  assert.deepEqual(fact?.price_ids, ["price_a"]);
  await api.shutdown();
});

Deno.test("a session that names its module is answered at once, and its list of lines is read afterwards", async () => {
  const calls: Record<string, unknown>[][] = [];
  const api = dataApi(calls, ["cs_1"]);
  const paid = { status: "complete", payment_status: "paid", metadata: { module_id: "intro" } };
  const object = { id: "cs_1", mode: "payment", ...paid, amount_subtotal: 3_400 };
  const prices = ["price_a", "price_optional"];
  const line_items = {
    object: "list",
    data: prices.map((id) => ({ id: `li_${id}`, price: { id } })),
  };
  let isAnswered = false;
  const stripe = () => {
    assert.ok(isAnswered, "the answer does not wait for Stripe");
    return Response.json({ ...object, line_items });
  };
  await withStripe(stripe, async (base, asked) => {
    const fetch = await bootBetween(api, base);
    const body = eventBody({ type: "checkout.session.completed", data: { object } });
    const answer = await fetch(await delivery(body));
    isAnswered = true;
    assert.deepEqual(await answer.json(), { received: true, outcome: "applied" });
    await until(() => calls.length === 2);
    assert.deepEqual(asked.map(({ path }) => path), [
      "/v1/checkout/sessions/cs_1?expand[]=line_items",
    ]);
  });
  const [[event], [fetched]] = calls as [[{ id: string }], [{ type: string; facts: unknown[] }]];
  assert.deepEqual([event.id, fetched.type], ["evt_1", "checkout.session.fetched"]);
  const [fact] = fetched.facts as CheckoutSessionFact[];
  assert.deepEqual([fact?.status, fact?.payment_status, fact?.price_ids, fact?.module_ref], [
    "complete",
    "paid",
    prices,
    "intro",
  ]);
  await api.shutdown();
});

Deno.test("the invoices of a subscription that the call requests are read after the answer", async () => {
  const calls: Record<string, unknown>[][] = [];
  const api = dataApi(calls, ["sub_1/invoices", "price_1"]);
  const stripe = (path: string) =>
    Response.json(
      path.startsWith("/v1/prices/")
        ? { id: "price_1", object: "price", type: "one_time" }
        : { object: "list", data: [{ id: "in_1", object: "invoice" }], has_more: false },
    );
  await withStripe(stripe, async (base) => {
    const fetch = await bootBetween(api, base);
    assert.equal((await fetch(await delivery(eventBody()))).status, 200);
    await until(() => calls.flat().length === 3);
  });
  const types = calls.slice(1).flat().map(({ type, object_id }) => `${type} ${object_id}`);
  assert.deepEqual(types.sort(), ["invoice.fetched sub_1/invoices", "price.fetched price_1"]);
  await api.shutdown();
});

Deno.test("an object that the call requests is read and delivered after the answer", async () => {
  const calls: Record<string, unknown>[][] = [];
  const api = dataApi(calls, ["sub_1", "unheard_of"]);
  const stripe = () => Response.json({ id: "sub_1", status: "active" });
  await withStripe(stripe, async (base, asked) => {
    const fetch = await bootBetween(api, base);
    const answer = await fetch(await delivery(eventBody()));
    assert.deepEqual(await answer.json(), { received: true, outcome: "applied" });
    await until(() => calls.length === 2);
    assert.deepEqual(asked.map(({ path }) => path), ["/v1/subscriptions/sub_1"]);
  });
  assert.equal(calls[1]?.[0]?.type, "customer.subscription.fetched");
  await api.shutdown();
});

Deno.test("a Stripe that fails changes no answer", async () => {
  const calls: Record<string, unknown>[][] = [];
  const api = dataApi(calls, ["sub_1"]);
  const broken = () => new Response("", { status: 400 });
  await withStripe(broken, async (base, asked) => {
    const fetch = await bootBetween(api, base);
    const related_object = { id: "sub_1", type: "subscription" };
    const type = "v1.customer.subscription.updated";
    const body = eventBody({ object: "v2.core.event", type, related_object, data: undefined });
    assert.equal((await fetch(await delivery(body))).status, 200);
    await until(() => asked.length === 5); // before the answer, then twice for each fetch
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  assert.deepEqual(calls.map((events) => events.map(({ id }) => id)), [["evt_1"]]);
  await api.shutdown();
});

Deno.test("the whole function sends a delivery to the Data API and answers with the outcome", async () => {
  const api = openApi(([event]) => [{ event_id: event?.id, outcome: "applied", detail: null }]);
  const { default: { fetch } } = await boot({
    STRIPE_WEBHOOK_SECRET: "whsec_old,whsec_ada",
    STRIPE_SECRET_KEY: "sk_test_1",
    SUPABASE_URL: api.url,
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
  });
  const response = await fetch(await delivery(eventBody()));
  assert.deepEqual(await response.json(), { received: true, outcome: "applied" });
  await api.shutdown();
  const [{ latencies, deliveries } = { latencies: [], deliveries: [] }] = api.figures;
  assert.deepEqual(deliveries, [{ kind: "accepted", cause: "unknown", calls: 1 }]);
  assert.deepEqual(latencies.map(({ route, calls }) => [route, calls]), [["stripe-webhook", 1]]);
});

/** Without the log: a line for each of thousands of requests would bury the test's own. */
async function quietly(work: () => Promise<void>): Promise<void> {
  // deno-lint-ignore no-console
  const print = console.log;
  // deno-lint-ignore no-console
  console.log = () => {};
  // deno-lint-ignore no-console
  await work().finally(() => console.log = print);
}

Deno.test("attack: ten thousand forged deliveries are one call to the database in five seconds", async () => {
  const api = openApi(() => assert.fail("no event reaches the database"));
  const { default: { fetch } } = await boot({
    STRIPE_WEBHOOK_SECRET: "whsec_ada",
    STRIPE_SECRET_KEY: "sk_test_1",
    SUPABASE_URL: api.url,
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
  });
  const forged = { body: eventBody(), signature: await signatureOf(eventBody(), "whsec_eve") };
  const rows = () => api.figures.flatMap(({ deliveries }) => deliveries);
  const began = performance.now();
  await quietly(async () => {
    for (let delivery = 0; delivery < 10_000; delivery++) {
      const request = new Request("http://localhost/stripe-webhook", {
        method: "POST",
        headers: { "stripe-signature": forged.signature },
        body: forged.body,
      });
      const response = await fetch(request);
      assert.equal(response.status, 400);
      await response.body?.cancel();
    }
    dispatchEvent(new Event("beforeunload"));
    await until(() => rows().reduce((sum, { calls }) => sum + calls, 0) === 10_000);
    await api.shutdown();
  });
  const pauses = Math.ceil((performance.now() - began) / 5_000);
  assert.ok(api.figures.length <= pauses, `${api.figures.length} calls in ${pauses} pauses`);
  assert.ok(rows().length <= 2 * api.figures.length, "with and without a cause");
  assert.doesNotMatch(JSON.stringify(api.figures), /whsec|v1=|evt_1|cus_ada/);
});
