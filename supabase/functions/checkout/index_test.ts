import assert from "node:assert/strict";

const NAMES = [
  "STRIPE_SECRET_KEY",
  "STRIPE_API_BASE",
  "SITE_URL",
  "SUPABASE_URL",
  "SUPABASE_SECRET_KEYS",
];

/** Boots the function afresh with these variables and no others. */
async function boot(variables: Record<string, string>) {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  NAMES.forEach((name) => Deno.env.delete(name));
  Object.entries(variables).forEach(([name, value]) => Deno.env.set(name, value));
  try {
    const { default: { fetch } } = await import(`./index.ts?${crypto.randomUUID()}`);
    return fetch as (request: Request) => Promise<Response>;
  } finally {
    NAMES.forEach((name) => Deno.env.delete(name));
    before.forEach(([name, value]) => value !== undefined && Deno.env.set(name, value));
  }
}

Deno.test("without its variables the function does not boot, and names them all", async () => {
  await assert.rejects(boot({ STRIPE_API_BASE: "hunter2" }), (error: Error) => {
    for (const name of NAMES) assert.match(error.message, new RegExp(name));
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});

Deno.test("a preflight request is answered; a request without a session gets not_signed_in", async () => {
  const fetch = await boot({
    STRIPE_SECRET_KEY: "sk_test_1",
    SITE_URL: "https://example.com",
    SUPABASE_URL: "http://localhost:1",
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
  });
  const url = "http://localhost/checkout";
  assert.equal((await fetch(new Request(url, { method: "OPTIONS" }))).status, 204);
  const answers = await Promise.all(
    ["", "/portal", "/status"].map((path) => fetch(new Request(url + path, { method: "POST" }))),
  );
  assert.deepEqual(answers.map(({ status }) => status), [401, 401, 401]);
  assert.equal((await fetch(new Request(url))).headers.get("allow"), "POST");
  assert.equal((await fetch(new Request(`${url}/other`))).status, 404);
});
