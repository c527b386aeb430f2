/**
 * How this copy of Sesame is started. In the repository the commands are Deno's tasks. The npm package has
 * its own text of this file; `proofs/makers/pack.ts` writes it.
 *
 * @module
 */

/** What comes before the name of a command. */
export const BEFORE_COMMAND: string = "npx -y deno@2.9.6 task";

/** What lists all commands. */
export const PROGRAM: string = `${BEFORE_COMMAND} sesame`;

/** True in the npm package: its folder belongs to npm, so nothing is written there. */
export const IS_PACKAGE: boolean = false;
