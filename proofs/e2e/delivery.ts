/** Deliveries to the webhook, and its answers in a few words. */

import { deliver, sign, type StripeEvent } from "../../stripe/events.ts";

/** Delivers an event, signed; returns the answer, such as `200 applied` or `503 unavailable`. */
export async function send(
  endpoint: string,
  secret: string,
  event: StripeEvent,
): Promise<string> {
  return inWords(await deliver(endpoint, secret, event));
}

/** The same for a body written by hand. */
export async function sendText(endpoint: string, secret: string, body: string): Promise<string> {
  const headers = { "stripe-signature": await sign(body, secret) };
  return inWords(await fetch(endpoint, { method: "POST", headers, body }));
}

/** The status, and the outcome or the problem's code. */
export async function inWords(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const answer = JSON.parse(text);
    return `${response.status} ${answer.outcome ?? answer.code}`;
  } catch {
    return `${response.status} ${text}`;
  }
}

/** Counts equal values. */
export function tally(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words.toSorted()) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** Runs `work` for all items, a limited number at a time. Returns the results in order. */
export async function withAtMost<Item, Result>(
  atOnce: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  async function worker(): Promise<void> {
    for (const [place, item] of waiting) results[place] = await work(item);
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
