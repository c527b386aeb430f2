import { texts } from "../_shared/data_api.ts";
import { idOf, type JsonObject } from "../_shared/facts/json.ts";
import { toInboxEvent } from "../_shared/inbox.ts";
import { readPage } from "./page.ts";
import { handIn, type Part, type Turn, type World } from "./world.ts";

/**
 * Events of Stripe's last thirty days that never came, or failed here: those that Stripe knows were not
 * delivered, or with `all` every one that our inbox lacks. From the newest to the oldest.
 */
export async function bringMissed(world: World, turn: Turn, all: boolean): Promise<Part> {
  const part: Part = { done: 0, failed: 0, after: turn.after };
  const path = `/v1/events?limit=100${all ? "" : "&delivery_success=false"}`;
  while (part.after !== null && performance.now() < turn.until) {
    const page = await readPage(world.ask, path, null, part.after);
    const missing = await missingAmong(world, page.objects);
    const events = missing.map((event) =>
      toInboxEvent({ text: JSON.stringify(event), event }, world.ours)
    );
    part.failed += await handIn(world, turn, events);
    part.done += events.length;
    part.after = page.isLast ? null : page.last;
  }
  return part;
}

async function missingAmong({ call }: World, events: JsonObject[]): Promise<JsonObject[]> {
  const ids = events.map(idOf).filter((id) => id !== null);
  if (ids.length === 0) return [];
  const missing = new Set<unknown>(await texts(call, "sesame_missing_events", { event_ids: ids }));
  return events.filter((event) => missing.has(idOf(event)));
}
