import Stripe from "stripe";
import { type JsonObject, record } from "../facts/json.ts";
import { pacing } from "./pacing.ts";
import { Unavailable } from "../problem.ts";

/** Where Stripe's API is, and the key that opens it. */
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

/** Stripe gave no answer; `pause`: it asked for so many milliseconds of rest. */
export class StripeFault extends Unavailable {
  override name = "StripeFault";

  constructor(reason: string, readonly pause: number | null = null) {
    super(reason);
  }
}

/** Milliseconds one request may take; Stripe's client repeats a failed one up to twice. */
const TIME_LIMIT = 2_500;

const PACE = { atOnce: 4, attempts: 3, longestPause: 30_000 };

/** The header in which a response tells when its request started. */
const STAMP = "sesame-stamp";

const REPLAYED = "idempotent-replayed";

/** Reads from Stripe's API, at a pace it bears. The client is made at the first request. */
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
    // Not any 404: a gateway's, or a wrong path's, says nothing about the object.
    const isMissing = error.statusCode === 404 && error.code === "resource_missing";
    if (isMissing) return { object: null, stamp: Number(error.headers?.[STAMP]) };
    throw faultOf(error);
  }
}

/** An object as Stripe's client gives it: with the response of `fetch` that brought it. */
interface Brought {
  lastResponse: { statusCode: number; headers: unknown };
}

/** When the request started that brought this. Throws where it brought no object at all. */
export function stampOf({ lastResponse: { statusCode, headers } }: Brought): number {
  // Stripe's client takes any JSON without an `error` for an object, whatever its status.
  if (statusCode !== 200) throw new StripeFault(`HTTP ${statusCode}`);
  return Number((headers as Headers).get(STAMP));
}

/** Whether Stripe did nothing, and said again what it had answered to this idempotency key. */
export function isReplayed({ lastResponse: { headers } }: Brought): boolean {
  return (headers as Headers).get(REPLAYED) === "true";
}

/** The same of a failure. */
export function isRepeated({ headers }: Stripe.errors.StripeError): boolean {
  return headers?.[REPLAYED] === "true";
}

/** Stripe's client repeats by its own clock; that 429 says how long to wait is left to us. */
export function faultOf({ statusCode, type, headers }: Stripe.errors.StripeError): StripeFault {
  const asked = Number(headers?.["retry-after"]);
  const pause = asked > 0 ? 1_000 * asked : 1_000;
  const reason = statusCode === undefined ? type : `HTTP ${statusCode}`;
  return new StripeFault(reason, statusCode === 429 ? pause : null);
}

/** As `fetch`; the answer tells at which second of Stripe's clock this very attempt started. */
async function stampedFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const started = performance.now();
  const { body, status, headers } = await fetch(input, { ...init, redirect: "error" });
  const answered = Date.parse(headers.get("date") ?? "") || Date.now();
  const stamp = Math.floor((answered - (performance.now() - started)) / 1_000);
  const stamped = new Headers(headers);
  stamped.set(STAMP, String(stamp));
  return new Response(body, { status, headers: stamped });
}
