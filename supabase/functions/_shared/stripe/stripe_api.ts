import { type Ask, type StripeAddress, StripeFault } from "./ask.ts";
import { pacing } from "./pacing.ts";

/** Milliseconds one request may take. Stripe's client repeats a failed one up to twice. */
const TIME_LIMIT = 2_500;

const PACE = { atOnce: 4, attempts: 3, longestPause: 30_000 };

/**
 * Reads from Stripe's API within its rate limits. Stripe's client is the largest part of a function, and
 * most deliveries need no read. So it is loaded at the first request.
 */
export function stripeApi(address: StripeAddress, timeLimit = TIME_LIMIT): Ask {
  let ask: Ask | null = null;
  const pace = pacing(PACE, (error) => error instanceof StripeFault ? error.pause : null);
  return (path, account) =>
    pace(async () => {
      ask ??= (await import("./client.ts")).askingWith(address, timeLimit);
      return await ask(path, account);
    });
}
