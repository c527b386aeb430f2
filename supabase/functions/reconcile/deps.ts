import type { CallRpc } from "../_shared/data_api.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import type { Ours } from "../_shared/inbox.ts";
import type { Door } from "../_shared/rpc.ts";
import type { FetchObject } from "../_shared/stripe/fetching.ts";
import type { Ask } from "../_shared/stripe/ask.ts";

/** The dependencies of reconciling. */
export interface Deps {
  call: CallRpc;
  /** Sends events to Postgres as the webhook does, for a run. */
  doorOf: (run: string) => Door;
  ask: Ask;
  fetchObject: FetchObject;
  ours: Ours;
}

/** Where a part continues in this call, and until when. */
export interface Slice {
  /** The run it belongs to, for the access log. */
  run: string;
  /** The last id that was handled; "" at the beginning. */
  after: string;
  /** When this call has to stop, by `performance.now()`. */
  until: number;
  /** True: the work is counted, and nothing is changed. */
  isRehearsal: boolean;
}

/** The result of a part in this call. */
export interface Part {
  /** How many events or objects were sent to Postgres, or would be in a rehearsal. */
  done: number;
  /** How many of them could not be applied or read. */
  failed: number;
  /** Where to continue; null: the part is finished. */
  after: string | null;
}

/** Sends events to Postgres in one call. Returns how many could not be applied. */
export async function applyEvents(
  { doorOf }: Deps,
  { run, isRehearsal }: Slice,
  events: InboxEvent[],
): Promise<number> {
  if (events.length === 0 || isRehearsal) return 0;
  const outcomes = await doorOf(run)(events);
  return outcomes.filter(({ outcome }) => outcome === "failed").length;
}
