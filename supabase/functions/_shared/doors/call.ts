import type { InboxEvent } from "../inbox_event.ts";

/** One call through a door. The answer is unchecked. */
export type Call = (events: InboxEvent[], signal?: AbortSignal) => Promise<unknown>;
