/** Which user has verified which address. */

import type { History } from "./history.ts";

/** The users by their verified addresses. */
export type Accounts = Map<string, string>;

export function accountsOf({ acts }: History): Accounts {
  const accounts: Accounts = new Map();
  for (const { act, userId } of acts) {
    if (act.act === "verify") accounts.set(tidyEmail(act.email), userId);
  }
  return accounts;
}

/** One spelling for each address. */
export function tidyEmail(email: string): string {
  return email.trim().toLowerCase();
}
