import assert from "node:assert/strict";
import fc from "fast-check";
import { prepare } from "../ready_order.ts";
import { historyOf } from "../model/judge.ts";
import { modelAccess } from "../model/model.ts";
import { DEFAULTS } from "../model/settings.ts";
import { wordFor } from "../settings.ts";
import { type Lives, lives, orderOfLives } from "./lives.ts";
import { policyFor } from "./policy.ts";

const SAMPLE = fc.sample(lives, { seed: 20261121, numRuns: 400 });

function deliveriesOf(one: Lives): string[] {
  return orderOfLives(one).claim.deliveries.map(({ what }) => JSON.stringify(what));
}

Deno.test("lives stay small, and every kind of purchase occurs", () => {
  const sizes = SAMPLE.map((one) => deliveriesOf(one).length);
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) / sizes.length < 30);
  const kinds = SAMPLE.flatMap(({ bought }) => bought.map((one) => Object.keys(one)[0]));
  assert.deepEqual([...new Set(kinds)].sort(), ["bill", "charge", "pass", "plan", "sale"]);
});

Deno.test("the same lives give the same deliveries, with placeholders for ids", () => {
  for (const one of SAMPLE.slice(0, 20)) {
    // Events are numbered as they are made; nothing else may differ.
    const withoutEventNumbers = (text: string) => text.replaceAll(/evt\.\d+/g, "evt");
    assert.deepEqual(
      deliveriesOf(one).map(withoutEventNumbers),
      deliveriesOf(one).map(withoutEventNumbers),
    );
  }
});

Deno.test("each price of the catalogue is either one-time or recurring in all events", () => {
  const said = new Map<string, Set<boolean>>();
  for (const { claim } of SAMPLE.map((one) => orderOfLives(one))) {
    for (const { what } of claim.deliveries) {
      const facts = "event" in what ? what.event.facts : [];
      for (const fact of facts) {
        if (fact.kind !== "price" || fact.id.includes("@")) continue;
        said.set(fact.id, (said.get(fact.id) ?? new Set()).add(fact.is_recurring));
      }
    }
  }
  assert.ok(said.size > 5);
  for (const [price, ways] of said) assert.equal(ways.size, 1, price);
});

Deno.test("lives end with most of the possible reasons", () => {
  const reasons = new Set(
    SAMPLE.flatMap((one) =>
      modelAccess(historyOf(prepare(orderOfLives(one)))).flatMap(({ reason, reasonAfter }) => [
        ...[reason, reasonAfter],
      ])
    ),
  );
  const expected = ["purchase", "subscription", "manual", "refunded", "disputed", "canceled"];
  for (const reason of [...expected, "paused", "past_due_expired", "pending_payment"]) {
    assert.ok(reasons.has(reason), reason);
  }
});

Deno.test("policyFor() is mostly the default, and changes every column sometimes", () => {
  const policies = Array.from({ length: 400 }, (_, seed) => policyFor(seed));
  const usual = policies.filter((policy) => wordFor(policy) === "usual settings").length;
  assert.ok(usual > 200 && usual < 300, `${usual}`);
  for (const column of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    if (column === "returning_account_inherits") continue;
    assert.ok(policies.some((policy) => policy[column] !== DEFAULTS[column]), column);
  }
});
