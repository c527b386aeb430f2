import { at, type JsonObject, record, text, whole } from "./json.ts";

/** Stripe's own limit for a metadata value. */
const LONGEST = 500;

/** The buyer and the module, as the site wrote them in the object's own metadata. */
export function siteRefs(
  object: JsonObject,
): { user_ref: string | null; module_ref: string | null } {
  return { user_ref: userRef(object), module_ref: written(object, "module_id", idOrText) };
}

/** The buyer, as the site wrote it in the metadata of this object. */
export function userRef(object: JsonObject | null): string | null {
  return written(object, "user_id", text);
}

type Read = (value: unknown) => string | null;

/** The value of a key, or of the same key in another spelling: `userId`, `user-id`. */
function written(object: JsonObject | null, key: string, read: Read): string | null {
  const metadata = record(at(object, "metadata"));
  if (metadata === null) return null;
  const alike = Object.keys(metadata).filter((other) => bare(other) === bare(key)).sort();
  const values = [key, ...alike].map((name) => tidy(read(metadata[name])));
  return values.find((value) => value !== null) ?? null;
}

function bare(key: string): string {
  return key.toLowerCase().replaceAll(/[\s_-]/g, "");
}

/** A module may be named by its number. Users have no numbers. */
function idOrText(value: unknown): string | null {
  return text(value) ?? whole(value)?.toString() ?? null;
}

function tidy(written: string | null): string | null {
  // The cut may fall inside a surrogate pair, hence well-formed once more.
  return written?.trim().slice(0, LONGEST).toWellFormed() || null;
}
