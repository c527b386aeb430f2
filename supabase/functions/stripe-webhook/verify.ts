import Stripe from "stripe";
import { parsed } from "../_shared/facts/json.ts";
import type { Verified } from "../_shared/inbox.ts";
import { Refusal } from "../_shared/problem.ts";
import { BadSignature } from "./bad_signature.ts";

/** How many seconds the signature's time may lie before or after ours. */
const TOLERANCE = 300;

/** An HMAC-SHA256 as Stripe writes it. */
const SIGNATURE = /^[0-9a-f]{64}$/;

/**
 * Checks the `stripe-signature` header over the raw bytes; `now` is in Unix milliseconds.
 * Throws `BadSignature`, or `not_json` for a signed body that is no JSON.
 */
export type Verify = (body: Uint8Array, header: string, now: number) => Promise<Verified>;

/** Accepts a signature of any of the secrets, so that they can be rotated. */
export function verifying(secrets: readonly string[]): Verify {
  return async (body, header, now) => {
    const text = decoded(body);
    if (text === null) throw new BadSignature("no_match", "body_changed");
    const mismatch = mismatchOf(header, now);
    if (mismatch !== null) throw new BadSignature(mismatch);
    for (const secret of secrets) {
      const verified = await verifyWith(secret, text, header, now);
      if (verified !== null) return verified;
    }
    throw new BadSignature("no_match");
  };
}

/**
 * Why no body can match this header: it has no signature, or its time is too early or too late. Null: a
 * body may match. It needs no body, so that none is held for a hopeless header.
 */
export function mismatchOf(header: string, now: number): "malformed" | "out_of_time" | null {
  const items = header.split(",").map((item) => item.split("="));
  const valuesOf = (wanted: string) =>
    items.filter(([name]) => name?.trim() === wanted).map(([, value]) => value ?? "");
  const times = valuesOf("t").map((time) => parseInt(time, 10)).filter((time) => time >= 0);
  if (times.length === 0 || !valuesOf("v1").some((value) => SIGNATURE.test(value))) {
    return "malformed";
  }
  const ages = times.map((time) => now / 1_000 - time);
  // Stripe's own check limits the past only. All `t` are checked, because Stripe may read any of them.
  return ages.some((age) => age < TOLERANCE + 1) && !ages.some((age) => age < -TOLERANCE)
    ? null
    : "out_of_time";
}

/** Whether this secret signed this text, at the time that the header names. */
export async function isSignedWith(
  secret: string,
  text: string,
  header: string,
): Promise<boolean> {
  const anyTime = 0; // a tolerance of 0 makes Stripe's client ignore the time
  try {
    return await Stripe.webhooks.signature?.verifyHeaderAsync(text, header, secret, anyTime) ===
      true;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}

/** Null: another secret signed it. */
async function verifyWith(
  secret: string,
  text: string,
  header: string,
  now: number,
): Promise<Verified | null> {
  const signed = [text, header, secret, TOLERANCE, undefined, now] as const;
  try {
    return { text, event: await Stripe.webhooks.constructEventAsync(...signed) };
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return null;
    // Stripe's client throws on thin events and on invalid JSON after it has verified them. The error
    // does not prove that, so the signature alone is checked once more.
    const held = await Stripe.webhooks.signature?.verifyHeaderAsync(...signed);
    if (held !== true) throw error;
    const event = parsed(text);
    if (event === undefined) throw new Refusal("not_json");
    return { text, event };
  }
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
