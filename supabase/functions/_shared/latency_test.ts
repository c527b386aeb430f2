import assert from "node:assert/strict";
import { timing } from "./latency.ts";
import { passed } from "./passed.ts";
import { Unavailable } from "./problem.ts";

const REQUEST = new Request("http://localhost/checkout");

function timed() {
  const counted: unknown[] = [];
  return { counted, timed: timing((figure, row) => void counted.push([figure, row])) };
}

Deno.test("a good answer is counted under its route, by how long it took", async () => {
  const { counted, timed: time } = timed();
  const slow = async () => {
    await passed(11);
    return new Response();
  };
  await time("checkout", () => Promise.resolve(new Response()))(REQUEST, {});
  await time("module-token/verify", slow)(REQUEST, {});
  assert.deepEqual(counted, [
    ["latencies", { route: "checkout", upper_ms: 5 }],
    ["latencies", { route: "module-token/verify", upper_ms: 20 }],
  ]);
});

Deno.test("a refusal is no measure of anything", async () => {
  const { counted, timed: time } = timed();
  await time("checkout", () => Promise.resolve(new Response(null, { status: 409 })))(REQUEST, {});
  await assert.rejects(time("checkout", () => Promise.reject(new Unavailable("x")))(REQUEST, {}));
  assert.deepEqual(counted, []);
});
