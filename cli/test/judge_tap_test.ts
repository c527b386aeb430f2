import assert from "node:assert/strict";
import { judgeTap } from "./judge_tap.ts";

Deno.test("passed and failed assertions are counted", async () => {
  const verdict = await judgeTap("1..2\nok 1 - open\nnot ok 2 - closed\n# Failed test 2\n");
  assert.deepEqual(verdict, { passed: 1, failed: 1, problems: [] });
});

Deno.test("a todo may fail and a skipped test passes", async () => {
  const verdict = await judgeTap("1..2\nnot ok 1 - later # TODO\nok 2 - elsewhere # SKIP\n");
  assert.deepEqual(verdict, { passed: 2, failed: 0, problems: [] });
});

Deno.test("lines that are not TAP are ignored", async () => {
  const verdict = await judgeTap("authenticated\n1..1\n\n|f|7\nok 1 - open\n");
  assert.deepEqual(verdict, { passed: 1, failed: 0, problems: [] });
});

const BROKEN = {
  "a file without a plan": ["ok 1\n", "no plan: the file may have ended early"],
  "a file with too few tests": ["1..3\nok 1\n", "planned 3 tests and ran 1"],
  "a file without any test": ["1..0\n", "no test ran"],
  "a file that says nothing": ["\n", "no test ran"],
  "a file that bails out": ["1..1\nBail out! no database\n", "bailed out: no database"],
} as const;

for (const [file, [tap, problem]] of Object.entries(BROKEN)) {
  Deno.test(`${file} fails`, async () => {
    const { failed, problems } = await judgeTap(tap);
    assert.deepEqual({ failed, problems }, { failed: 1, problems: [problem] });
  });
}

Deno.test("a test beyond the plan fails, and so does the plan", async () => {
  const verdict = await judgeTap("1..1\nok 1\nok 2\n");
  assert.deepEqual(verdict, { passed: 1, failed: 2, problems: ["planned 1 tests and ran 2"] });
});

Deno.test("a file that ended with an error fails, whatever it printed before", async () => {
  const verdict = await judgeTap("1..1\nok 1\n", "division by zero");
  assert.deepEqual(verdict, { passed: 1, failed: 1, problems: ["division by zero"] });
});
