import type { CallRpc } from "../_shared/data_api.ts";
import { jsonBody } from "../_shared/json_body.ts";
import type { Handler } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import type { PostWebhook } from "./post_webhook.ts";
import { PACE, sendWebhooks } from "./send_webhooks.ts";

export interface WebhooksDeps {
  call: CallRpc;
  requireSecretKey: RequireSecretKey;
  postWebhook: PostWebhook;
}

/** For cron, and for Postgres after a change: sends the messages that are due. */
export function webhooks(
  { call, requireSecretKey, postWebhook }: WebhooksDeps,
  pace = PACE,
): Handler {
  return async (request, line) => {
    await requireSecretKey(request);
    await jsonBody(request);
    const sent = await sendWebhooks(call, postWebhook, pace);
    line.outcome = sent.failed === 0 ? "done" : "some_failed";
    return Response.json(sent);
  };
}
