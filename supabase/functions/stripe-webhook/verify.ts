import { parsed } from "../_shared/facts/json.ts";
import type { Verified } from "../_shared/inbox.ts";
import { Refusal } from "../_shared/problem.ts";
import { BadSignature } from "./bad_signature.ts";
import { mismatchOf } from "./signature_header.ts";
import { signedWith } from "./signed_with.ts";

/**
 * Checks the `stripe-signature` header over the raw bytes; `now` is in Unix milliseconds.
 * Throws `BadSignature`, or `not_json` for a signed body that is no JSON.
 */
export type Verify = (body: Uint8Array, header: string, now: number) => Promise<Verified>;

/** Accepts a signature of any of the secrets, so that they can be rotated. */
export function verifying(secrets: readonly string[]): Verify {
  const isSigned = signedWith(secrets);
  return async (body, header, now) => {
    const text = decoded(body);
    if (text === null) throw new BadSignature("no_match", "body_changed");
    const mismatch = mismatchOf(header, now);
    if (mismatch !== null) throw new BadSignature(mismatch);
    if (!await isSigned(body, header)) throw new BadSignature("no_match");
    const event = parsed(text);
    if (event === undefined) throw new Refusal("not_json");
    return { text, event };
  };
}

/**
 * The exact bytes as text; null: they are not UTF-8. Stripe's own decoding drops a BOM and replaces
 * invalid bytes, so that a changed body could still match.
 */
export function decoded(body: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}
