import assert from "node:assert/strict";
import { delay } from "../delay.ts";
import { pacing } from "./pacing.ts";

const LIMITS = { atOnce: 2, attempts: 3, longestPause: 1_000 };

/** Waits as many milliseconds as a thrown number says. */
function pace(limits = LIMITS) {
  return pacing(limits, (error) => typeof error === "number" ? error : null);
}

Deno.test("no more work runs at once than the limit, and all of it in order", async () => {
  const inTurn = pace();
  const started: number[] = [];
  let [running, most] = [0, 0];
  await Promise.all([1, 2, 3, 4, 5].map((work) =>
    inTurn(async () => {
      started.push(work);
      most = Math.max(most, ++running);
      await delay(5);
      running--;
    })
  ));
  assert.deepEqual([most, started], [2, [1, 2, 3, 4, 5]]);
});

Deno.test("work that fails frees its place, and is not repeated", async () => {
  const inTurn = pace({ ...LIMITS, atOnce: 1 });
  let attempts = 0;
  const failing = () => Promise.reject(new Error(`${++attempts}`));
  await assert.rejects(inTurn(failing), { message: "1" });
  assert.equal(await inTurn(() => Promise.resolve("next")), "next");
});

Deno.test("when one request must slow down, it and all others wait, and it is tried again", async () => {
  const inTurn = pace();
  const begun = performance.now();
  let attempts = 0;
  const slowed = inTurn(() => ++attempts === 1 ? Promise.reject(60) : Promise.resolve("at last"));
  await delay(10);
  const other = inTurn(() => Promise.resolve(performance.now() - begun));
  assert.equal(await slowed, "at last");
  assert(await other >= 55, "the other waited too");
});

Deno.test("after the maximum number of attempts the work fails", async () => {
  let attempts = 0;
  const slowing = () => (attempts++, Promise.reject(1));
  await assert.rejects(pace()(slowing), (error) => error === 1);
  assert.equal(attempts, 3);
});

Deno.test("no pause is longer than the limit", async () => {
  const inTurn = pace({ ...LIMITS, attempts: 1, longestPause: 20 });
  await assert.rejects(inTurn(() => Promise.reject(60_000)), (error) => error === 60_000);
  const begun = performance.now();
  await inTurn(() => Promise.resolve());
  assert(performance.now() - begun < 30_000);
});
