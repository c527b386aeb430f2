import type { CallRpc } from "../_shared/data_api.ts";
import { whole } from "../_shared/facts/json.ts";
import { jsonBody } from "../_shared/json_body.ts";
import { type Handler, invalid, Refusal } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import { readRun } from "./wish.ts";

/** How many changes are told at once. */
const AT_ONCE = 500;

/** Who gained or lost a module by a run: `{run, after?}`, page by page. */
export function changes(call: CallRpc, requireSecretKey: RequireSecretKey): Handler {
  return async (request) => {
    await requireSecretKey(request);
    const body = await jsonBody(request);
    const run = readRun(body.run);
    if (run === null) throw invalid("run is missing: name the one that an answer said.");
    const after = body.after === undefined ? 0 : whole(body.after);
    if (after === null) throw invalid("after must be what the last answer said.");

    const rows = await call(
      "sesame_reconciled_access",
      JSON.stringify({ run, after, most: AT_ONCE }),
    );
    if (!Array.isArray(rows)) throw new Refusal("internal", { reason: "incomplete_answer" });
    const next = rows.length < AT_ONCE ? null : rows.at(-1)?.id ?? null;
    return Response.json({ changes: rows.map(({ id: _, ...change }) => change), next });
  };
}
