/** How a printed command is typed: through `npx`, since many machines have no Deno. */

import { BEFORE_COMMAND } from "./edition.ts";

/** `words`: the command and its flags. */
export function task(words: string): string {
  return `${BEFORE_COMMAND} ${words}`;
}
