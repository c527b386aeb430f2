import { type CallRpc, rows } from "../_shared/data_api.ts";
import { whole } from "../_shared/facts/json.ts";
import { jsonBody } from "../_shared/json_body.ts";
import { type Handler, invalid } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import { readRun } from "./options.ts";

/** The maximum number of changes in one answer. */
const AT_ONCE = 500;

/** The members that gained or lost a module in a run: `{run, after?}`, page by page. */
export function changes(call: CallRpc, requireSecretKey: RequireSecretKey): Handler {
  return async (request) => {
    await requireSecretKey(request);
    const body = await jsonBody(request);
    const run = readRun(body.run);
    if (run === null) throw invalid("run is missing: send the one of an earlier answer.");
    const after = body.after === undefined ? 0 : whole(body.after);
    if (after === null) throw invalid("after must be next of the last answer.");

    const found = await rows(call, "sesame_reconciled_access", { run, after, most: AT_ONCE });
    const next = found.length < AT_ONCE ? null : found.at(-1)?.id ?? null;
    return Response.json({ changes: found.map(({ id: _, ...change }) => change), next });
  };
}
