/** The texts of the page, by language. */

import { en } from "./en.ts";
import { fr } from "./fr.ts";
import type { Words } from "./shape.ts";

export type { Words };

/** The words for a browser's language, such as `fr-CH`; English for a language without words here. */
export function wordsFor(language: string): Words {
  if (/^fr\b/i.test(language)) return { ...fr, language };
  if (/^en\b/i.test(language)) return { ...en, language };
  return en;
}
