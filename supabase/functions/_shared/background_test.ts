import assert from "node:assert/strict";
import { inBackground } from "./background.ts";

Deno.test("where the platform can keep the worker alive, it is asked to", () => {
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

Deno.test("elsewhere the work simply goes on", async () => {
  let done = false;
  const work = Promise.resolve().then(() => void (done = true));
  inBackground(work);
  await work;
  assert(done);
});
