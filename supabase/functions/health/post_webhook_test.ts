import assert from "node:assert/strict";
import { postingWebhooks } from "./post_webhook.ts";

const anywhere = () => Promise.resolve(true);

function message(url: string) {
  return {
    message_id: 1,
    attempt: 1,
    url,
    secrets: [`whsec_${btoa("0123456789abcdef0123456789abcdef")}`],
    webhook_id: "msg_1",
    body: '{"type":"access.opened","data":{"module":"é"}}',
  };
}

/** A receiver on this machine that answers as the test says. */
function receiver(answer: () => Promise<Response> | Response) {
  const received: { id: string | null; body: string }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    received.push({ id: request.headers.get("webhook-id"), body: await request.text() });
    return await answer();
  });
  const url = `http://127.0.0.1:${server.addr.port}/hook`;
  return { received, url, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("a message that is answered 2xx has arrived", async () => {
  await using to = receiver(() => new Response("thanks", { status: 202 }));
  const result = await postingWebhooks(anywhere)(message(to.url));
  assert.deepEqual(result, { status: 202, error: null });
  assert.deepEqual(to.received, [{ id: "msg_1", body: message("").body }]);
});

Deno.test("every other answer is a failure with its status, and no redirect is followed", async () => {
  for (const [status, error] of [[500, "http"], [410, "http"], [302, "redirect"]] as const) {
    await using to = receiver(() =>
      new Response(null, { status, headers: { location: "http://127.0.0.1:1/" } })
    );
    assert.deepEqual(await postingWebhooks(anywhere)(message(to.url)), { status, error });
    assert.equal(to.received.length, 1);
  }
});

Deno.test("a receiver that does not answer is a failure with a word", async () => {
  assert.deepEqual(await postingWebhooks(anywhere)(message("http://127.0.0.1:1/")), {
    status: null,
    error: "connection",
  });
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using to = receiver(() => promise);
  assert.deepEqual(await postingWebhooks(anywhere, 50)(message(to.url)), {
    status: null,
    error: "timeout",
  });
  resolve(new Response());
});

Deno.test("an address that is not safe is not called", async () => {
  await using to = receiver(() => new Response());
  const post = postingWebhooks(() => Promise.resolve(false));
  assert.deepEqual(await post(message(to.url)), { status: null, error: "address" });
  assert.deepEqual(to.received, []);
});
