import assert from "node:assert/strict";
import { delivery, eventBody } from "./testing.ts";

const NAMES = [
  "STRIPE_WEBHOOK_SECRET",
  "STRIPE_SECRET_KEY",
  "STRIPE_CONNECT_ACCOUNTS",
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
  await assert.rejects(boot({ STRIPE_CONNECT_ACCOUNTS: "hunter2" }), (error: Error) => {
    for (const name of NAMES.filter((name) => name !== "SESAME_DB_URL")) {
      assert.match(error.message, new RegExp(name));
    }
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});

Deno.test("the whole function takes a delivery to the Data API and answers for it", async () => {
  const api = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const { events } = await request.json();
    return Response.json([{ event_id: events[0].id, outcome: "applied", detail: null }]);
  });
  const { default: { fetch } } = await boot({
    STRIPE_WEBHOOK_SECRET: "whsec_old,whsec_ada",
    STRIPE_SECRET_KEY: "sk_test_1",
    SUPABASE_URL: `http://localhost:${api.addr.port}`,
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
  });
  const response = await fetch(await delivery(eventBody()));
  assert.deepEqual(await response.json(), { received: true, outcome: "applied" });
  await api.shutdown();
});
