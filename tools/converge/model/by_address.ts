/** 5.11: an address gives; it never takes. */

import type { Source } from "./source.ts";

/** The reasons that ask something of a member; by an address alone nobody is asked for anything. */
const ASKING = ["pending_payment", "unpaid", "paused", "disputed"];

/** What a member is shown of what an address alone says is theirs. */
export function withoutDemands(sources: Source[]): Source[] {
  return sources
    .filter(({ byAddress, reason }) => byAddress !== true || !ASKING.includes(reason))
    .map((source) => {
      const isDemand = source.byAddress === true && source.reasonAfter === "past_due_expired";
      return isDemand ? { ...source, reasonAfter: "expired" } : source;
    });
}
