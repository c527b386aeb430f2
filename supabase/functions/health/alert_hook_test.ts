import assert from "node:assert/strict";
import Stripe from "stripe";
import { Misconfigured } from "../_shared/env.ts";
import { alertHook, postingTo } from "./alert_hook.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

function read(url?: string, secret?: string) {
  const env: Record<string, string | undefined> = {
    ALERT_WEBHOOK_URL: url,
    ALERT_WEBHOOK_SECRET: secret,
  };
  return alertHook((name) => env[name]);
}

/** A receiver on this machine that answers with this status. */
function ear(status: number) {
  const heard: { body: string; signature: string }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const signature = request.headers.get("sesame-signature") ?? "";
    heard.push({ body: await request.text(), signature });
    return new Response(null, { status, headers: { location: "http://127.0.0.1:1/" } });
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return { heard, url, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("without both settings there is no hook", () => {
  assert.equal(read(), null);
  assert.equal(read(" ", ""), null);
});

Deno.test("one setting alone, or an unsafe one, stops the function with its name", () => {
  for (
    const [url, secret, name] of [
      ["https://example.com/hook", undefined, "ALERT_WEBHOOK_SECRET"],
      ["https://example.com/hook", "short", "ALERT_WEBHOOK_SECRET"],
      [undefined, SECRET, "ALERT_WEBHOOK_URL"],
      ["http://example.com/hook", SECRET, "ALERT_WEBHOOK_URL"],
      ["example.com", SECRET, "ALERT_WEBHOOK_URL"],
    ] as const
  ) {
    assert.throws(() => read(url, secret), (error) => {
      assert.ok(error instanceof Misconfigured);
      assert.match(error.message, new RegExp(name));
      assert.doesNotMatch(error.message, /example|0123/);
      return true;
    });
  }
  assert.deepEqual(read("https://example.com/hook", SECRET), {
    url: "https://example.com/hook",
    secret: SECRET,
  });
});

Deno.test("Stripe's library accepts the signature of an alert", async () => {
  await using listener = ear(204);
  assert.equal(await postingTo({ url: listener.url, secret: SECRET })('{"type":"é"}'), null);
  const [{ body, signature } = { body: "", signature: "" }] = listener.heard;
  const verify = (secret: string) =>
    new Stripe("sk_test_1").webhooks.constructEventAsync(body, signature, secret);
  assert.equal((await verify(SECRET)).type as string, "é");
  await assert.rejects(verify(`${SECRET}0`), { type: "StripeSignatureVerificationError" });
});

Deno.test("a failed delivery is reported as one word, and a redirect is a failure", async () => {
  await using broken = ear(500);
  assert.equal(await postingTo({ url: broken.url, secret: SECRET })("{}"), "HTTP 500");
  await using elsewhere = ear(307);
  assert.equal(await postingTo({ url: elsewhere.url, secret: SECRET })("{}"), "TypeError");
  assert.equal(await postingTo({ url: "http://127.0.0.1:1/", secret: SECRET })("{}"), "TypeError");
});

Deno.test("a receiver that is too slow gives TimeoutError", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return new Response();
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  assert.equal(await postingTo({ url, secret: SECRET }, 20)("{}"), "TimeoutError");
  await server.shutdown();
});
