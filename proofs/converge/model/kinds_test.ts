/** The model merges every kind of fact, and every kind occurs in a scenario. */

import assert from "node:assert/strict";
import { KINDS } from "../../../supabase/functions/_shared/facts/kinds.ts";
import { translate } from "../../../supabase/functions/_shared/facts/translate.ts";
import { SCENARIOS } from "../scenarios/index.ts";
import { objectsOf } from "./objects.ts";
import { all, history } from "./small_facts.ts";

Deno.test("the model merges every kind of fact", () => {
  for (const { kind, head, read } of KINDS) {
    const fact = read("x_1", { type: "one_time" }, `${head}.fetched`, null);
    assert.ok(fact !== null, kind);
    const objects = Object.values(objectsOf(history(all(fact))));
    assert.ok(objects.some((byId) => byId.has("x_1")), `objects.ts does not merge ${kind}`);
  }
});

Deno.test("every kind of fact occurs in a scenario", () => {
  const events = SCENARIOS.flatMap(({ story }) => story).flatMap((step) =>
    "pays" in step ? [step.pays] : "type" in step ? [step] : []
  );
  const occurring = new Set(events.flatMap(translate).map(({ kind }) => kind));
  assert.deepEqual(KINDS.map(({ kind }) => kind).filter((kind) => !occurring.has(kind)), []);
});
