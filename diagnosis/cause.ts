/** What may be wrong: one entry for each code that the proofs print. */

/** The same in two languages: what one sees, why it is so, what mends it. */
export interface Words {
  symptom: string;
  cause: string;
  mend: string;
}

export interface Cause {
  en: Words;
  fr: Words;
  /**
   * What to type, one command a line; null where no command helps. `<price id>` and the like are blanks, filled in
   * where the value is known.
   */
  command: string | null;
}
