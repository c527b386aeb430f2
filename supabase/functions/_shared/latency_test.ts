import assert from "node:assert/strict";
import { timing } from "./latency.ts";
import { delay } from "./delay.ts";
import { Unavailable } from "./problem.ts";

const REQUEST = new Request("http://localhost/checkout");

function timed() {
  const counted: Record<string, string | number>[] = [];
  return { counted, timed: timing((figure, row) => void counted.push({ figure, ...row })) };
}

Deno.test("a successful answer is counted under its route, by its duration", async () => {
  const { counted, timed: time } = timed();
  const slow = async () => {
    await delay(11);
    return new Response();
  };
  await time("checkout", () => Promise.resolve(new Response()))(REQUEST, {});
  await time("module-token/verify", slow)(REQUEST, {});
  assert.deepEqual(counted.map(({ figure, route }) => [figure, route]), [
    ["latencies", "checkout"],
    ["latencies", "module-token/verify"],
  ]);
  assert.ok(
    counted.every(({ upper_ms }) => [5, 10, 20, 50, 100, 200, 500].includes(Number(upper_ms))),
  );
  assert.ok(Number(counted[1]?.upper_ms) >= 20, "eleven milliseconds are more than ten");
});

Deno.test("a refusal is not counted", async () => {
  const { counted, timed: time } = timed();
  await time("checkout", () => Promise.resolve(new Response(null, { status: 409 })))(REQUEST, {});
  await assert.rejects(time("checkout", () => Promise.reject(new Unavailable("x")))(REQUEST, {}));
  assert.deepEqual(counted, []);
});
