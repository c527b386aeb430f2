import { reportUnknown } from "../_shared/stripe/fetching.ts";
import { type Ours, toInboxEvent } from "../_shared/inbox.ts";
import { type LogLine, writeLine } from "../_shared/log.ts";
import { type Handler, Refusal } from "../_shared/problem.ts";
import { BadSignature } from "./bad_signature.ts";
import type { Deliver } from "./batch.ts";
import { bodies, discardBody, type WithBody } from "../_shared/body.ts";
import type { Diagnosing } from "./diagnose.ts";
import type { Enrich } from "./enrich.ts";
import { mismatchOf } from "./signature_header.ts";
import type { Verify } from "./verify.ts";

/** The dependencies of the webhook. */
export interface WebhookDeps {
  verify: Verify;
  diagnosing: Diagnosing;
  enrich: Enrich;
  deliver: Deliver;
  ours: Ours;
  /** Writes log lines beside the request's own. */
  write?: (line: LogLine) => void;
}

/** Takes one delivery from Stripe. A 2xx means that the effects of the event are committed. */
export function stripeWebhook(
  { verify, diagnosing, enrich, deliver, ours, write = writeLine }: WebhookDeps,
): Handler {
  const withBody = bodies();
  const verifyOrDiagnose = (body: Uint8Array, header: string) =>
    verify(body, header, Date.now()).catch((error) => withCause(error, body, header, diagnosing));
  return async (request, line) => {
    const header = await headerOf(request, withBody, diagnosing);
    const verified = await withBody(request, (body) => verifyOrDiagnose(body, header));
    const event = toInboxEvent(verified, ours);
    line.event_id = event.id;
    line.type = event.type;
    if (event.facts.length > 0) reportUnknown(event, verified.event, write);

    const { outcome, detail } = await deliver(event, await enrich(event));
    line.outcome = outcome;
    if (detail !== null) line.code = detail;
    if (outcome === "failed") throw new Refusal("event_failed");
    return Response.json({ received: true, outcome });
  };
}

/** The signature header. Throws if the header alone is refused. The body is then discarded. */
async function headerOf(
  request: Request,
  withBody: WithBody,
  diagnosing: Diagnosing,
): Promise<string> {
  const header = request.headers.get("stripe-signature") ?? "";
  const refusal = refusalBy(request.method, header);
  if (refusal === null) return header;
  throw await withCauseFromBody(refusal, request, withBody, diagnosing);
}

/** The refusal, sometimes with its probable cause. The body is read only to find the cause. */
async function withCauseFromBody(
  refusal: Refusal,
  request: Request,
  withBody: WithBody,
  diagnosing: Diagnosing,
): Promise<Refusal> {
  const mismatch = refusal instanceof BadSignature ? refusal.mismatch : null;
  const diagnose = mismatch === null ? null : diagnosing(mismatch);
  if (mismatch === null || diagnose === null) {
    await discardBody(request.body);
    return refusal;
  }
  const header = request.headers.get("stripe-signature") ?? "";
  const cause = await withBody(request, (body) => diagnose(body, header)).catch(noCause);
  return new BadSignature(mismatch, cause);
}

/** A body that is too large or too slow gives no cause. Its delivery is refused all the same. */
function noCause(error: unknown): null {
  if (error instanceof Refusal) return null;
  throw error;
}

/** The refusal of a delivery whose body was read already. */
async function withCause(
  error: unknown,
  body: Uint8Array,
  header: string,
  diagnosing: Diagnosing,
): Promise<never> {
  if (!(error instanceof BadSignature) || error.probably !== null) throw error;
  const { mismatch } = error;
  throw new BadSignature(mismatch, await diagnosing(mismatch)?.(body, header) ?? null);
}

function refusalBy(method: string, header: string): Refusal | null {
  if (method !== "POST") return new Refusal("method_not_allowed", { headers: { allow: "POST" } });
  if (header === "") return new Refusal("unsigned");
  const mismatch = mismatchOf(header, Date.now());
  return mismatch === null ? null : new BadSignature(mismatch);
}
