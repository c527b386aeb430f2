import assert from "node:assert/strict";
import { addressesStep } from "./addresses.ts";
import { claimsOf, NEW } from "./claims_stand_in.ts";

/** Runs the step. Returns the output and the actions. */
async function take(given: Parameters<typeof claimsOf>[0], pushed = given.state) {
  const scene = claimsOf(given);
  const said: string[] = [];
  const { says, act } = await addressesStep(scene.claims, (line) => void said.push(line));
  scene.given.state = pushed;
  await act?.();
  return { says, hasAct: act !== undefined, said: said.join("\n"), done: scene.done };
}

Deno.test("if Auth asks for confirmation, setup switches the claims on, also after its first push", async () => {
  for (const state of [NEW, null]) {
    const { done, said } = await take({ areAsked: true, state }, NEW);
    assert.deepEqual(done, ["setup: on"]);
    assert.match(said, /verified_email_claims is on/);
  }
});

Deno.test("if Auth confirms addresses without asking, or does not say, the claims stay off", async () => {
  for (const areAsked of [false, null]) {
    for (const state of [NEW, null]) {
      const { done, hasAct, says } = await take({ areAsked, state }, NEW);
      assert.deepEqual([done, hasAct], [[], false]);
      assert.match(says, /stays off/);
    }
  }
});

Deno.test("claims that an operator switched off stay off", async () => {
  const { done, hasAct, says } = await take({
    areAsked: true,
    state: { ...NEW, was_decided: true },
  });
  assert.deepEqual([done, hasAct], [[], false]);
  assert.match(says, /as an operator decided/);
});

Deno.test("accounts that were confirmed without a mail keep the claims off, and setup says so", async () => {
  const old = { ...NEW, unasked: 3 };
  const known = await take({ areAsked: true, state: old });
  assert.deepEqual([known.done, known.hasAct], [[], false]);
  assert.match(known.says, /3 account\(s\).*update sesame\.settings/);
  const found = await take({ areAsked: true, state: null }, old);
  assert.deepEqual(found.done, []);
  assert.match(found.said, /3 account\(s\).*update sesame\.settings/);
});

Deno.test("claims that are already on are not switched on again", async () => {
  const { done, hasAct } = await take({ areAsked: true, state: { ...NEW, is_on: true } });
  assert.deepEqual([done, hasAct], [[], false]);
});
