import assert from "node:assert/strict";
import { causeOf, CODES, codesIn, placeOf } from "../../diagnosis/codes.ts";
import { CHECKS } from "./checks.ts";

Deno.test("every file of checks/ is a check, and they run in the order of their codes", () => {
  const files = [...Deno.readDirSync(new URL("checks/", import.meta.url))];
  assert.equal(CHECKS.length, files.length);
  assert.ok(CHECKS.every(({ title, codes }) => title !== "" && codes.length > 0));
  const first = CHECKS.map(({ codes }) => Math.min(...codes.map(placeOf)));
  assert.deepEqual(first, first.toSorted((one, other) => one - other));
  assert.equal(new Set(first).size, first.length, "two checks have the same place");
});

Deno.test("some check finds every code that has an order, and no check finds any other code", () => {
  const ordered = codesIn(CODES).filter((code) => causeOf(code).order !== null);
  const found = new Set(CHECKS.flatMap(({ codes }) => codes));
  assert.deepEqual([...found].sort(), ordered.sort());
});

Deno.test("a check has a fix if one of its codes is fixedBy the check", () => {
  for (const { title, codes, fix } of CHECKS) {
    const isFixed = codes.some((code) => causeOf(code).fixedBy === "check");
    assert.equal(fix !== undefined, isFixed, title);
  }
});
