import type { IsSafe } from "./safe_address.ts";
import { signedHeaders } from "./sign_webhook.ts";

/** One message for one endpoint, as `sesame_claim_webhook_deliveries` answers it. */
export interface Claimed {
  message_id: number;
  attempt: number;
  url: string;
  secrets: string[];
  webhook_id: string;
  body: string;
}

/** What became of an attempt. `error` null: it arrived. */
export interface Result {
  status: number | null;
  error: "http" | "redirect" | "timeout" | "connection" | "address" | "unsent" | null;
}

/** Sends a message. Never throws. */
export type PostWebhook = (message: Claimed) => Promise<Result>;

/** Milliseconds a receiver may take. */
const TIME_LIMIT = 10_000;

/** Signs each message and posts it. It follows no redirect, and keeps nothing of the answer but its status. */
export function postingWebhooks(isSafe: IsSafe, timeLimit = TIME_LIMIT): PostWebhook {
  return async ({ url, secrets, webhook_id, body }) => {
    const signal = AbortSignal.timeout(timeLimit);
    try {
      if (!await isSafe(new URL(url))) return { status: null, error: "address" };
      const headers = await signedHeaders(webhook_id, body, secrets, Date.now());
      const answer = await fetch(url, {
        method: "POST",
        body,
        headers,
        signal,
        redirect: "manual",
      });
      await answer.body?.cancel();
      return { status: answer.status, error: errorOf(answer.status) };
    } catch {
      return { status: null, error: signal.aborted ? "timeout" : "connection" };
    }
  };
}

function errorOf(status: number): Result["error"] {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? "redirect" : "http";
}
