import fc from "fast-check";
import { type Lane, type Outcome, tryOrders } from "../lockstep.ts";
import { judgeByModel } from "../model/judge.ts";
import type { Settings } from "../model/settings.ts";
import { wordFor } from "../settings.ts";
import { type Lives, lives, orderOfLives } from "./lives.ts";
import { policyFor } from "./policy.ts";

/** How many random lives share a call. */
export const LIVES_TOGETHER = 200;

/** Tries this many random lives at once. The database must agree with the model on each. */
export async function tryLives(
  lane: Lane,
  seed: number,
  count: number,
  settings: Settings = policyFor(seed),
): Promise<Outcome> {
  const sample = fc.sample(lives, { seed, numRuns: count });
  const orders = sample.map((one) => orderOfLives(one, settings));
  const outcome = await tryOrders(lane, orders, judgeByModel);
  const wrong = outcome.divergences[0];
  if (wrong === undefined) return outcome;

  const index = orders.findIndex((order) => order === wrong.order);
  const found = `${wrong.found}\n${await simplest(lane, seed, index, settings)}`;
  return { ...outcome, divergences: [{ ...wrong, found }] };
}

/** Lets fast-check find the simplest lives that fail like the ones at this index. */
async function simplest(
  lane: Lane,
  seed: number,
  index: number,
  settings: Settings,
): Promise<string> {
  const agrees = fc.asyncProperty(lives, async (one: Lives) => {
    const { divergences } = await tryOrders(lane, [orderOfLives(one, settings)], judgeByModel);
    return divergences.length === 0;
  });
  const details = await fc.check(agrees, { seed, path: String(Math.max(0, index)), numRuns: 1 });
  if (!details.failed) {
    return "alone these lives agree: the divergence needs other lives beside them";
  }
  return `simplest lives (seed ${seed}, path ${details.counterexamplePath}, ${
    wordFor(settings)
  }):\n` +
    fc.stringify(details.counterexample?.[0]);
}
