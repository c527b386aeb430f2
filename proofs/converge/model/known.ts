/** The input of one derivation: the objects, their links, the catalogue, the policy. */

import { type Accounts, accountsOf } from "./accounts.ts";
import { type Catalogue, catalogueOf } from "./catalogue.ts";
import { type Link, linksOf } from "./links.ts";
import { type Objects, objectsOf } from "./objects.ts";
import { DEFAULTS, type Settings } from "./settings.ts";
import type { History } from "./history.ts";

export interface Known extends Objects {
  /** Which payment pays which invoice (5.7). */
  links: Link[];
  catalogue: Catalogue;
  accounts: Accounts;
  settings: Settings;
}

export function knownOf(history: History): Known {
  const objects = objectsOf(history);
  return {
    ...objects,
    links: linksOf(objects),
    catalogue: catalogueOf(history),
    accounts: accountsOf(history),
    settings: { ...DEFAULTS, ...history.settings },
  };
}
