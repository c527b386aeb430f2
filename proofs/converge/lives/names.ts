/** What the metadata of an object may say of its buyer. */

import fc from "fast-check";
import type { Fields } from "../stripe/event.ts";
import { addressed, named, spelled } from "../stripe/ids.ts";

export const USERS = ["ada", "eve"] as const;
export const user = fc.constantFrom(...USERS);
export type User = typeof USERS[number];

const NAMES = ["own", "none", "other", "address", "spelled", "unreadable"] as const;
type Name = typeof NAMES[number];

/** Mostly the customer's own user, or nobody. */
export const name = fc.constantFrom<Name>("own", "own", "own", "none", "none", "none", ...NAMES);

/** Mostly the own one: of what nobody owns, nothing is seen. */
export const ownName = fc.constantFrom<Name>("own", "own", "own", "own", "own", "own", ...NAMES);

/** Mostly nobody: most objects name their buyer once. */
export const rareName = fc.constantFrom<Name>("none", "none", "none", "none", "none", ...NAMES);

/** The day on which something is bought; the customer may be known by then, or not yet. */
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
