import { reportUnknown } from "../_shared/stripe/fetching.ts";
import { type Ours, toInboxEvent } from "../_shared/inbox.ts";
import { type LogLine, writeLine } from "../_shared/log.ts";
import { type Handler, Refusal } from "../_shared/problem.ts";
import type { Deliver } from "./batch.ts";
import { bodies, discardBody } from "../_shared/body.ts";
import type { Enrich } from "./enrich.ts";
import { mayHold, type Verify } from "./verify.ts";

/** All that the handler knows of the outside. */
export interface World {
  verify: Verify;
  enrich: Enrich;
  deliver: Deliver;
  ours: Ours;
  /** Where lines go that are not the request's own. */
  write?: (line: LogLine) => void;
}

/** Takes one delivery from Stripe. A 2xx says: what this event does is committed. */
export function stripeWebhook(
  { verify, enrich, deliver, ours, write = writeLine }: World,
): Handler {
  const withBody = bodies();
  return async (request, line) => {
    const header = await headerOf(request);
    const verified = await withBody(request, (body) => verify(body, header, Date.now()));
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

/** The signature header. Throws where it is needless to look at the body, which is then discarded. */
async function headerOf({ method, headers, body }: Request): Promise<string> {
  const header = headers.get("stripe-signature") ?? "";
  const refusal = refusalBy(method, header);
  if (refusal === null) return header;
  await discardBody(body);
  throw refusal;
}

function refusalBy(method: string, header: string): Refusal | null {
  if (method !== "POST") return new Refusal("method_not_allowed", { headers: { allow: "POST" } });
  if (header === "") return new Refusal("unsigned");
  return mayHold(header, Date.now()) ? null : new Refusal("bad_signature");
}
