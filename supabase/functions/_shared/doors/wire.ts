import type { InboxEvent } from "../inbox_event.ts";

const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/**
 * The events as the JSON array that Postgres takes as jsonb.
 *
 * jsonb refuses NUL and lone surrogates, which `JSON.stringify` writes as escapes. They are removed here.
 * Escapes inside a payload stay unchanged, because their backslash is doubled.
 */
export function toJsonArray(events: InboxEvent[]): string {
  const json = JSON.stringify(events);
  if (!UNSTORABLE.test(json)) return json;
  return json.replace(/\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g, storable);
}

function storable(escape: string): string {
  if (escape === "\\\\") return escape;
  return escape === "\\u0000" ? "" : "\ufffd";
}
