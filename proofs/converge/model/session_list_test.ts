import assert from "node:assert/strict";
import { accessOf, type DatedFact, session } from "./small_facts.ts";

const ALPHA = { price_ids: ["price_alpha"] };
const BETA = { price_ids: ["price_beta"] };

function modulesOf(...facts: DatedFact[]): string[] {
  return Object.keys(accessOf(facts)).sort();
}

Deno.test("5.6 of two lists the later one counts", () => {
  assert.deepEqual(modulesOf([0, session(ALPHA)], [1, session(BETA)]), ["beta"]);
});

Deno.test("5.6 in one second the list of the completed session beats that of the open one", () => {
  const open = session({ ...ALPHA, status: "open" });
  assert.deepEqual(modulesOf([0, open, "fetched"], [0, session(BETA)]), ["beta"]);
});

Deno.test("5.6 in one second a fetched list beats an event's", () => {
  assert.deepEqual(modulesOf([0, session(ALPHA)], [0, session(BETA), "fetched"]), ["beta"]);
});

Deno.test("5.6 lists that still tie are united", () => {
  assert.deepEqual(modulesOf([0, session(ALPHA)], [0, session(BETA)]), ["alpha", "beta"]);
});

Deno.test("5.6 a snapshot without a list does not change the known list", () => {
  assert.deepEqual(modulesOf([0, session(ALPHA)], [5, session()]), ["alpha"]);
});
