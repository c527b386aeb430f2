import { code } from "./markdown.ts";
import type { Raise } from "./raised.ts";

/** Links to what docs/errors.md says of each state, with the messages that say it. */
export function errorList(raises: readonly Raise[]): string[] {
  const byState = Map.groupBy(raises, ({ state }) => state);
  return [...byState].toSorted(([one], [other]) => one.localeCompare(other))
    .map(([state, same]) => {
      const messages = new Set(
        same.map(({ message }) => message).filter((message) => message !== ""),
      );
      const link = `[${code(state)}](../errors.md#${state.toLowerCase()})`;
      return messages.size === 0 ? link : `${link}: ${[...messages].join("; ")}`;
    });
}
