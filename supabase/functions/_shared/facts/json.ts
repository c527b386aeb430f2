/**
 * Readers of JSON: the only place where JSON from outside becomes typed.
 *
 * Every function takes any value and never throws. A missing value, or one of another type, is null.
 *
 * @module
 */

/** A JSON object whose fields are still unknown. */
export interface JsonObject {
  readonly [field: string]: unknown;
}

/** The value as an object; null for an array. */
export function record(value: unknown): JsonObject | null {
  return isRecord(value) ? value : null;
}

/** The value at the end of a path of field names. */
export function at(value: unknown, ...path: string[]): unknown {
  let here = value;
  for (const field of path) {
    if (!isRecord(here)) return null;
    here = here[field];
  }
  return here;
}

/** A string that Postgres can store; null for an empty one. */
export function text(value: unknown): string | null {
  if (typeof value !== "string") return null;
  // Postgres refuses NUL in text and lone surrogates in jsonb, and Stripe would retry for ever.
  return value.replaceAll("\0", "").toWellFormed() || null;
}

/** A whole number that is not negative, as most of Stripe's amounts and quantities are. */
export function whole(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A whole number that may be negative: the amount of a credit. */
export function signed(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

/** True or false. */
export function flag(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

/** One of the known words. */
export function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | null {
  return words.find((word) => word === value) ?? null;
}

/** A UUID in lowercase. */
export function uuid(value: unknown): string | null {
  const written = text(value);
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(written ?? "");
  return isUuid ? written : null;
}

/** Stripe's own limit for an id. */
const LONGEST_ID = 255;

/** The first second of the year 10000. */
const END_OF_TIME = 253_402_300_800;

/** An id. A text beyond Stripe's limit is not an id: it would not fit into an index of Postgres. */
export function id(value: unknown): string | null {
  const written = text(value);
  return written !== null && written.length <= LONGEST_ID ? written : null;
}

/** Unix seconds, up to the year 9999: Postgres refuses times far beyond. */
export function time(value: unknown): number | null {
  const seconds = whole(value);
  return seconds !== null && seconds < END_OF_TIME ? seconds : null;
}

/** The id in an expandable field: the id itself, or the id of the expanded object. */
export function idOf(value: unknown): string | null {
  return id(value) ?? id(at(value, "id"));
}

/** The objects of a plain array, or of a Stripe list (`{ object: "list", data: […] }`). */
export function list(value: unknown): JsonObject[] | null {
  const members: unknown = Array.isArray(value) ? value : at(value, "data");
  return Array.isArray(members) ? members.filter(isRecord) : null;
}

/** The parsed JSON of a text; undefined: the text is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
