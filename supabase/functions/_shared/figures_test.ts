import assert from "node:assert/strict";
import { counting } from "./figures.ts";
import type { LogLine } from "./log.ts";
import { Unavailable } from "./problem.ts";

const REFUSED = { kind: "unsigned", cause: "unknown" };
const QUICK = { route: "checkout", upper_ms: 5 };

function depsOf(answer: () => Promise<unknown> = () => Promise.resolve(null)) {
  const recorded: unknown[] = [];
  const works: Promise<void>[] = [];
  const lines: LogLine[] = [];
  return {
    recorded,
    works,
    lines,
    call(name: string, args: string) {
      recorded.push([name, JSON.parse(args).figures]);
      return answer();
    },
    background: (work: Promise<void>) => void works.push(work),
    write: (line: LogLine) => void lines.push(line),
  };
}

Deno.test("figures of one pause are written in one call", async () => {
  const deps = depsOf();
  const count = counting(deps, 10);
  count("latencies", QUICK);
  count("deliveries", REFUSED);
  count("latencies", QUICK);
  assert.deepEqual(deps.recorded, [], "the answer does not wait for it");
  await Promise.all(deps.works);
  assert.equal(deps.works.length, 1);
  assert.deepEqual(deps.recorded, [["sesame_record_figures", {
    latencies: [{ ...QUICK, calls: 2 }],
    deliveries: [{ ...REFUSED, calls: 1 }],
  }]]);
});

Deno.test("later figures are written later, and none twice", async () => {
  const deps = depsOf();
  const count = counting(deps, 0);
  count("latencies", QUICK);
  await deps.works[0];
  count("latencies", QUICK);
  await deps.works[1];
  const once = ["sesame_record_figures", { latencies: [{ ...QUICK, calls: 1 }], deliveries: [] }];
  assert.deepEqual(deps.recorded, [once, once]);
});

Deno.test("attack: ten thousand refusals are one call, with one row for each kind", async () => {
  const deps = depsOf();
  const count = counting(deps, 10);
  for (let call = 0; call < 10_000; call++) {
    count("deliveries", { kind: call % 2 === 0 ? "unsigned" : "no_match", cause: "unknown" });
  }
  assert.equal(deps.works.length, 1);
  await deps.works[0];
  assert.deepEqual(deps.recorded, [["sesame_record_figures", {
    latencies: [],
    deliveries: [
      { kind: "unsigned", cause: "unknown", calls: 5_000 },
      { kind: "no_match", cause: "unknown", calls: 5_000 },
    ],
  }]]);
});

Deno.test("figures that cannot be written give one log line and are kept for the next call", async () => {
  let isDown = true;
  const deps = depsOf(() => isDown ? Promise.reject(new Unavailable("08006")) : Promise.resolve());
  const count = counting(deps, 0);
  count("deliveries", REFUSED);
  await deps.works[0];
  assert.deepEqual(deps.lines, [{ outcome: "figures_not_written", code: "08006" }]);

  isDown = false;
  count("deliveries", REFUSED);
  await deps.works[1];
  const both = { latencies: [], deliveries: [{ ...REFUSED, calls: 2 }] };
  assert.deepEqual(deps.recorded.at(-1), ["sesame_record_figures", both]);
});

Deno.test("a worker that is about to end writes its figures at once", async () => {
  const deps = depsOf();
  counting(deps, 60_000)("deliveries", REFUSED);
  dispatchEvent(new Event("beforeunload"));
  await deps.works[0];
  assert.equal(deps.recorded.length, 1);
});
