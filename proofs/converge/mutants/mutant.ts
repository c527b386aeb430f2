/** A deliberate mistake: one rule of the migrations, weakened as a mistake would weaken it. */
export interface Mutant {
  name: string;
  /** The migration it is made in, without version and extension. */
  chapter: string;
  /** A text that occurs exactly once there, in a function or a view. */
  text: string;
  instead: string;
  /** A scenario that needs the rule. It is tried first; all others follow. */
  scenario?: number;
}
