import { rows } from "../_shared/data_api.ts";
import { type StoredEvent, storedEvent, translatedAnew } from "../_shared/stored_event.ts";
import { applyEvents, type Deps, type Part, type Slice } from "./deps.ts";

/** How many events one call replays. */
const AT_ONCE = 100;

/**
 * Replays stored events that failed, that have waited too long for the fold, or that were quarantined
 * and are ours now. They are translated again by the present code.
 */
export async function replayFailed(deps: Deps, slice: Slice): Promise<Part> {
  const part: Part = { done: 0, failed: 0, after: slice.after };
  while (part.after !== null && performance.now() < slice.until) {
    const events = await failedAfter(deps, part.after);
    part.failed += await applyEvents(deps, slice, events.map(translatedAnew));
    part.done += events.length;
    part.after = events.length < AT_ONCE ? null : events.at(-1)?.id ?? null;
  }
  return part;
}

async function failedAfter({ call, ours }: Deps, after: string): Promise<StoredEvent[]> {
  const scope = { our_livemode: ours.livemode, our_accounts: [...ours.accounts] };
  const found = await rows(call, "sesame_failed_events", { after, most: AT_ONCE, ...scope });
  return found.map(storedEvent);
}
