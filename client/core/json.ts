/** Reads JSON of a server, which may be of a newer version or no server of Sesame at all. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Null: it is no object. */
export function record(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : null;
}

/** Null: it is no text. */
export function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/**
 * A list of objects that each have this text. Null: it is something else. The other fields are taken as
 * they come: a newer server may know more words than this version.
 */
export function rows<Row>(value: unknown, key: keyof Row & string): Row[] | null {
  if (!Array.isArray(value)) return null;
  return value.every((row) => text(record(row)?.[key]) !== null) ? value as Row[] : null;
}

/** The address of a page. Null: a browser must not be sent there. */
export function pageAddress(value: unknown): string | null {
  return typeof value === "string" && /^https?:\/\//i.test(value) ? value : null;
}
