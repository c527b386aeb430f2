/**
 * The model: access computed from the set of all facts, anew each time, with plain loops.
 *
 * It shares only the facts with the database. The fold, with its increments, joins and locks, must
 * have the same result. The rules are those of "Whose money paid for
 * what"; each file says in its first line which of them it holds.
 *
 * @module
 */

import type { AccessRow } from "../access.ts";
import { withoutDemands } from "./by_address.ts";
import { manualSources } from "./by_hand.ts";
import { knownOf } from "./known.ts";
import { stacked } from "./passes.ts";
import { purchaseSources } from "./purchases.ts";
import { DEFAULTS } from "./settings.ts";
import { deciding, gravest, isOpen, type Source } from "./source.ts";
import { subscriptionSources } from "./subscriptions.ts";
import type { History } from "./history.ts";

/** The access that follows from these facts and acts, under this policy. */
export function modelAccess(history: History): AccessRow[] {
  const { passes_stack } = { ...DEFAULTS, ...history.settings };
  const sold = historiesOf(history).map(knownOf)
    .flatMap((known) => [...purchaseSources(known), ...subscriptionSources(known)]);
  const sources = [...passes_stack ? stacked(sold) : sold, ...manualSources(history)];
  const byModule = Map.groupBy(
    sources.filter(({ userRef }) => userRef !== null),
    ({ userRef, module }) => `${userRef} ${module}`,
  );
  return [...byModule.values()].map(wordsOf).filter((words) => words.length > 0).map(decide);
}

/** Ids are unique within an account and mode only, so each is a history of its own. */
function historiesOf(history: History): History[] {
  const accounts = Map.groupBy(history.events, (event) => `${event.livemode} ${event.account}`);
  return [...accounts.values()].map((events) => ({ ...history, events }));
}

/** Two items of one subscription may open one module; the subscription is one source of it. */
function wordsOf(sources: Source[]): Source[] {
  const bySource = Map.groupBy(sources, ({ id }) => id);
  return withoutDemands([...bySource.values()].map(deciding));
}

/** Open if any source is open, as long as the longest one, unless it is denied. */
function decide(words: Source[]): AccessRow {
  const denied = words.find(({ reason }) => reason === "denied");
  const decided = denied ?? deciding(words);
  return {
    userId: decided.userRef ?? "",
    module: decided.module,
    isActive: isOpen(decided),
    expiresAt: decided.expiresAt,
    reason: decided.reason,
    // At that time every source has its final reason, and the most severe one remains.
    reasonAfter: gravest(words, "reasonAfter").reasonAfter,
  };
}
