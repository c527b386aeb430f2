import type { JsonObject } from "../_shared/facts/json.ts";
import { invalid } from "../_shared/problem.ts";

/**
 * Refuses a body with a field that is not known, by its name: a misspelt field would have no effect, and
 * the caller would never notice.
 */
export function refuseUnknownFields(body: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  // Only what looks like a field's name is repeated: a name may be any text, of any length.
  const named = /^\w{1,40}$/.test(unknown)
    ? `There is no field ${unknown}`
    : "A field is not known";
  throw invalid(`${named}. The fields are ${known.join(", ")}.`);
}
