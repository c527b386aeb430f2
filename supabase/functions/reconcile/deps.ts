import type { CallRpc } from "../_shared/data_api.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import type { Ours } from "../_shared/inbox.ts";
import type { Door } from "../_shared/rpc.ts";
import type { FetchObject } from "../_shared/stripe/fetching.ts";
import type { Ask } from "../_shared/stripe/stripe_api.ts";

/** What reconciling needs from outside. */
export interface Deps {
  call: CallRpc;
  /** Hands events to Postgres as the webhook does, in the name of a run. */
  doorOf: (run: string) => Door;
  ask: Ask;
  fetchObject: FetchObject;
  ours: Ours;
}

/** Where a part continues in this call, and until when. */
export interface Slice {
  /** Which run it belongs to, for the access log. */
  run: string;
  /** The last id of what was done; "" at the beginning. */
  after: string;
  /** When this call has to stop, by `performance.now()`. */
  until: number;
  /** True: everything is counted, and nothing is changed. */
  isRehearsal: boolean;
}

/** What a part did in this call. */
export interface Part {
  /** How many events or objects were handed in; in a rehearsal, would be. */
  done: number;
  /** How many of them could not be applied or read. */
  failed: number;
  /** Where to continue; null: the part is finished. */
  after: string | null;
}

/** Hands in events in one call. Gives how many could not be applied. */
export async function handIn(
  { doorOf }: Deps,
  { run, isRehearsal }: Slice,
  events: InboxEvent[],
): Promise<number> {
  if (events.length === 0 || isRehearsal) return 0;
  const outcomes = await doorOf(run)(events);
  return outcomes.filter(({ outcome }) => outcome === "failed").length;
}
