/** 5.8: the known customer: other purchases name the customer's user. */

import type { Known } from "./known.ts";
import { nameOf } from "./names.ts";

/**
 * The one name on other objects of this customer, not later than the purchase. Two names count as
 * none.
 */
export function nameFromElsewhere(
  known: Known,
  customer: string | null,
  boughtAt: number | null,
): string | null {
  if (customer === null || boughtAt === null) return null;
  const { sessions, subscriptions, payments, invoices, charges } = known;
  const names = [sessions, subscriptions, payments, invoices, charges].flatMap((objects) =>
    [...objects.values()].flatMap((object) => {
      const isEarly = object.namedSince !== null && object.namedSince <= boughtAt;
      return object.customer === customer && isEarly ? object.userRef ?? [] : [];
    })
  );
  const readable = new Map(
    names.filter((name) => nameOf(name) !== "unreadable")
      .map((name) => [JSON.stringify(nameOf(name)), name]),
  );
  return readable.size === 1 ? [...readable.values()][0] ?? null : null;
}
