import type { Fact } from "./kinds.ts";
import { objectsOf } from "./objects.ts";

/**
 * Turns a Stripe event into facts: by the shape of its object, whatever its API version, and
 * without clock, network or database. An event that says nothing about access gives none.
 */
export function translate(event: unknown): Fact[] {
  return objectsOf(event).flatMap(({ kind, id, object, type, former }) =>
    kind.read(id, object, type, former) ?? []
  );
}
