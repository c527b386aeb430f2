/** What may be wrong: one entry for each code that the tools print. */

/** The same in two languages: what one sees, why it is so, what mends it. */
export interface Words {
  symptom: string;
  cause: string;
  mend: string;
}

export interface Cause {
  en: Words;
  fr: Words;
  /** What to type; null where no command helps. */
  command: string | null;
}
