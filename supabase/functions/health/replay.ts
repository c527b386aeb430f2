import { type CallRpc, rows } from "../_shared/data_api.ts";
import { jsonBody } from "../_shared/json_body.ts";
import { type Handler, incompleteAnswer, invalid, Refusal } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import { storedEvent, translatedAnew } from "../_shared/stored_event.ts";

export interface ReplayDeps {
  call: CallRpc;
  /** Hands events to Postgres, as the webhook does. */
  door: Door;
  requireSecretKey: RequireSecretKey;
}

/** Replays an event that failed or waits, translated again by the present code. */
export function replay({ call, door, requireSecretKey }: ReplayDeps): Handler {
  return async (request, line) => {
    await requireSecretKey(request);
    const { event_id } = await jsonBody(request);
    if (typeof event_id !== "string" || !/^(evt|fetch)_\w{1,250}$/.test(event_id)) {
      throw invalid("event_id must be the id of an event: evt_…, or fetch_….");
    }

    line.event_id = event_id;
    const [row] = await rows(call, "sesame_failed_event", { event_id });
    if (row === undefined) throw new Refusal("no_such_failure");

    const [result] = await door([translatedAnew(storedEvent(row))]);
    if (result === undefined) throw incompleteAnswer();
    const { outcome, detail } = result;
    line.outcome = outcome;
    return Response.json({ event_id, outcome, detail });
  };
}
