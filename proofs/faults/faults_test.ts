import assert from "node:assert/strict";
import { causeOf, type Code, CODES, codesIn } from "../../diagnosis/codes.ts";
import { FAULTS } from "./faults.ts";

/** Codes without a fault of their own, with the reason. */
const WITHOUT_FAULT: Partial<Record<Code, string>> = {
  fetch_pending: "the function reads what is missing before the doctor can look",
  type_differs: "a type can only be changed together with the columns and functions that use it",
};

/** The object is created again as drift; then the migration is only unrecorded, and that is fixed as well. */
const FIXED_BY_THE_WAY: Code = "migration_incomplete";

Deno.test("every code of the doctor has a fault, or a reason for having none", () => {
  const broken = new Set(FAULTS.map(({ code }) => code));
  const missing = codesIn(CODES).filter((code) =>
    causeOf(code).order !== null && !broken.has(code)
  );
  assert.deepEqual(missing.sort(), Object.keys(WITHOUT_FAULT).sort());
});

Deno.test("a fault is repaired by hand exactly if --fix cannot fix its code", () => {
  for (const { title, code, repair, ask } of FAULTS) {
    if (ask !== undefined || code === FIXED_BY_THE_WAY) continue;
    assert.equal(repair !== undefined, causeOf(code).fixedBy === null, title);
  }
});

Deno.test("no two faults have the same title", () => {
  assert.equal(new Set(FAULTS.map(({ title }) => title)).size, FAULTS.length);
  assert.ok(FAULTS.length >= 86);
});
