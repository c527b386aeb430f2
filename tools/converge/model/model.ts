/**
 * The model: access computed from the set of all facts, anew each time, with plain loops.
 *
 * It shares with the database only what it is given: the facts. Whatever the fold does with
 * increments, joins and locks has to come to the same.
 *
 * @module
 */

import type { AccessRow } from "../access.ts";
import { manualSources } from "./by_hand.ts";
import { objectsOf } from "./objects.ts";
import { purchaseSources } from "./purchases.ts";
import { type Catalogue, counts, deciding, gravest, isOpen, type Source } from "./source.ts";
import { subscriptionSources } from "./subscriptions.ts";
import type { World } from "./world.ts";

const OFFERS = [
  ["price_alpha", "alpha", null],
  ["price_beta", "beta", null],
  ["price_bundle", "alpha", null],
  ["price_bundle", "beta", null],
  ["price_week", "alpha", 7 * 86_400],
] as const;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The access that follows from these facts and acts. */
export function modelAccess(world: World): AccessRow[] {
  const objects = objectsOf(world);
  const catalogue = catalogueOf(world);
  const sources = [
    ...purchaseSources(objects, catalogue),
    ...subscriptionSources(objects, catalogue),
    ...manualSources(world),
  ];
  const byModule = Map.groupBy(
    sources.filter(({ userRef }) => UUID.test(userRef ?? "")),
    ({ userRef, module }) => `${userRef} ${module}`,
  );
  return [...byModule.values()].map(wordsOf).filter((words) => words.length > 0).map(decide);
}

/** Two items of one subscription may open one module; the subscription says one word on it. */
function wordsOf(sources: Source[]): Source[] {
  const bySource = Map.groupBy(sources, ({ id }) => id);
  return [...bySource.values()].map(deciding).filter(counts);
}

/** Open if any source is, for as long as the longest, unless it is denied. */
function decide(words: Source[]): AccessRow {
  const denied = words.find(({ reason }) => reason === "denied");
  const decided = denied ?? deciding(words);
  return {
    userId: decided.userRef ?? "",
    module: decided.module,
    isActive: isOpen(decided),
    expiresAt: decided.expiresAt,
    reason: decided.reason,
    // By then every source has had its last word, and the gravest of them remains.
    reasonAfter: gravest(words, "reasonAfter").reasonAfter,
  };
}

function catalogueOf({ acts }: World): Catalogue {
  const catalogue: Catalogue = new Map();
  const add = (price: string, module: string, term: number | null) =>
    catalogue.set(price, [...catalogue.get(price) ?? [], { module, term }]);
  for (const [price, module, term] of OFFERS) add(price, module, term);
  for (const { act } of acts) if (act.act === "map") add(act.price, act.module, null);
  return catalogue;
}
