import { hex, sha256 } from "../_shared/sha256.ts";

/**
 * The same request gets the same key: a double click makes one object at Stripe. All parameters go in,
 * because Stripe refuses a key that comes with other ones. So does the number of earlier objects:
 * the key of an object that is over never brings it back.
 */
export async function idempotencyKey(params: unknown, former: number): Promise<string> {
  return `sesame-${hex(await sha256(JSON.stringify([former, params])))}`;
}
