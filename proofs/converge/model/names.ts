/** 5.9: a name is a user, an address, or unreadable. */

import { tidyEmail } from "./accounts.ts";

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

export type Name = { user: string } | { email: string } | "unreadable";

export function nameOf(userRef: string): Name {
  const user = userRef.trim().toLowerCase();
  if (UUID.test(user)) return { user };
  return EMAIL.test(user) ? { email: tidyEmail(userRef) } : "unreadable";
}
