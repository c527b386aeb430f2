import assert from "node:assert/strict";
import { SCENARIOS } from "./scenarios/index.ts";
import { bySettings, wordFor } from "./settings.ts";
import { DEFAULTS } from "./model/settings.ts";
import { allClaims, BRIEF, moreOrders, sweepOf } from "./sweep.ts";

Deno.test("every scenario has a number of its own", () => {
  assert.equal(new Set(SCENARIOS.map(({ number }) => number)).size, SCENARIOS.length);
});

Deno.test("orders in one call have the same settings, the defaults first", () => {
  const claims = allClaims();
  for (const pieces of [sweepOf(claims, BRIEF, 1), [...moreOrders(claims, 2_000, 1)]]) {
    const words = pieces.map((piece) =>
      new Set(piece.map(({ claim }) => wordFor(claim.scenario.settings)))
    );
    assert.ok(words.every(({ size }) => size === 1));
    assert.deepEqual([...words[0] ?? []], ["usual settings"]);
    assert.ok(new Set(words.flatMap((word) => [...word])).size > 5);
  }
});

Deno.test("moreOrders() makes at least the requested number", () => {
  const made = [...moreOrders(allClaims(), 1_000, 1)].flat().length;
  assert.ok(made >= 1_000 && made < 1_050, `${made}`);
});

Deno.test("bySettings() groups equal settings; wordFor() names the settings that are not the defaults", () => {
  const strict = { ...DEFAULTS, passes_stack: false };
  const groups = bySettings([strict, { ...DEFAULTS }, { ...strict }], (one) => one);
  assert.deepEqual(groups.map((group) => group.map(wordFor)), [
    ["usual settings"],
    ["passes_stack = false", "passes_stack = false"],
  ]);
});
