/** 5.11: an address opens modules; it never closes them. */

import type { Source } from "./source.ts";

/** Reasons that ask the member to act. They are not shown if only an address names the buyer. */
const ASKING = ["pending_payment", "unpaid", "paused", "disputed"];

/** The same reasons for after the end of the access. */
const ASKING_AFTERWARDS = ["past_due_expired", "disputed"];

/** What a member sees of a source that only an address says is theirs. */
export function withoutDemands(sources: Source[]): Source[] {
  return sources
    .filter(({ byAddress, reason }) => byAddress !== true || !ASKING.includes(reason))
    .map((source) => {
      const isDemand = source.byAddress === true &&
        ASKING_AFTERWARDS.includes(source.reasonAfter);
      return isDemand ? { ...source, reasonAfter: "expired" } : source;
    });
}
