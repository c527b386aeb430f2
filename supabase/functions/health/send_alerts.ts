import { type CallRpc, rows } from "../_shared/data_api.ts";
import { delay } from "../_shared/delay.ts";

/** Sends a body. Null: it arrived; else a word that says why not. Never throws. */
export type Post = (body: string) => Promise<string | null>;

/** The result of a run. */
export interface Sending {
  /** How many alerts arrived. */
  sent: number;
  /** Why the others did not. The next run sends them again. */
  reason: string | null;
}

/** How many alerts one message carries. */
const AT_ONCE = 50;

/** How often one run sends a message, and the first pause in milliseconds. Later pauses double. */
const RETRIES = { attempts: 3, pause: 500 };

/** Sends the alerts that were not sent yet, and confirms those that arrived. */
export async function sendAlerts(
  call: CallRpc,
  post: Post,
  retries = RETRIES,
): Promise<Sending> {
  let sent = 0;
  while (true) {
    const alerts = await rows(call, "sesame_claim_alerts", { most: AT_ONCE });
    if (alerts.length === 0) return { sent, reason: null };

    const reason = await send(post, JSON.stringify({ type: "sesame.alerts", alerts }), retries);
    if (reason !== null) return { sent, reason };
    await call("sesame_confirm_alerts", JSON.stringify({ ids: alerts.map(({ id }) => id) }));
    sent += alerts.length;
  }
}

async function send(
  post: Post,
  body: string,
  { attempts, pause }: typeof RETRIES,
): Promise<string | null> {
  let reason = await post(body);
  for (let again = 1; reason !== null && again < attempts; again++) {
    await delay(pause * 2 ** (again - 1));
    reason = await post(body);
  }
  return reason;
}
