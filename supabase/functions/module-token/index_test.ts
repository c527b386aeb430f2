import assert from "node:assert/strict";
import { newKey, post } from "./testing.ts";

const NAMES = [
  "SUPABASE_URL",
  "SUPABASE_SECRET_KEYS",
  "SUPABASE_SERVICE_ROLE_KEY",
  "MODULE_TOKEN_KEYS",
  "MODULE_TOKEN_LEGACY_SECRET",
];

/** The required variables. */
const NEEDED = NAMES.slice(0, -1);

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
  await assert.rejects(boot({ MODULE_TOKEN_KEYS: "hunter2" }), (error: Error) => {
    for (const name of NEEDED) assert.match(error.message, new RegExp(name));
    assert.match(error.message, /command keys/);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});

const USER = crypto.randomUUID();

const row = {
  reason: null,
  detail: null,
  token_id: "70000000-0000-4000-8000-000000000001",
  module: "whisper",
  module_id: 2,
  user_id: USER,
  alg: "ES256",
  access_level: "standard",
  max_usage: 100,
  uses_left: 100,
  expires_at: null,
};

Deno.test({
  name: "the whole function orders a token, checks it and shows the key it was signed with",
  // How long it took is written down some seconds later.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: orderCheckAndShow,
});

async function orderCheckAndShow(): Promise<void> {
  const called: string[] = [];
  const api = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    called.push(new URL(request.url).pathname);
    await request.body?.cancel();
    return Response.json([row]);
  });
  const { default: { fetch } } = await boot({
    SUPABASE_URL: `http://localhost:${api.addr.port}`,
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
    MODULE_TOKEN_KEYS: JSON.stringify({ keys: [await newKey("now")] }),
  });
  function ask(path: string, body: unknown, headers = {}): Promise<Response> {
    return fetch(new Request(`http://localhost/module-token${path}`, post(body, headers)));
  }

  const order = { moduleId: "whisper", userId: USER, paymentId: "pi_1" };
  const minted = await ask("", order, { apikey: "sb_secret_1" });
  assert.equal(minted.headers.get("access-control-allow-origin"), "*");
  const { token } = await minted.json();
  const { active, user_id } = await (await ask("/verify", { token, module: "whisper" })).json();
  assert.deepEqual([active, user_id], [true, order.userId]);
  assert.deepEqual(
    called,
    ["sesame_create_access_token", "sesame_verify_module_token"].map((name) =>
      `/rest/v1/rpc/${name}`
    ),
  );

  const shown = await fetch(new Request("http://localhost/module-token/jwks"));
  assert.equal((await shown.json()).keys[0].kid, "now");
  assert.equal((await ask("", { module: "whisper" })).status, 401);
  await api.shutdown();
}
