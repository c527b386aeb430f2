import { type CallRpc, rows } from "../_shared/data_api.ts";
import { passed } from "../_shared/passed.ts";

/** Sends a body on; null once it has arrived, else why not, in a word. Never throws. */
export type Post = (body: string) => Promise<string | null>;

/** What became of it. */
export interface Sending {
  /** How many alerts have arrived. */
  told: number;
  /** Why the rest has not; the next run sends it again. */
  reason: string | null;
}

/** How many alerts one message carries. */
const AT_ONCE = 50;

/** How often a message is sent in one run, and the pause after the first time, in milliseconds. */
const PATIENCE = { attempts: 3, pause: 500 };

/** Sends what was not told yet, and confirms what has arrived. */
export async function sendAlerts(
  call: CallRpc,
  post: Post,
  patience = PATIENCE,
): Promise<Sending> {
  let told = 0;
  while (true) {
    const alerts = await rows(call, "sesame_claim_alerts", { most: AT_ONCE });
    if (alerts.length === 0) return { told, reason: null };

    const reason = await send(post, JSON.stringify({ type: "sesame.alerts", alerts }), patience);
    if (reason !== null) return { told, reason };
    await call("sesame_confirm_alerts", JSON.stringify({ ids: alerts.map(({ id }) => id) }));
    told += alerts.length;
  }
}

async function send(
  post: Post,
  body: string,
  { attempts, pause }: typeof PATIENCE,
): Promise<string | null> {
  let reason = await post(body);
  for (let again = 1; reason !== null && again < attempts; again++) {
    await passed(pause * 2 ** (again - 1));
    reason = await post(body);
  }
  return reason;
}
