/** The texts of the page, by language. */

import { en } from "./en.ts";
import { fr } from "./fr.ts";
import type { Words } from "./shape.ts";

export type { Words };

/** The words for a browser's language, `fr-CH` for one; English where we have no better. */
export function wordsFor(language: string): Words {
  if (/^fr\b/i.test(language)) return { ...fr, language };
  if (/^en\b/i.test(language)) return { ...en, language };
  return en;
}
