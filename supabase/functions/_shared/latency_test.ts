import assert from "node:assert/strict";
import { timing } from "./latency.ts";
import type { LogLine } from "./log.ts";
import { passed } from "./passed.ts";
import { Unavailable } from "./problem.ts";

const REQUEST = new Request("http://localhost/checkout");

function worldOf(answer: () => Promise<unknown> = () => Promise.resolve(null)) {
  const recorded: unknown[] = [];
  const works: Promise<void>[] = [];
  const lines: LogLine[] = [];
  return {
    recorded,
    works,
    lines,
    call(name: string, args: string) {
      recorded.push([name, JSON.parse(args)]);
      return answer();
    },
    background: (work: Promise<void>) => void works.push(work),
    write: (line: LogLine) => void lines.push(line),
  };
}

const ok = () => Promise.resolve(new Response());

Deno.test("calls that come together are written down together, by how long they took", async () => {
  const world = worldOf();
  const timed = timing(world, 30);
  const slow = async () => {
    await passed(11);
    return new Response();
  };
  await timed("checkout", ok)(REQUEST, {});
  await timed("checkout", ok)(REQUEST, {});
  await timed("module-token/verify", slow)(REQUEST, {});
  assert.deepEqual(world.recorded, [], "the answers do not wait for it");
  await Promise.all(world.works);
  assert.equal(world.works.length, 1);
  assert.deepEqual(world.recorded, [["sesame_record_latencies", {
    counts: [
      { route: "checkout", upper_ms: 5, calls: 2 },
      { route: "module-token/verify", upper_ms: 20, calls: 1 },
    ],
  }]]);
});

Deno.test("what comes later is written down later, and nothing twice", async () => {
  const world = worldOf();
  const timed = timing(world, 0)("checkout", ok);
  await timed(REQUEST, {});
  await world.works[0];
  await timed(REQUEST, {});
  await world.works[1];
  const once = ["sesame_record_latencies", {
    counts: [{ route: "checkout", upper_ms: 5, calls: 1 }],
  }];
  assert.deepEqual(world.recorded, [once, once]);
});

Deno.test("a refusal is no measure of anything", async () => {
  const world = worldOf();
  const timed = timing(world, 0);
  await timed("checkout", () => Promise.resolve(new Response(null, { status: 409 })))(REQUEST, {});
  await assert.rejects(timed("checkout", () => Promise.reject(new Unavailable("x")))(REQUEST, {}));
  assert.deepEqual(world.works, []);
});

Deno.test("figures that cannot be written down are one line in the log", async () => {
  const world = worldOf(() => Promise.reject(new Unavailable("08006")));
  await timing(world, 0)("checkout", ok)(REQUEST, {});
  await world.works[0];
  assert.deepEqual(world.lines, [{ outcome: "latencies_lost", code: "08006" }]);
});
