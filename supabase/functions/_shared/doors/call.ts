import type { InboxEvent } from "../inbox_event.ts";

/** What a door brings back before anybody has looked at it. */
export type Call = (events: InboxEvent[], signal?: AbortSignal) => Promise<unknown>;
