import assert from "node:assert/strict";
import { warmingUp } from "./warm_up.ts";

/** Three parts, and which of them were planned. */
function threeParts() {
  const planned: number[] = [];
  const planPart = (part: number) => {
    planned.push(part);
    return Promise.resolve(part < 3 ? part + 1 : null);
  };
  return { planned, planPart };
}

Deno.test("while no call is in flight, every part is planned once", async () => {
  const { planned, planPart } = threeParts();
  const warmUp = warmingUp(planPart, () => true);
  await Promise.all([warmUp(0), warmUp(0)]);
  await warmUp(0);
  assert.deepEqual(planned, [1, 2, 3]);
});

Deno.test("a call that comes between two parts goes first, and the rest is planned after it", async () => {
  const { planned, planPart } = threeParts();
  let isIdle = false;
  // The next call comes while the first part is planned.
  const interrupted = async (part: number) => {
    const next = await planPart(part);
    if (part === 1) isIdle = false;
    return next;
  };
  const warmUp = warmingUp(interrupted, () => isIdle);
  await warmUp(0);
  assert.deepEqual(planned, []);

  isIdle = true;
  await warmUp(0);
  assert.deepEqual(planned, [1]);

  isIdle = true;
  await warmUp(0);
  assert.deepEqual(planned, [1, 2, 3]);
});

Deno.test("an error ends the warm-up of this connection, and reaches no caller", async () => {
  let calls = 0;
  const failing = () => (calls++, Promise.reject(new Error("no such function")));
  const warmUp = warmingUp(failing, () => true);
  await warmUp(0);
  await warmUp(0);
  assert.equal(calls, 1);
});
