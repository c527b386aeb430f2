import { type CallRpc, rows, texts } from "../_shared/data_api.ts";
import type { Claimed, PostWebhook, Result } from "./post_webhook.ts";

/** The result of a run. */
export interface SentWebhooks {
  /** How many messages arrived. */
  delivered: number;
  /** How many attempts failed. They are made again later. */
  failed: number;
}

/** An attempt, as `sesame_record_webhook_attempts` takes it. */
interface Attempt extends Result {
  message_id: number;
  attempt: number;
  ms: number;
}

export const PACE = {
  /** How many messages of one endpoint are under way at once. */
  atOnce: 16,
  /** Milliseconds for which one run claims messages. */
  runs: 50_000,
  /** Milliseconds after which it looks once more, because Postgres calls it once a second at most. */
  pause: 1_500,
  /**
   * Milliseconds after a claim in which its messages may be sent. The claim ends after 30 seconds and a
   * receiver may take ten, so no other sender is under way with the same message.
   */
  fresh: 15_000,
};

/** One run. */
interface Run {
  call: CallRpc;
  post: PostWebhook;
  pace: typeof PACE;
  /** When it ends, by `performance.now()`. */
  until: number;
  sent: SentWebhooks;
  /** The first call of Postgres that failed; null: none. */
  failure: unknown;
}

/**
 * Sends the messages that are due, each endpoint by itself: one that hangs holds up no other. Postgres
 * gives out only the first message of each member, so the order of a member's messages is kept.
 */
export async function sendWebhooks(
  call: CallRpc,
  post: PostWebhook,
  pace = PACE,
): Promise<SentWebhooks> {
  const until = performance.now() + pace.runs;
  const run: Run = { call, post, pace, until, sent: { delivered: 0, failed: 0 }, failure: null };
  const lanes = new Map<string, Promise<void>>();

  for (let looks = 0; looks < 2 && isOn(run); looks++) {
    const due = await texts(call, "sesame_due_webhook_endpoints", {});
    for (const endpoint of due.filter((id) => !lanes.has(id))) {
      lanes.set(endpoint, sendAllTo(endpoint, run).finally(() => lanes.delete(endpoint)));
    }
    if (lanes.size > 0) looks = -1; // two looks that find nothing end the run
    if (looks < 1) await firstOf(lanes.values(), pace.pause);
  }
  await Promise.all(lanes.values());
  if (run.failure !== null) throw run.failure;
  return run.sent;
}

/** Resolves when one of the lanes ends, or after this many milliseconds. No timer is left behind. */
function firstOf(lanes: Iterable<Promise<void>>, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    Promise.race(lanes).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function isOn({ until, failure }: Run): boolean {
  return failure === null && performance.now() < until;
}

/** Sends until nothing is due for this endpoint. Never throws: a failure ends all lanes of the run. */
async function sendAllTo(endpoint: string, run: Run): Promise<void> {
  try {
    while (isOn(run) && await sendSomeTo(endpoint, run) > 0);
  } catch (error) {
    run.failure ??= error;
  }
}

/** Claims messages, sends them at once and records the results. Answers how many there were. */
async function sendSomeTo(endpoint_id: string, { call, post, pace, sent }: Run): Promise<number> {
  const asked = Date.now();
  const claimed = await rows(call, "sesame_claim_webhook_deliveries", {
    endpoint_id,
    most: pace.atOnce,
  }) as unknown as Claimed[];
  if (claimed.length === 0) return 0;

  const isFresh = Date.now() - asked < pace.fresh;
  const attempts = await Promise.all(
    claimed.map((message) => timed(message, isFresh ? post : leaving)),
  );
  await call("sesame_record_webhook_attempts", JSON.stringify({ endpoint_id, attempts }));
  const delivered = attempts.filter(({ error }) => error === null).length;
  sent.delivered += delivered;
  sent.failed += attempts.length - delivered;
  return claimed.length;
}

async function timed(message: Claimed, post: PostWebhook): Promise<Attempt> {
  const started = performance.now();
  const result = await post(message);
  const { message_id, attempt } = message;
  return { message_id, attempt, ...result, ms: Math.round(performance.now() - started) };
}

/** The claim may end before the receiver answers, so the message is left to the next run. */
function leaving(): Promise<Result> {
  return Promise.resolve({ status: null, error: "unsent" });
}
