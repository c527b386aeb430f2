/** Controls (C0, DEL, C1), marks of direction, and separators of lines and paragraphs. */
// deno-lint-ignore no-control-regex -- the pattern finds control characters on purpose
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * One line of text without characters that move the cursor, begin a line or change the reading
 * direction, because the values may come from an attacker. Each becomes its JSON escape, so JSON stays JSON.
 */
export function printable(line: string): string {
  return line.replaceAll(CONTROLS, (character) => SHORT[character] ?? escaped(character));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
