/** The webhooks of two releases, each through both doors: those of 0.1.0, and those of today. */

import { openDoor } from "../../../supabase/functions/_shared/rpc.ts";
import { type ApiAddress, dataApi } from "../../../supabase/functions/_shared/data_api.ts";
import type { EventOutcome, InboxEvent } from "../../../supabase/functions/_shared/inbox_event.ts";
import { processAtOnce, type Send } from "../../converge/deliver.ts";

/** What the doors need: the address of the webhook's own role, and the Data API. */
export interface Doors {
  direct: string;
  api: ApiAddress;
}

/** Webhooks of every kind. `sent` gets the id of each event that one of them sends. */
export function webhooks(doors: Doors, sent: Set<string>): Send[] {
  return [processAtOnce, olderThroughApi(doors), newDirect(doors), newThroughApi(doors)]
    .map((send) => noting(send, sent));
}

/** The call of release 0.1.0 had one argument. */
function olderThroughApi({ api }: Doors): Send {
  const call = dataApi(api);
  return async (_, events) => {
    const answer = await call("process_stripe_events", `{"events":[${events.join(",")}]}`);
    return failuresIn(answer as EventOutcome[]);
  };
}

/** Each sender is a process of its own, so it opens its own door. */
function newDirect({ direct }: Doors): Send {
  const door = openDoor({ kind: "direct", url: direct });
  return async (_, events) => failuresIn(await door(parsed(events)));
}

function newThroughApi({ api }: Doors): Send {
  const door = openDoor({ kind: "api", ...api });
  return async (_, events) => failuresIn(await door(parsed(events)));
}

function noting(send: Send, sent: Set<string>): Send {
  return (sql, events) => {
    for (const { id } of parsed(events)) sent.add(id);
    return send(sql, events);
  };
}

/** As the webhook does, each id goes once. */
function parsed(events: string[]): InboxEvent[] {
  const all: InboxEvent[] = events.map((text) => JSON.parse(text));
  return [...new Map(all.map((event) => [event.id, event])).values()];
}

function failuresIn(rows: EventOutcome[]): string[] {
  return rows.filter(({ outcome }) => outcome === "failed")
    .map(({ event_id, detail }) => `${event_id} failed: ${detail}`);
}
