/**
 * The same wish, the same key: a double click makes one object at Stripe. All that is asked goes in,
 * as Stripe refuses a key that comes with other parameters; and how many there were before, so that
 * the key of one that is over never brings it back.
 */
export async function idempotencyKey(params: unknown, former: number): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([former, params]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return `sesame-${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
