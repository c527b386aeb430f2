/** 5.6: which list of line items of a session counts. */

import type { ReportedFact } from "./history.ts";

/**
 * The later list; in one second the list of the completed session, then the fetched one. Lists that still
 * tie are united. Null: no list is known.
 */
export function chosenPrices(facts: ReportedFact<"checkout_session">[]): string[] | null {
  const lists = facts.filter(({ price_ids }) => price_ids !== null);
  const best = lists.toSorted(compare)[0];
  if (best === undefined) return null;
  const tied = lists.filter((list) => compare(best, list) === 0);
  return [...new Set(tied.flatMap(({ price_ids }) => price_ids ?? []))];
}

function compare(
  one: ReportedFact<"checkout_session">,
  other: ReportedFact<"checkout_session">,
): number {
  return other.stamp - one.stamp ||
    Number(other.status === "complete") - Number(one.status === "complete") ||
    Number(other.isFetch) - Number(one.isFetch);
}
