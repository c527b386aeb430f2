import { at, type JsonObject } from "./json.ts";
import type { Words } from "./kind.ts";
import { objectsOf } from "./objects.ts";

/**
 * The fields of an event that have an unknown word, such as `subscription.status=hibernating`.
 * `translate()` reads the safe word instead. Stripe may add words at any time, in any API version.
 */
export function unknownValues(event: unknown): string[] {
  return objectsOf(event).flatMap(({ kind: { kind, words = {} }, object }) =>
    unknownFields(object, words).map((field) => `${kind}.${field}`)
  );
}

function unknownFields(object: JsonObject, words: Words): string[] {
  return Object.entries(words).flatMap(([field, known]) => {
    const value = at(object, ...field.split(".")) ?? null;
    if (value === null || known.some((word) => word === value)) return [];
    return [field + (isWord(value) ? `=${value}` : "")];
  });
}

/** Only a value in the format of Stripe's words is repeated. Any other value may be personal data. */
function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[a-z_]{1,40}$/.test(value);
}
