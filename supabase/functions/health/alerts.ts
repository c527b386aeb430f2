import { type CallRpc, rows } from "../_shared/data_api.ts";
import { jsonBody } from "../_shared/json_body.ts";
import { type Handler, invalid } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import { type Post, sendAlerts } from "./send_alerts.ts";

export interface AlertsDeps {
  call: CallRpc;
  requireSecretKey: RequireSecretKey;
  /** Sends alerts on; null: no receiver is set. */
  post: Post | null;
}

const FRESH = { "cache-control": "no-store" };
const NOT_SENT = { sent: 0, reason: null };

/** The open alerts, the most severe first. */
export function listAlerts({ call, requireSecretKey }: AlertsDeps): Handler {
  return async (request) => {
    await requireSecretKey(request);
    return Response.json({ alerts: await rows(call, "sesame_open_alerts", {}) }, {
      headers: FRESH,
    });
  };
}

/** For cron: refreshes the alerts and sends the new ones. `{tell: false}` sends none. */
export function refreshAlerts({ call, requireSecretKey, post }: AlertsDeps): Handler {
  return async (request, line) => {
    await requireSecretKey(request);
    const { tell } = await jsonBody(request);
    const open = await call("sesame_refresh_alerts", "{}");
    const isSent = post !== null && tell !== false;
    const { sent, reason } = isSent ? await sendAlerts(call, post) : NOT_SENT;
    line.outcome = reason === null ? "done" : "not_told";
    if (reason !== null) line.code = reason;
    return Response.json({ open, told: sent, reason });
  };
}

/** Dismisses an alert, with the operator's name and reason. */
export function dismissAlert({ call, requireSecretKey }: AlertsDeps): Handler {
  return async (request) => {
    await requireSecretKey(request);
    const { kind, about, actor, why } = await jsonBody(request);
    const dismissal = { kind, about, actor, why };
    for (const [field, value] of Object.entries(dismissal)) {
      if (typeof value !== "string" || value.trim() === "" || value.includes("\0")) {
        throw invalid(`${field} is missing or not a text.`);
      }
    }
    const isDismissed = await call("sesame_dismiss_alert", JSON.stringify(dismissal));
    return Response.json({ dismissed: isDismissed === true });
  };
}
