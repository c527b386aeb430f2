/** `examples/next` in front of a function that fails. */

import assert from "node:assert/strict";
import { bodyOf } from "../../examples/next/lib/body.ts";
import { forward } from "../../examples/next/lib/forward.ts";

// deno-lint-ignore no-console -- the site's log, which is read here and not shown
console.error = (line: string) => void logged.push(line);
const logged: string[] = [];

/** The answer of the site to a delivery, with its project at this address. */
async function forwardTo(project: string, patience?: number): Promise<Response> {
  Deno.env.set("NEXT_PUBLIC_SUPABASE_URL", project);
  const request = new Request("http://localhost/api/webhooks/stripe", {
    method: "POST",
    body: "a payment",
  });
  return await forward(request, "stripe-webhook", { "stripe-signature": "t=1" }, patience);
}

async function inWords(response: Response): Promise<string> {
  const { code } = await response.json();
  return `${response.status} ${code} ${response.headers.get("retry-after")}`;
}

/** A project that treats every request like this. */
function project(handler: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a function that cannot be reached is a 503 with Retry-After, so Stripe retries", async () => {
  const { url, ...gone } = project(() => new Response());
  await gone[Symbol.asyncDispose]();
  assert.equal(await inWords(await forwardTo(url)), "503 unavailable 5");
  // The first on Node, the second on Deno.
  assert.match(logged.at(-1) ?? "", /^stripe-webhook did not answer: (ECONNREFUSED|TypeError)$/);
});

Deno.test("a function that never answers times out", async () => {
  const release = Promise.withResolvers<Response>();
  await using hanging = project(() => release.promise);
  assert.equal(await inWords(await forwardTo(hanging.url, 100)), "503 unavailable 5");
  assert.equal(logged.at(-1), "stripe-webhook did not answer: TimeoutError");
  release.resolve(new Response());
});

Deno.test("a redirect is not followed, because it would send a key to another host", async () => {
  const visited: string[] = [];
  await using elsewhere = project(({ url }) => {
    visited.push(new URL(url).pathname);
    return new Response(null, { status: 307, headers: { location: "/elsewhere" } });
  });
  assert.equal(await inWords(await forwardTo(elsewhere.url)), "503 unavailable 5");
  assert.deepEqual(visited, ["/functions/v1/stripe-webhook"]);
});

Deno.test("status, body and Retry-After of the function are passed on, and nothing else", async () => {
  await using busy = project(() =>
    new Response("busy", { status: 429, headers: { "retry-after": "7", "set-cookie": "a=b" } })
  );
  const { status, headers, ...answer } = await forwardTo(busy.url).then(async (response) => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  }));
  assert.deepEqual([status, answer.text, headers.get("retry-after")], [429, "busy", "7"]);
  assert.equal(headers.has("set-cookie"), false);
});

Deno.test("a slow body times out, and one above the functions' limit is not kept", async () => {
  const dribbling = new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) });
  const request = (body: BodyInit) => new Request("http://localhost", { method: "POST", body });
  assert.equal(await bodyOf(request(dribbling), 100), "too_slow");
  assert.equal(await bodyOf(request(new Uint8Array(1_048_577))), "too_large");
  const exact = new Uint8Array(1_048_576).fill(7);
  assert.deepEqual(await bodyOf(request(exact)), exact);
});
