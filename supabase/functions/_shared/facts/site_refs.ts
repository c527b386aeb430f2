import { at, type JsonObject, text, whole } from "./json.ts";

/** Stripe's own limit for a metadata value. */
const LONGEST = 500;

/** What the site wrote in the object's own metadata: who buys, and which module. */
export function siteRefs(
  object: JsonObject,
): { user_ref: string | null; module_ref: string | null } {
  const moduleId = at(object, "metadata", "module_id");
  return {
    user_ref: userRef(object),
    module_ref: tidy(text(moduleId) ?? whole(moduleId)?.toString() ?? null),
  };
}

/** Who buys, as the site wrote it in the metadata of this object. */
export function userRef(object: JsonObject | null): string | null {
  return tidy(text(at(object, "metadata", "user_id")));
}

function tidy(written: string | null): string | null {
  // The cut may fall inside a surrogate pair, hence well-formed once more.
  return written?.trim().slice(0, LONGEST).toWellFormed() || null;
}
