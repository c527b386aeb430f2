import assert from "node:assert/strict";
import { delay } from "../_shared/delay.ts";
import { remembering } from "./remember.ts";

Deno.test("many requests at once and soon after cause one call", async () => {
  let asked = 0;
  const ask = remembering(() => Promise.resolve(++asked), 1_000);
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
  assert.equal(await ask(), 1);
  await delay(1_050);
  assert.equal(await ask(), 2);
});

Deno.test("after a failure the next request makes a new call at once", async () => {
  let asked = 0;
  const ask = remembering(
    () => ++asked === 1 ? Promise.reject(new Error("busy")) : Promise.resolve(asked),
    10_000,
  );
  await assert.rejects(ask(), { message: "busy" });
  assert.equal(await ask(), 2);
});
