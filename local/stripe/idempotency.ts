/** A repeated idempotency key gets the first answer again, and the request is not executed again. */

import { StripeError } from "./stripe_error.ts";

/** Seconds for which Stripe keeps a key, at least. */
const KEPT = 24 * 60 * 60;

interface Kept {
  request: string;
  answer: string;
  until: number;
}

/** `request` is the whole request as text. A refused one is not kept, and may be tried again. */
export type Once = (
  key: string | null,
  request: string,
  work: () => string,
) => { answer: string; isReplayed: boolean };

export function idempotency(now: () => number): Once {
  const kept = new Map<string, Kept>();
  return (key, request, work) => {
    const known = key === null ? undefined : kept.get(key);
    if (key === null || known === undefined || known.until <= now()) {
      const answer = work();
      if (key !== null) kept.set(key, { request, answer, until: now() + KEPT });
      return { answer, isReplayed: false };
    }
    if (known.request === request) return { answer: known.answer, isReplayed: true };
    throw new StripeError(400, {
      type: "idempotency_error",
      message: "Keys for idempotent requests can only be used with the same parameters they were " +
        `first used with. Try using a key other than '${key}' if you meant to execute a ` +
        "different request.",
    });
  };
}
