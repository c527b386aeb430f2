import { texts } from "../_shared/data_api.ts";
import { idOf, type JsonObject } from "../_shared/facts/json.ts";
import { toInboxEvent } from "../_shared/inbox.ts";
import { readPage } from "./page.ts";
import { applyEvents, type Deps, type Part, type Slice } from "./deps.ts";

/**
 * Fetches events of the last thirty days that our inbox lacks: those that Stripe could not deliver, or
 * all of them with `all`. From the newest to the oldest.
 */
export async function bringMissed(deps: Deps, slice: Slice, all: boolean): Promise<Part> {
  const part: Part = { done: 0, failed: 0, after: slice.after };
  const path = `/v1/events?limit=100${all ? "" : "&delivery_success=false"}`;
  while (part.after !== null && performance.now() < slice.until) {
    const page = await readPage(deps.ask, path, null, part.after);
    const missing = await missingAmong(deps, page.objects);
    const events = missing.map((event) =>
      toInboxEvent({ text: JSON.stringify(event), event }, deps.ours)
    );
    part.failed += await applyEvents(deps, slice, events);
    part.done += events.length;
    part.after = page.isLast ? null : page.last;
  }
  return part;
}

async function missingAmong({ call }: Deps, events: JsonObject[]): Promise<JsonObject[]> {
  const ids = events.map(idOf).filter((id) => id !== null);
  if (ids.length === 0) return [];
  const missing = new Set<unknown>(await texts(call, "sesame_missing_events", { event_ids: ids }));
  return events.filter((event) => missing.has(idOf(event)));
}
