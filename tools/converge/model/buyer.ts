/** Who bought it: whoever was named, else who has verified the address it was bought with. */

import type { World } from "./world.ts";

/** The users by their verified addresses. */
export type Accounts = Map<string, string>;

export function accountsOf({ acts }: World): Accounts {
  return new Map(
    acts.flatMap(({ act, userId }) => act.act === "verify" ? [[act.email, userId]] : []),
  );
}

export interface Buyer {
  userRef: string | null;
  /** Nothing but an address says so. */
  byAddress: boolean;
}

/** The first of these names, the nearest coming first; else the first address with an account. */
export function buyer(
  accounts: Accounts,
  names: (string | null | undefined)[],
  emails: (string | null | undefined)[],
): Buyer {
  const email = emails.find((one) => one !== null && one !== undefined) ?? "";
  const named = names.find((one) => one !== null && one !== undefined) ?? null;
  const userRef = named ?? accounts.get(email) ?? null;
  return { userRef, byAddress: named === null && userRef !== null };
}
