import Stripe from "stripe";
import { type JsonObject, record } from "../facts/json.ts";
import { pacing } from "./pacing.ts";
import { Unavailable } from "../problem.ts";

/** Where Stripe's API is, and its key. */
export interface StripeAddress {
  key: string;
  /** The origin of a stand-in; null: Stripe itself. */
  base: URL | null;
}

/** What Stripe answered. */
export interface Answer {
  /** Null: Stripe has no such object. */
  object: JsonObject | null;
  /** The second at which the request started, by Stripe's own clock. */
  stamp: number;
}

/** Asks Stripe for what is at a path, on behalf of a connected account or of our own (null). */
export type Ask = (path: string, account: string | null) => Promise<Answer>;

/** Stripe gave no usable answer. `pause`: the milliseconds for which it asked us to wait. */
export class StripeFault extends Unavailable {
  override name = "StripeFault";

  constructor(reason: string, readonly pause: number | null = null) {
    super(reason);
  }
}

/** Milliseconds one request may take. Stripe's client repeats a failed one up to twice. */
const TIME_LIMIT = 2_500;

const PACE = { atOnce: 4, attempts: 3, longestPause: 30_000 };

/** The header of a response that says when its request started. */
const STAMP = "sesame-stamp";

const REPLAYED = "idempotent-replayed";

/** Reads from Stripe's API within its rate limits. The client is made at the first request. */
export function stripeApi(address: StripeAddress, timeLimit = TIME_LIMIT): Ask {
  let client: Stripe | null = null;
  const pace = pacing(PACE, (error) => error instanceof StripeFault ? error.pause : null);
  return (path, account) =>
    pace(() => ask(client ??= connectStripe(address, timeLimit), path, account));
}

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

async function ask(client: Stripe, path: string, account: string | null): Promise<Answer> {
  try {
    const options = account === null ? {} : { stripeContext: account };
    const object = await client.rawRequest("GET", path, undefined, options);
    return { object: record(object), stamp: stampOf(object) };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    // Only this 404 is about the object. A gateway and a wrong path answer 404, too.
    const isMissing = error.statusCode === 404 && error.code === "resource_missing";
    if (isMissing) return { object: null, stamp: Number(error.headers?.[STAMP]) };
    throw faultOf(error);
  }
}

/** An object of Stripe's client, with the response of `fetch` that it came in. */
interface WithResponse {
  lastResponse: { statusCode: number; headers: unknown };
}

/** When the request for this object started. Throws where the response holds no object. */
export function stampOf({ lastResponse: { statusCode, headers } }: WithResponse): number {
  // Stripe's client takes any JSON without an `error` for an object, with any status.
  if (statusCode !== 200) throw new StripeFault(`HTTP ${statusCode}`);
  return Number((headers as Headers).get(STAMP));
}

/** Whether Stripe did nothing and repeated its earlier answer to this idempotency key. */
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
