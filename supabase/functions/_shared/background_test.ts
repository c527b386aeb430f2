import assert from "node:assert/strict";
import { inBackground } from "./background.ts";

Deno.test("a platform that can keep the worker alive is asked to", () => {
  const kept: Promise<void>[] = [];
  const work = Promise.resolve();
  const EdgeRuntime = { waitUntil: (promise: Promise<void>) => void kept.push(promise) };
  Object.assign(globalThis, { EdgeRuntime });
  try {
    inBackground(work);
  } finally {
    Reflect.deleteProperty(globalThis, "EdgeRuntime");
  }
  assert.deepEqual(kept, [work]);
});

Deno.test("on any other platform the work just continues", async () => {
  let done = false;
  const work = Promise.resolve().then(() => void (done = true));
  inBackground(work);
  await work;
  assert(done);
});
