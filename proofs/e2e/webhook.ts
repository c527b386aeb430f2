/** The webhook in separate processes, beside the one behind the gateway, with either door. */

import { bootFunction, type FunctionProcess } from "../../local/function_process.ts";
import { platformEnv } from "../../local/functions_env.ts";
import type { Stage } from "./stage.ts";

/** How a process reaches Postgres: the Data API, or `SESAME_DB_URL`. */
export type DoorName = "api" | "direct";

export const DOORS: readonly DoorName[] = ["api", "direct"];

/** A booted `stripe-webhook`; disposing kills it. */
export interface Webhook extends AsyncDisposable {
  endpoint: string;
  port: number;
  kill: FunctionProcess["kill"];
  /** What it printed: one line of JSON for each request. */
  log: string[];
}

export interface WebhookOptions {
  door: DoorName;
  /** The loopback port that stands in for the gateway's, or for Postgres'. */
  through?: number;
  /** More of an operator's settings. */
  env?: Record<string, string>;
}

/** Boots one more `stripe-webhook` for this stage. */
export async function bootWebhook(stage: Stage, options: WebhookOptions): Promise<Webhook> {
  const log: string[] = [];
  const { port, kill } = await bootFunction({
    folder: stage.functions,
    name: "stripe-webhook",
    env: { ...webhookEnv(stage, options), ...options.env },
    log: (line) => log.push(line),
  });
  const endpoint = `http://127.0.0.1:${port}/stripe-webhook`;
  return { endpoint, port, kill, log, [Symbol.asyncDispose]: kill };
}

function webhookEnv({ stack, webhookUrl }: Stage, { door, through }: WebhookOptions) {
  const url = new URL(door === "api" ? stack.apiUrl : webhookUrl);
  if (through !== undefined) url.port = String(through);
  const env = platformEnv(stack.apiUrl, stack.dbUrl, stack);
  return door === "api"
    ? { ...env, SUPABASE_URL: url.origin }
    : { ...env, SESAME_DB_URL: url.href };
}
