import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keepInFlight } from "./load.ts";

Deno.test("keepInFlight() never has more than one request in flight in each lane", async () => {
  const lanes = new Set<number>();
  let most = 0;
  const request = async (lane: number) => {
    ok(!lanes.has(lane));
    lanes.add(lane);
    most = Math.max(most, lanes.size);
    await new Promise((resolve) => setTimeout(resolve, 1));
    lanes.delete(lane);
    return null;
  };
  const { latencies } = await keepInFlight(Array(20).fill(request), 4, 10);
  strictEqual(most, 4);
  strictEqual(latencies.length, 20);
});

Deno.test("keepInFlight() ends when its time is over, even if requests are left", async () => {
  const request = () => new Promise<null>((resolve) => setTimeout(resolve, 5, null));
  const { latencies } = await keepInFlight(Array(1_000).fill(request), 2, 0.02);
  ok(latencies.length < 1_000);
});

Deno.test("keepInFlight() counts a failed request by its name, and has no time for it", async () => {
  const answers = [null, "HTTP 503", null, "HTTP 503", "HTTP 500"];
  const requests = answers.map((answer) => () => Promise.resolve(answer));
  const { latencies, failures } = await keepInFlight(requests, 2, 10);
  strictEqual(latencies.length, 2);
  deepStrictEqual(failures, { "HTTP 503": 2, "HTTP 500": 1 });
});
