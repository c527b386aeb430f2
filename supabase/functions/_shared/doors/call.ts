import type { InboxEvent } from "../inbox_event.ts";

/** One call through a door. Its answer is not checked yet. */
export type Call = (events: InboxEvent[], signal?: AbortSignal) => Promise<unknown>;
