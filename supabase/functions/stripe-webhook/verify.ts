import Stripe from "stripe";
import type { Verified } from "../_shared/inbox.ts";
import { Refusal } from "../_shared/problem.ts";

/** How far, in seconds, the signature's time may lie from ours, either way. */
const TOLERANCE = 300;

/**
 * Checks the `stripe-signature` header over the raw bytes; `now` is in Unix milliseconds.
 * Throws `bad_signature`, or `not_json` for a signed body that is none.
 */
export type Verify = (body: Uint8Array, header: string, now: number) => Promise<Verified>;

/** Accepts what is signed with any one of the secrets, so that one can be rotated. */
export function verifying(secrets: readonly string[]): Verify {
  return async (body, header, now) => {
    const text = decoded(body);
    if (!mayHold(header, now)) throw new Refusal("bad_signature");
    for (const secret of secrets) {
      const verified = await verifyWith(secret, text, header, now);
      if (verified !== null) return verified;
    }
    throw new Refusal("bad_signature");
  };
}

/**
 * Whether some body could match this header: it has a signature, and the time of one is neither
 * past nor to come. Needs no body, so that none is held for a header that cannot hold.
 */
export function mayHold(header: string, now: number): boolean {
  const items = header.split(",").map((item) => item.split("="));
  const valuesOf = (wanted: string) =>
    items.filter(([name]) => name?.trim() === wanted).map(([, value]) => value ?? "");
  const ages = valuesOf("t").map((time) => now / 1_000 - parseInt(time, 10));
  // Stripe's own check bounds the past only. Every `t` counts, whichever of them Stripe reads.
  return valuesOf("v1").length > 0 && ages.some((age) => age < TOLERANCE + 1) &&
    !ages.some((age) => age < -TOLERANCE);
}

/** Null: this is not the secret that signed it. */
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
    // Stripe's client verifies, and then throws on a thin event and on what is not JSON. That it
    // had verified is never concluded from an error: the signature alone is checked once more.
    const held = await Stripe.webhooks.signature?.verifyHeaderAsync(...signed);
    if (held !== true) throw error;
    return { text, event: parsed(text) };
  }
}

/**
 * The very bytes as text. Stripe's own decoding would drop a BOM and replace what is not UTF-8,
 * so that a changed body could still match.
 */
function decoded(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new Refusal("bad_signature");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("not_json");
  }
}
