import { row } from "../_shared/data_api.ts";
import { type JsonObject, text } from "../_shared/facts/json.ts";
import { jsonBody } from "../_shared/json_body.ts";
import { type Handler, Refusal } from "../_shared/problem.ts";
import { refuseUnknownFields } from "./known_fields.ts";
import type { SessionStatus } from "./rows.ts";
import { sessionIn } from "./read_from_stripe.ts";
import type { Deps } from "./deps.ts";

/**
 * Answers the status of a buyer's Checkout Session. If its event has not arrived, the session is read
 * from Stripe and applied at once, so that buyers do not wait for a lost webhook.
 *
 * Another user's session answers like one that does not exist.
 */
export function sessionStatus(deps: Deps): Handler {
  return async (request, line) => {
    const member = await deps.memberOf(request);
    const id = await sessionIdOf(request);
    line.object_id = id;
    const ask = () =>
      row<SessionStatus>(deps.call, "sesame_checkout_status", {
        user_id: member.id,
        session_id: id,
        livemode: deps.livemode,
      });

    let found = await ask();
    if (found.status === null) {
      if (await askStripe(deps, id, member.id) === "open") {
        return Response.json({ status: "open", modules: [] });
      }
      found = await ask();
    }
    if (found.status === null) throw new Refusal("no_such_session");
    return Response.json({ status: found.status, modules: found.modules ?? [] });
  };
}

/** Applies the objects from Stripe only if they name this member as the buyer. */
async function askStripe(
  { stripeClient, applyEvents }: Deps,
  id: string,
  userId: string,
): Promise<"open" | "handed_in"> {
  const { readFromStripe } = await stripeClient();
  const events = await readFromStripe(id);
  const session = sessionIn(events);
  if (session?.user_ref !== userId) throw new Refusal("no_such_session");
  if (session.status === "open") return "open";
  await applyEvents(events);
  return "handed_in";
}

async function sessionIdOf(request: Request): Promise<string> {
  const id = request.method === "GET"
    ? new URL(request.url).searchParams.get("session_id")
    : sessionIdIn(await jsonBody(request));
  if (id === null || !/^cs_\w{1,250}$/.test(id)) throw new Refusal("no_such_session");
  return id;
}

function sessionIdIn(body: JsonObject): string | null {
  refuseUnknownFields(body, ["session_id"]);
  return text(body.session_id);
}
