import { hex, sha256 } from "../_shared/sha256.ts";

/**
 * The same request gets the same key: a double click makes one object at Stripe. All parameters go in,
 * because Stripe refuses a key that comes with other parameters. The number of earlier objects goes in
 * too, so that the key of an object that is over never returns it again.
 */
export async function idempotencyKey(params: unknown, former: number): Promise<string> {
  return `sesame-${hex(await sha256(JSON.stringify([former, params])))}`;
}
