/** The buyer that the metadata of an object may name. */

import fc from "fast-check";
import type { Fields } from "../stripe/event.ts";
import { addressed, named, spelled } from "../stripe/ids.ts";

export const USERS = ["ada", "eve"] as const;
export const user = fc.constantFrom(...USERS);
export type User = typeof USERS[number];

const NAMES = ["own", "none", "other", "address", "spelled", "unreadable"] as const;
type Name = typeof NAMES[number];

/** Mostly the customer's own user, or no name. */
export const name = fc.constantFrom<Name>("own", "own", "own", "none", "none", "none", ...NAMES);

/** Mostly the customer's own user, because a purchase without an owner shows no access. */
export const ownName = fc.constantFrom<Name>("own", "own", "own", "own", "own", "own", ...NAMES);

/** Mostly no name: usually only one object of a purchase names the buyer. */
export const rareName = fc.constantFrom<Name>("none", "none", "none", "none", "none", ...NAMES);

/** The day of the purchase. The customer may already be known then. */
export const day = fc.constantFrom(0, 0, 0, 1, 5, 40);

/** The metadata of an object of this user's customer. */
export function metadataOf(name: Name, user: User): Fields {
  switch (name) {
    case "own":
      return named(user);
    case "none":
      return {};
    case "other":
      return named(user === "ada" ? "eve" : "ada");
    case "address":
      return addressed(user);
    case "spelled":
      return spelled(user);
    case "unreadable":
      return { user_id: "the same as last year" };
  }
}
