import assert from "node:assert/strict";
import { at, DAY } from "../stripe/clock.ts";
import { DEFAULTS } from "./settings.ts";
import { accessIn, accessOf, ADA, history, session, subscription } from "./small_facts.ts";

Deno.test("settings that are not given are the defaults", () => {
  const sale = history([[0, subscription()]]);
  assert.deepEqual(accessIn({ ...sale, settings: DEFAULTS }), accessIn(sale));
});

Deno.test("renewal_grace is how long a subscription stays open after its period", () => {
  const grace = { renewal_grace: 5 * DAY };
  assert.deepEqual(accessOf([[0, subscription()]], grace), { alpha: "subscription until 35" });
  const trial = subscription({ status: "trialing", trial_end: at(14) });
  assert.deepEqual(accessOf([[0, trial]], grace), { alpha: "subscription until 19" });
});

Deno.test("pause_collection_closes: a pause of the collection closes if the setting is on", () => {
  const paused = subscription({ is_paused: true });
  assert.deepEqual(accessOf([[0, paused]]), { alpha: "subscription until 33" });
  assert.deepEqual(accessOf([[0, subscription()]], { pause_collection_closes: true }), {
    alpha: "subscription until 33",
  });
  assert.deepEqual(accessOf([[0, paused]], { pause_collection_closes: true }), {
    alpha: "closed paused",
  });
});

Deno.test("an act that the model does not know has no effect", () => {
  const act = { act: "settings", passes_stack: false, module: "alpha" } as never;
  const sale = session({ price_ids: ["price_alpha"] });
  assert.deepEqual(accessIn(history([[0, sale]], { acts: [{ act, userId: ADA }] })), {
    alpha: "purchase",
  });
});

Deno.test("the same id in another account or mode is another object", () => {
  const live = history([[0, session({ price_ids: ["price_alpha"] })]]);
  const test = history([[1, session({ price_ids: ["price_beta"] })]]);
  const events = [...live.events, ...test.events.map((event) => ({ ...event, livemode: false }))];
  assert.deepEqual(accessIn({ acts: [], events }), { alpha: "purchase", beta: "purchase" });
});
