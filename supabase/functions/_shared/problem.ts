import { type LogLine, writeLine } from "./log.ts";

/** Every refusal: the code that callers may rely on, its status, and one constant sentence. */
export const PROBLEMS = {
  invalid_request: [400, "Invalid request; detail says what to change."],
  not_signed_in: [401, "Sign in first: the request has no valid session."],
  secret_key_needed: [401, "This takes the project's secret key, in the header apikey."],
  no_access: [403, "There is no access to this module now; reason says why not."],
  no_such_module: [404, "There is no such module."],
  no_such_user: [404, "This userId does not name exactly one user; detail says what to send."],
  denied: [403, "Access to this module was denied to you; ask the site why."],
  not_found: [404, "There is no such path."],
  no_such_price: [404, "There is no such price on offer."],
  no_such_code: [404, "There is no such promotion code for you, or it is over."],
  no_such_failure: [404, "There is no failed or waiting event with this id."],
  no_such_session: [404, "You have no such Checkout Session."],
  no_customer: [404, "There is nothing to manage yet: you have not bought anything."],
  method_not_allowed: [
    405,
    "This method is not allowed here; the header allow names those that are.",
  ],
  already_owned: [409, "You own this already: modules names what you own, url where to find it."],
  payment_pending: [409, "The payment for this is on its way; access opens when it arrives."],
  subscription_stalled: [
    409,
    "You have a subscription to this that needs attention: settle or cancel it first.",
  ],
  choose_price: [409, "This has several prices: send one of prices as price."],
  other_currency: [
    409,
    "You already have a subscription, or an open checkout, in another currency.",
  ],
  code_refused: [409, "This promotion code is not for this purchase."],
  not_for_sale: [409, "This is not for sale at present."],
  stale_next: [400, "Stripe no longer knows the object in next; begin again without next."],
  body_too_slow: [408, "The body did not arrive within ten seconds; nothing was acknowledged."],
  body_too_large: [413, "The body is larger than 1 MB."],
  unsigned: [400, "The stripe-signature header is missing."],
  bad_signature: [
    400,
    "The signature does not match the body, or its time is more than five minutes off.",
  ],
  not_json: [400, "The body is not JSON."],
  not_an_event: [400, "The body is not a Stripe event."],
  legacy_secret_unfit: [500, "This module's tokens cannot be signed; detail says what to set."],
  event_failed: [500, "The event is stored but could not be applied; send it again."],
  internal: [500, "Something went wrong; nothing was acknowledged."],
  unavailable: [503, "Not available at the moment; nothing was acknowledged."],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The parts of a refusal beside its code. */
interface More {
  /** For the log: a code or one of our words, never data and never the caller's text. */
  reason?: string;
  headers?: Record<string, string>;
  /** More members of the problem document. They contain only our own words. */
  members?: Record<string, unknown>;
}

/** A deliberate refusal. */
export class Refusal extends Error {
  override name = "Refusal";

  constructor(readonly code: ProblemCode, readonly more: More = {}) {
    super(code);
  }
}

/** A request that its sender must change; `detail` is a constant sentence that says how. */
export function invalid(detail: string): Refusal {
  return new Refusal("invalid_request", { members: { detail } });
}

/** Postgres answered in another shape than its functions do. */
export function incompleteAnswer(): Refusal {
  return new Refusal("internal", { reason: "incomplete_answer" });
}

/** A refusal for now: the same request may succeed in a few seconds. */
export class Unavailable extends Refusal {
  override name = "Unavailable";

  constructor(reason: string) {
    super("unavailable", { reason, headers: { "retry-after": "5" } });
  }
}

/** Answers one request, and fills in the request's log line. */
export type Handler = (request: Request, line: LogLine) => Promise<Response>;

/**
 * The only place where an error becomes an answer. A `Refusal` becomes its problem document
 * (RFC 9457), any other error a bare `internal`. Writes one log line per request.
 */
export function answering(
  handler: Handler,
  write: (line: LogLine) => void = writeLine,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const line: LogLine = {};
    const arrived = performance.now();
    try {
      return await handler(request, line);
    } catch (error) {
      line.code ??= reasonOf(error);
      return problem(error instanceof Refusal ? error : new Refusal("internal"));
    } finally {
      write({ ...line, ms: Math.round(performance.now() - arrived) });
    }
  };
}

function problem({ code, more }: Refusal): Response {
  const [status, title] = PROBLEMS[code];
  const document = { type: `urn:sesame:problem:${code}`, title, status, code, ...more.members };
  return Response.json(document, {
    status,
    headers: { ...more.headers, "content-type": "application/problem+json" },
  });
}

/** The class and not the message of an unforeseen error: a message can hold anything. */
export function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.more.reason ?? error.code;
  return error instanceof Error ? error.name : typeof error;
}
