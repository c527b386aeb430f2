import assert from "node:assert/strict";
import { type Backends, startGateway } from "./gateway.ts";

function hangs(): Promise<Response> {
  return new Promise(() => {});
}

const HANGING: Backends = {
  api: hangs,
  functions: hangs,
  pages: new Map(),
};

Deno.test("a stopped gateway answers waiting requests with 503 after a grace period, and ends", async () => {
  const gateway = startGateway(0);
  gateway.open(HANGING);
  const answers = ["/rest/v1/modules", "/functions/v1/stripe-webhook"]
    .map((path) => fetch(gateway.url + path, { method: "POST", body: "{}" }));
  await new Promise((resolve) => setTimeout(resolve, 500));

  const started = performance.now();
  await gateway.stop();
  const took = performance.now() - started;
  assert.ok(took >= 1_900 && took < 10_000, `${took} ms`);
  for (const answer of await Promise.all(answers)) {
    assert.deepEqual([answer.status, await answer.text()], [503, "the stack has ended"]);
  }
  await assert.rejects(fetch(gateway.url));
});

Deno.test("a gateway that stops lets requests in flight finish", async () => {
  const gateway = startGateway(0);
  const release = Promise.withResolvers<void>();
  gateway.open({ ...HANGING, api: () => release.promise.then(() => new Response("done")) });
  const answer = fetch(`${gateway.url}/rest/v1/modules`);
  await new Promise((resolve) => setTimeout(resolve, 500));

  const started = performance.now();
  const stopped = gateway.stop();
  release.resolve();
  assert.equal(await (await answer).text(), "done");
  await stopped;
  assert.ok(performance.now() - started < 1_900, "it does not wait for its limit");
});

Deno.test("a gateway that is stopped before it opened refuses the waiting requests", async () => {
  const gateway = startGateway(0);
  const answer = fetch(`${gateway.url}/rest/v1/modules`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await gateway.stop();
  assert.deepEqual(
    [(await answer).status, await (await answer).text()],
    [503, "the stack did not start"],
  );
});
