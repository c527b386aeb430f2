import { ok, strictEqual } from "node:assert/strict";
import { keepInFlight } from "./load.ts";

Deno.test("keepInFlight() never has more requests under way than it should, one in each lane", async () => {
  const lanes = new Set<number>();
  let most = 0;
  const requests = Array.from({ length: 20 }, (_, number) => number);
  const { latencies } = await keepInFlight(requests, 4, 10, async (_, lane) => {
    ok(!lanes.has(lane));
    lanes.add(lane);
    most = Math.max(most, lanes.size);
    await new Promise((resolve) => setTimeout(resolve, 1));
    lanes.delete(lane);
  });
  strictEqual(most, 4);
  strictEqual(latencies.length, 20);
});

Deno.test("keepInFlight() ends with its time, though requests are left", async () => {
  const requests = Array.from({ length: 1_000 }, (_, number) => number);
  const { latencies } = await keepInFlight(
    requests,
    2,
    0.02,
    () => new Promise((resolve) => setTimeout(resolve, 5)),
  );
  ok(latencies.length < 1_000);
});
