/**
 * Stripe's client. This is the only file of the functions that loads the package `stripe`, and it is
 * itself loaded when Stripe is asked.
 *
 * @module
 */

import Stripe from "stripe";
import { record } from "../facts/json.ts";
import { type Answer, type Ask, type StripeAddress, StripeFault } from "./ask.ts";

/** The header of a response that says when its request started. */
const STAMP = "sesame-stamp";

const REPLAYED = "idempotent-replayed";

/** Stripe's client; `timeout` in milliseconds is what one attempt may take. */
export function connectStripe({ key, base }: StripeAddress, timeout: number): Stripe {
  return new Stripe(key, {
    httpClient: Stripe.createFetchHttpClient(stampedFetch),
    maxNetworkRetries: 2,
    timeout,
    telemetry: false,
    ...(base === null ? {} : {
      protocol: base.protocol === "http:" ? "http" : "https",
      host: base.hostname,
      port: base.port || (base.protocol === "http:" ? 80 : 443),
    }),
  });
}

/** Reads through a client of its own. */
export function askingWith(address: StripeAddress, timeLimit: number): Ask {
  const client = connectStripe(address, timeLimit);
  return (path, account) => ask(client, path, account);
}

async function ask(client: Stripe, path: string, account: string | null): Promise<Answer> {
  try {
    const options = account === null ? {} : { stripeContext: account };
    const object = await client.rawRequest("GET", path, undefined, options);
    return { object: record(object), stamp: stampOf(object) };
  } catch (error) {
    if (!isStripeError(error)) throw error;
    // Only this 404 is about the object. A gateway and a wrong path answer 404 too.
    const isMissing = error.statusCode === 404 && error.code === "resource_missing";
    if (isMissing) return { object: null, stamp: Number(error.headers?.[STAMP]) };
    throw faultOf(error);
  }
}

/** An object of Stripe's client, with the response of `fetch` that it came in. */
interface WithResponse {
  lastResponse: { statusCode: number; headers: unknown };
}

/** When the request for this object started. Throws if the response holds no object. */
export function stampOf({ lastResponse: { statusCode, headers } }: WithResponse): number {
  // Stripe's client takes any JSON without an `error` for an object, with any status.
  if (statusCode !== 200) throw new StripeFault(`HTTP ${statusCode}`);
  return Number((headers as Headers).get(STAMP));
}

/** Whether Stripe only repeated its earlier answer to this idempotency key. */
export function isReplayed({ lastResponse: { headers } }: WithResponse): boolean {
  return (headers as Headers).get(REPLAYED) === "true";
}

/** The same for a failure. */
export function isRepeated({ headers }: Stripe.errors.StripeError): boolean {
  return headers?.[REPLAYED] === "true";
}

/** Stripe's client ignores how long a 429 says to wait. We do not. */
export function faultOf({ statusCode, type, headers }: Stripe.errors.StripeError): StripeFault {
  const asked = Number(headers?.["retry-after"]);
  const pause = asked > 0 ? 1_000 * asked : 1_000;
  const reason = statusCode === undefined ? type : `HTTP ${statusCode}`;
  return new StripeFault(reason, statusCode === 429 ? pause : null);
}

/** An error of Stripe's client, and not of our own code. */
export function isStripeError(error: unknown): error is Stripe.errors.StripeError {
  return error instanceof Stripe.errors.StripeError;
}

/** Stripe refused the request itself. Any other error of Stripe's may pass. */
export function isInvalidRequest(
  error: Stripe.errors.StripeError,
): error is Stripe.errors.StripeInvalidRequestError {
  return error instanceof Stripe.errors.StripeInvalidRequestError;
}

/** `fetch`, with a header that says at which second of Stripe's clock this attempt started. */
async function stampedFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const started = performance.now();
  const { body, status, headers } = await fetch(input, { ...init, redirect: "error" });
  const answered = Date.parse(headers.get("date") ?? "") || Date.now();
  const stamp = Math.floor((answered - (performance.now() - started)) / 1_000);
  const stamped = new Headers(headers);
  stamped.set(STAMP, String(stamp));
  return new Response(body, { status, headers: stamped });
}
