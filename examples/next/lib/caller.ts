import "server-only";
import { createHash, timingSafeEqual } from "node:crypto";

/** Whether a request carries the secret of this URL in the header `x-webhook-secret`. */
export type Caller = "known" | "unknown" | "not_configured";

/** Shorter secrets can be guessed. */
const SHORTEST = 32;

export function callerOf({ headers }: Request): Caller {
  const secret = process.env.MODULE_TOKEN_WEBHOOK_SECRET ?? "";
  if (secret.length < SHORTEST) return "not_configured"; // an empty one would match a request without the header
  const given = headers.get("x-webhook-secret") ?? "";
  return timingSafeEqual(digestOf(given), digestOf(secret)) ? "known" : "unknown";
}

/** Digests have the same length, so comparing them reveals nothing about the secret. */
function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
