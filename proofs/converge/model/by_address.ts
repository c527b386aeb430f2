/** 5.11: an address gives; it never takes. */

import type { Source } from "./source.ts";

/** The reasons that ask something of a member; by an address alone nobody is asked for anything. */
const ASKING = ["pending_payment", "unpaid", "paused", "disputed"];

/** The same, as what remains once the time is over. */
const ASKING_AFTERWARDS = ["past_due_expired", "disputed"];

/** What a member is shown of what an address alone says is theirs. */
export function withoutDemands(sources: Source[]): Source[] {
  return sources
    .filter(({ byAddress, reason }) => byAddress !== true || !ASKING.includes(reason))
    .map((source) => {
      const isDemand = source.byAddress === true &&
        ASKING_AFTERWARDS.includes(source.reasonAfter);
      return isDemand ? { ...source, reasonAfter: "expired" } : source;
    });
}
