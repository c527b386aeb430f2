import type { Fact } from "./kinds.ts";
import { objectsOf } from "./objects.ts";

/**
 * Turns a Stripe event into facts. It reads the shape of the object, in any API version, and uses no
 * clock, network or database. An event that has no effect on access gives no fact.
 */
export function translate(event: unknown): Fact[] {
  return objectsOf(event).flatMap(({ kind, id, object, type, former }) =>
    kind.read(id, object, type, former) ?? []
  );
}
