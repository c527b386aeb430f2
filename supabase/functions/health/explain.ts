import { type CallRpc, rows } from "../_shared/data_api.ts";
import { jsonBody } from "../_shared/json_body.ts";
import { type Handler, invalid } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";

export interface ExplainDeps {
  call: CallRpc;
  requireSecretKey: RequireSecretKey;
}

const LONGEST = 320;

/** `{user, module}`: the links from payment to access. `{reference}`: what a Stripe id is about. */
export function explain({ call, requireSecretKey }: ExplainDeps): Handler {
  return async (request) => {
    await requireSecretKey(request);
    const { user, module, reference } = await jsonBody(request);
    if (isShort(reference)) {
      return Response.json({
        about: await rows(call, "sesame_explain_reference", { reference }),
      });
    }
    if (!isShort(user) || !isShort(module)) {
      throw invalid(
        "Send user (an id or an address) and module (a slug), or reference (cs_…, pi_…, evt_…).",
      );
    }
    const links = await rows(call, "explain_module_access", { user_ref: user, module });
    return Response.json({ links });
  };
}

function isShort(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && value.length <= LONGEST &&
    !value.includes("\0"); // Postgres cannot store it
}
